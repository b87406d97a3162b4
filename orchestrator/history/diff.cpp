#include "firmquery/history/diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "asked_ids.hpp"
#include "firmquery/output/exceptions.hpp"
#include "row_matcher.hpp"

namespace firmquery {
namespace {

using Names = std::vector<std::string>;

bool has(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// What of the results is compared.
struct ComparedColumns {
  Names names;
  std::vector<std::size_t> then, now;  // where they are; empty: the rows as they are
};

Result<Names> columns_of(const RunReader& run) {
  FQ_TRY_ASSIGN(const JournalState journal, run.journal());
  return RunReader::columns(journal);
}

Result<ComparedColumns> compared_columns(const Names& then, const Names& now, const Names& ignored,
                                         Difference& difference) {
  for (const std::string& name : ignored) {
    if (has(then, name) || has(now, name)) continue;
    return fail(ErrorKind::usage, fmt::format("neither run has a column \"{}\"", name), "--ignore-columns",
                fmt::format("name some of these: {}", fmt::join(now, ", ")));
  }
  ComparedColumns compared;
  for (std::size_t i = 0; i < now.size(); ++i) {
    // Two columns of one name are the first and the second of that name.
    const auto nth = std::count(now.begin(), now.begin() + static_cast<std::ptrdiff_t>(i), now[i]);
    std::optional<std::size_t> place;
    for (std::size_t k = 0, seen = 0; k < then.size() && !place; ++k) {
      if (then[k] == now[i] && static_cast<std::ptrdiff_t>(seen++) == nth) place = k;
    }
    if (!place) difference.columns_added.push_back(now[i]);
    if (!place || has(ignored, now[i])) continue;
    compared.names.push_back(now[i]);
    compared.then.push_back(*place);
    compared.now.push_back(i);
  }
  for (const std::string& name : then) {
    if (!has(now, name)) difference.columns_removed.push_back(name);
  }
  if (then == now && ignored.empty()) compared.then.clear(), compared.now.clear();
  return compared;
}

std::string_view word(IdState state) {
  switch (state) {
    case IdState::found:
      return "found";
    case IdState::missing:
      return "missing";
    case IdState::unresolved:
      break;
  }
  return "unresolved";
}

// The IDs that are missing now and were not then, in order: those among them that are newly missing are looked up here.
class NotMissingThen {
 public:
  static Result<NotMissingThen> open(const RunReader& then, const RunReader& now, IdType type) {
    FQ_TRY_ASSIGN(IdReader was, then.missing());
    FQ_TRY_ASSIGN(IdReader is, now.missing());
    return NotMissingThen(std::move(was), std::move(is), type);
  }
  Result<bool> next() {
    if (!std::exchange(begun_, true)) {
      FQ_TRY_ASSIGN(was_there_, was_.next(was_id_));
    }
    for (;;) {
      FQ_TRY_ASSIGN(const bool more, is_.next(id_));
      if (!more) return false;
      int order = 1;
      while (was_there_ && (order = compare_canonical(was_id_, id_, type_)) < 0) {
        FQ_TRY_ASSIGN(was_there_, was_.next(was_id_));
      }
      if (!was_there_ || order != 0) return true;
    }
  }
  std::string_view id() const { return id_; }

 private:
  NotMissingThen(IdReader was, IdReader is, IdType type)
      : was_(std::move(was)), is_(std::move(is)), type_(type) {}

  IdReader was_, is_;
  IdType type_;
  bool begun_ = false, was_there_ = false;
  std::string_view was_id_, id_;
};

// Which of these IDs were missing in a run before then. Memory: a bit for each of them.
class MissingBefore {
 public:
  MissingBefore(const RunReader& then, const RunReader& now, IdType type)
      : then_(then), now_(now), type_(type) {}

  Result<void> look_into(const std::vector<std::filesystem::path>& earlier, const std::stop_token& stop,
                         std::vector<std::string>& unread) {
    if (earlier.empty()) return {};
    FQ_TRY_ASSIGN(NotMissingThen ids, NotMissingThen::open(then_, now_, type_));
    for (;;) {
      FQ_TRY_ASSIGN(const bool more, ids.next());
      if (!more) break;
      were_.push_back(false);
    }
    std::size_t open = were_.size();
    // The latest first: it is soonest there that all of them are found.
    for (auto run = earlier.rbegin(); run != earlier.rend() && open > 0; ++run) {
      auto found = look_into(*run, stop);
      if (found) {
        open -= *found;
      } else if (found.error().kind == ErrorKind::interrupted) {
        return Failure(std::move(found).error());
      } else {
        unread.push_back(found.error().to_string());
      }
    }
    FQ_TRY_ASSIGN(ids_, NotMissingThen::open(then_, now_, type_));
    return {};
  }

  // Asked in ascending order. Requires: the ID is missing now and was not then.
  Result<bool> was(std::string_view id) {
    if (!ids_) return false;
    while (at_ == 0 || compare_canonical(ids_->id(), id, type_) < 0) {
      FQ_TRY_ASSIGN(const bool more, ids_->next());
      if (!more) return false;
      ++at_;
    }
    return ids_->id() == id && at_ <= were_.size() && were_[at_ - 1];
  }

 private:
  // How many of them were missing in this run and in none of those before it.
  Result<std::size_t> look_into(const std::filesystem::path& directory, const std::stop_token& stop) {
    FQ_TRY_ASSIGN(const RunReader run, RunReader::open(directory));
    FQ_TRY_ASSIGN(IdReader missing, run.missing());
    FQ_TRY_ASSIGN(NotMissingThen ids, NotMissingThen::open(then_, now_, type_));
    std::string_view id;
    FQ_TRY_ASSIGN(bool there, missing.next(id));
    std::size_t found = 0;
    for (std::size_t i = 0; i < were_.size() && there; ++i) {
      constexpr std::size_t kLook = 1 << 16;
      if (i % kLook == 0 && stop.stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
      FQ_TRY(ids.next());
      int order = 1;
      while (there && (order = compare_canonical(id, ids.id(), type_)) < 0) {
        FQ_TRY_ASSIGN(there, missing.next(id));
      }
      if (!there || order != 0 || were_[i]) continue;
      were_[i] = true;
      ++found;
    }
    return found;
  }

  const RunReader &then_, &now_;
  const IdType type_;
  std::vector<bool> were_;
  std::optional<NotMissingThen> ids_;
  std::size_t at_ = 0;  // how many of them ids_ has given
};

class Comparison {
 public:
  Comparison(AskedIds then, AskedIds now, IdType type, bool rows, Names columns, MissingBefore& before,
             Difference& difference, DifferenceSink& sink)
      : then_(std::move(then)),
        now_(std::move(now)),
        type_(type),
        rows_(rows),
        matcher_(std::move(columns), sink),
        before_(before),
        difference_(difference),
        sink_(sink) {}

  Result<void> run() {
    FQ_TRY_ASSIGN(bool then_there, then_.next());
    FQ_TRY_ASSIGN(bool now_there, now_.next());
    while (then_there || now_there) {
      const int order = !then_there ? 1 : !now_there ? -1 : compare_canonical(then_.id(), now_.id(), type_);
      FQ_TRY(order < 0 ? removed() : order > 0 ? added() : common());
      if (order <= 0) {
        FQ_TRY_ASSIGN(then_there, then_.next());
      }
      if (order >= 0) {
        FQ_TRY_ASSIGN(now_there, now_.next());
      }
    }
    difference_.rows = {matcher_.changed(), matcher_.added(), matcher_.removed()};
    return {};
  }

 private:
  Result<void> removed() {
    ++difference_.list.removed;
    const bool missing = then_.state() == IdState::missing;
    difference_.missing.not_asked += missing ? 1 : 0;
    return sink_.id(then_.id(), missing ? IdChange::not_asked : IdChange::list_removed, word(then_.state()),
                    "");
  }

  Result<void> added() {
    ++difference_.list.added;
    const bool missing = now_.state() == IdState::missing;
    difference_.missing.added += missing ? 1 : 0;
    return sink_.id(now_.id(), missing ? IdChange::added : IdChange::list_added, "", word(now_.state()));
  }

  Result<void> common() {
    ++difference_.list.common;
    const IdState was = then_.state(), is = now_.state();
    if (was == IdState::unresolved || is == IdState::unresolved) {
      ++difference_.unread;
      return tell(IdChange::unread);
    }
    auto& missing = difference_.missing;
    if (was == IdState::missing && is == IdState::missing) {
      ++missing.persisting;
      return tell(IdChange::persisting);
    }
    if (was != is) {
      ++(is == IdState::missing ? missing.newly : missing.resolved);
      IdChange change = IdChange::resolved;
      if (is == IdState::missing) {
        FQ_TRY_ASSIGN(const bool reopened, before_.was(now_.id()));
        difference_.reopened += reopened ? 1 : 0;
        change = reopened ? IdChange::reopened : IdChange::newly_missing;
      }
      FQ_TRY(tell(change));
    }
    return rows_ ? compare_rows() : Result<void>();
  }

  Result<void> tell(IdChange change) {
    return sink_.id(now_.id(), change, word(then_.state()), word(now_.state()));
  }

  // Both sides in the order of their bytes; a missing ID has none.
  Result<void> compare_rows() {
    std::string_view then, now;
    const auto step = [](AskedIds& side, std::string_view& row) -> Result<bool> {
      if (side.state() != IdState::found) return false;
      return side.next_row(row);
    };
    FQ_TRY_ASSIGN(bool then_there, step(then_, then));
    FQ_TRY_ASSIGN(bool now_there, step(now_, now));
    const std::string& id = now_.id();
    while (then_there || now_there) {
      const int order = !then_there ? 1 : !now_there ? -1 : then.compare(now);
      if (order < 0) FQ_TRY(matcher_.only_then(id, then));
      if (order > 0) FQ_TRY(matcher_.only_now(id, now));
      if (order <= 0) {
        FQ_TRY_ASSIGN(then_there, step(then_, then));
      }
      if (order >= 0) {
        FQ_TRY_ASSIGN(now_there, step(now_, now));
      }
    }
    return matcher_.end(id);
  }

  AskedIds then_, now_;
  const IdType type_;
  const bool rows_;
  RowMatcher matcher_;
  MissingBefore& before_;
  Difference& difference_;
  DifferenceSink& sink_;
};

// What was not missing was found: there is nothing else to be read.
bool same_list(const Report& then, const Report& now) {
  return then.status == "complete" && now.status == "complete" && then.input.unique == now.input.unique &&
         then.input.digest == now.input.digest;
}

Result<void> compare_missing(const RunReader& then, const RunReader& now, IdType type,
                             const std::stop_token& stop, MissingBefore& before, Difference& difference,
                             DifferenceSink& sink) {
  constexpr std::uint64_t kLook = 1 << 16;
  FQ_TRY_ASSIGN(IdReader then_ids, then.missing());
  FQ_TRY_ASSIGN(IdReader now_ids, now.missing());
  std::string_view was, is;
  FQ_TRY_ASSIGN(bool was_there, then_ids.next(was));
  FQ_TRY_ASSIGN(bool is_there, now_ids.next(is));
  for (std::uint64_t count = 0; was_there || is_there; ++count) {
    if (count % kLook == 0 && stop.stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
    const int order = !was_there ? 1 : !is_there ? -1 : compare_canonical(was, is, type);
    auto& missing = difference.missing;
    ++(order < 0 ? missing.resolved : order > 0 ? missing.newly : missing.persisting);
    if (order > 0) {
      FQ_TRY_ASSIGN(const bool reopened, before.was(is));
      difference.reopened += reopened ? 1 : 0;
      FQ_TRY(sink.id(is, reopened ? IdChange::reopened : IdChange::newly_missing, "found", "missing"));
    } else {
      FQ_TRY(order < 0 ? sink.id(was, IdChange::resolved, "missing", "found")
                       : sink.id(is, IdChange::persisting, "missing", "missing"));
    }
    if (order <= 0) {
      FQ_TRY_ASSIGN(was_there, then_ids.next(was));
    }
    if (order >= 0) {
      FQ_TRY_ASSIGN(is_there, now_ids.next(is));
    }
  }
  difference.list.common = now.report().input.unique;
  const auto& [newly, resolved, persisting, added, not_asked] = difference.missing;
  for (const auto& [run, counted] :
       {std::pair{&then, persisting + resolved}, std::pair{&now, persisting + newly}}) {
    if (counted == run->report().result.missing) continue;
    return fail(
        ErrorKind::integrity,
        fmt::format("missing.csv holds {} IDs, the report says {}", counted, run->report().result.missing),
        run->directory().string(), "the files were altered after they were written");
  }
  return {};
}

Result<Difference> compare(const RunReader& then, const RunReader& now, const DiffOptions& options,
                           DifferenceSink& sink) {
  const auto type = id_type_from_string(now.report().id_type);
  if (!type || then.report().id_type != now.report().id_type) {
    return fail(ErrorKind::usage,
                fmt::format("the IDs of the runs are of different types: {} then, {} now",
                            then.report().id_type, now.report().id_type),
                now.directory().string(), "compare runs of the same key");
  }
  Difference difference;
  FQ_TRY_ASSIGN(const Names then_columns, columns_of(then));
  FQ_TRY_ASSIGN(const Names now_columns, columns_of(now));
  FQ_TRY_ASSIGN(ComparedColumns columns,
                compared_columns(then_columns, now_columns, options.ignored_columns, difference));
  const bool rows = options.rows && !columns.names.empty();
  MissingBefore before(then, now, *type);
  FQ_TRY(before.look_into(options.earlier, options.stop, difference.unread_runs));
  if (!rows && same_list(then.report(), now.report())) {
    FQ_TRY(compare_missing(then, now, *type, options.stop, before, difference, sink));
    return difference;
  }
  FQ_TRY_ASSIGN(AskedIds then_ids, AskedIds::open(then, {rows, columns.then, options.scratch, options.stop}));
  FQ_TRY_ASSIGN(AskedIds now_ids, AskedIds::open(now, {rows, columns.now, options.scratch, options.stop}));
  FQ_TRY(Comparison(std::move(then_ids), std::move(now_ids), *type, rows, std::move(columns.names), before,
                    difference, sink)
             .run());
  return difference;
}

}  // namespace

std::string_view to_string(IdChange change) {
  switch (change) {
    case IdChange::newly_missing:
      return "new";
    case IdChange::reopened:
      return "reopened";
    case IdChange::resolved:
      return "resolved";
    case IdChange::persisting:
      return "persisting";
    case IdChange::added:
      return "added";
    case IdChange::not_asked:
      return "not_asked";
    case IdChange::list_added:
      return "list_added";
    case IdChange::list_removed:
      return "list_removed";
    case IdChange::unread:
      break;
  }
  return "unread";
}

bool Difference::same() const {
  return missing.newly + missing.resolved == 0 && list.added + list.removed == 0 &&
         rows.changed + rows.added + rows.removed == 0 && columns_added.empty() && columns_removed.empty();
}

Result<Difference> diff_runs(const RunReader& then, const RunReader& now, const DiffOptions& options,
                             DifferenceSink& sink) {
  return guarded([&] { return compare(then, now, options, sink); });
}

Result<RunReader> open_run_to_compare(const std::filesystem::path& directory) {
  FQ_TRY_ASSIGN(RunReader run, RunReader::open(directory));
  const std::string& status = run.report().status;
  if (status == "complete" || status == "partial") return run;
  return fail(ErrorKind::usage, fmt::format("the run is {}: it has no answer to compare", status),
              directory.string(), "bring it to its end (firmquery resume), or name another run");
}

}  // namespace firmquery
