#include "asked_ids.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "firmquery/core/csv.hpp"
#include "firmquery/core/key_text.hpp"
#include "firmquery/output/artifacts.hpp"

namespace firmquery {
namespace {

// How many rows of the results belong together: ranges follow each other in the order of the IDs, and within one they
// stand as the server gave them. Where ranges do not follow each other (one that was set aside is read again by a
// resumed run), everything is one.
std::vector<std::uint64_t> groups_of(std::vector<JournalUnit> units) {
  // The parts of the shares follow each other in the file.
  std::stable_sort(units.begin(), units.end(),
                   [](const JournalUnit& a, const JournalUnit& b) { return a.share < b.share; });
  const bool ascending = std::is_sorted(
      units.begin(), units.end(), [](const auto& a, const auto& b) { return a.slice.begin < b.slice.begin; });
  std::vector<std::uint64_t> groups;
  for (const JournalUnit& unit : units) {
    if (ascending || groups.empty()) groups.push_back(0);
    groups.back() += unit.rows;
  }
  return groups;
}

}  // namespace

Result<void> AskedIds::Found::open(const RunReader& run, IdType type, Options options) {
  options_ = std::move(options);
  type_ = type;
  FQ_TRY_ASSIGN(rows_, run.results());
  const auto key = RowKey::among(rows_->columns(), run.report().key);
  if (!key) {
    return fail(ErrorKind::integrity, fmt::format("the results have no column {}", run.report().key),
                run.directory().string(), "the files were altered after they were written");
  }
  key_ = *key;
  FQ_TRY_ASSIGN(const JournalState journal, run.journal());
  groups_ = groups_of(journal.units);
  sorter_.emplace(type, options_.scratch);
  return {};
}

std::string_view AskedIds::Found::row_text() {
  if (!options_.rows) return {};
  if (options_.columns.empty()) {
    std::string_view record = rows_->csv();
    if (record.ends_with('\n')) record.remove_suffix(1);
    return record;
  }
  text_.clear();
  for (const std::size_t column : options_.columns) {
    std::string_view value;
    bool is_null = true;
    if (!text_.empty() || column != options_.columns.front()) text_ += ',';
    if (rows_->field(column, value, is_null) && !is_null) append_csv_field(text_, value);
  }
  return text_;
}

Result<void> AskedIds::Found::take(std::uint64_t rows) {
  constexpr std::uint64_t kLook = 4096;
  const auto field = [this](std::size_t column, std::string_view& text, bool& null) {
    return rows_->field(column, text, null);
  };
  for (std::uint64_t i = 0; i < rows; ++i) {
    if (i % kLook == 0 && options_.stop.stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
    FQ_TRY_ASSIGN(const bool more, rows_->next());
    ++taken_;
    std::string_view value;
    bool is_null = false;
    if (!more || !key_.read(field, value, is_null) || is_null || !read_key(value, type_, id_)) {
      return fail(ErrorKind::integrity,
                  more ? fmt::format("row {} of the results has no key", taken_)
                       : fmt::format("the results end before row {}, which the journal has", taken_),
                  {}, "the files were altered after they were written: firmquery verify");
    }
    FQ_TRY(sorter_->add(id_, row_text()));
  }
  return sorter_->sort();
}

Result<bool> AskedIds::Found::next() {
  for (;;) {
    if (giving_) {
      FQ_TRY_ASSIGN(giving_, sorter_->next());
      if (giving_) return true;
    }
    if (group_ == groups_.size()) return false;
    FQ_TRY(take(groups_[group_++]));
    giving_ = true;
  }
}

Result<void> AskedIds::Side::step() {
  FQ_TRY_ASSIGN(there, reader->next(id));
  count += there ? 1 : 0;
  return {};
}

Result<AskedIds> AskedIds::open(const RunReader& run, Options options) {
  const auto type = id_type_from_string(run.report().id_type);
  if (!type) {
    return fail(ErrorKind::usage, "the report does not say what its IDs are", run.directory().string(),
                "name a run that has come to its end");
  }
  AskedIds ids(run, *type);
  ids.directory_ = run.directory().string();
  FQ_TRY(ids.found_.open(run, *type, std::move(options)));
  FQ_TRY_ASSIGN(ids.missing_.reader, run.missing());
  std::error_code ignored;
  if (std::filesystem::exists(artifact_path(run.directory(), Artifact::unresolved), ignored)) {
    FQ_TRY_ASSIGN(ids.unresolved_.reader, run.unresolved());
  }
  return ids;
}

Failure AskedIds::contradiction(std::string message) const {
  return fail(ErrorKind::integrity, std::move(message), directory_,
              "the files were altered after they were written: firmquery verify " + directory_);
}

Result<void> AskedIds::step_found() {
  FQ_TRY_ASSIGN(row_there_, found_.next());
  row_taken_ = false;
  return {};
}

Result<void> AskedIds::pass_over_rows() {
  while (row_there_ && found_.id() == id_) FQ_TRY(step_found());
  return {};
}

Result<bool> AskedIds::next() {
  const bool first = !std::exchange(begun_, true);
  if (first) {
    FQ_TRY(step_found());
    FQ_TRY(missing_.step());
    if (unresolved_.reader) FQ_TRY(unresolved_.step());
  } else if (state_ == IdState::found) {
    FQ_TRY(pass_over_rows());
  } else {
    FQ_TRY((state_ == IdState::missing ? missing_ : unresolved_).step());
  }
  std::string_view least;
  unsigned there = 0;
  bool twice = false;
  const auto offer = [&](bool is_there, std::string_view id, IdState state) {
    if (!is_there) return;
    const int order = there++ == 0 ? -1 : compare_canonical(id, least, type_);
    if (order == 0) twice = true;
    if (order >= 0) return;
    least = id;
    state_ = state;
    twice = false;
  };
  offer(missing_.there, missing_.id, IdState::missing);
  offer(unresolved_.there, unresolved_.id, IdState::unresolved);
  offer(row_there_, row_there_ ? found_.id() : std::string_view(), IdState::found);
  if (there == 0) {
    FQ_TRY(check_counts());
    return false;
  }
  if (twice) return contradiction(fmt::format("ID {} is found and missing at once", least));
  if (!first && compare_canonical(id_, least, type_) >= 0)
    return contradiction(fmt::format("ID {} does not come after {}", least, id_));
  id_ = least;
  found_count_ += state_ == IdState::found ? 1 : 0;
  return true;
}

Result<bool> AskedIds::next_row(std::string_view& row) {
  if (row_taken_) FQ_TRY(step_found());
  if (!row_there_ || found_.id() != id_) return false;
  row_taken_ = true;
  row = found_.row();
  return true;
}

Result<void> AskedIds::check_counts() const {
  const ResultReport& result = report_->result;
  if (found_count_ == result.found && missing_.count == result.missing &&
      unresolved_.count == result.unresolved)
    return {};
  return contradiction(fmt::format(
      "the files hold {} found, {} missing and {} unresolved IDs, the report says {}, {} and {}",
      found_count_, missing_.count, unresolved_.count, result.found, result.missing, result.unresolved));
}

}  // namespace firmquery
