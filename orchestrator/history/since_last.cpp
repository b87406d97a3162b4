#include "firmquery/history/since_last.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "asked_ids.hpp"
#include "firmquery/core/time_text.hpp"
#include "firmquery/history/job_history.hpp"
#include "firmquery/output/exceptions.hpp"
#include "firmquery/output/row_sorter.hpp"
#include "firmquery/output/run_reader.hpp"

namespace firmquery {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLook = 1 << 14;

// The missing IDs of the last complete run with their ages: as its missing.csv has them, or, where a version wrote it that
// knew of none, as the runs say that are still there.
class MissingThen {
 public:
  Result<void> open(const JobRun& then, const RunReader& run, const RunSeries& series, const AnswerNow& now,
                    const fs::path& scratch, const std::stop_token& stop) {
    read_at_ = then.read_at();
    FQ_TRY_ASSIGN(reader_, run.missing_lines());
    if (reader_->has_ages()) return {};
    FQ_TRY_ASSIGN(std::vector<JobRun> runs, runs_of_job(series, now.key));
    std::erase_if(runs, [&](const JobRun& one) { return one.report && one.report->run_id == now.run_id; });
    RowSorter ages(now.ids.type(), scratch);
    const auto visited = visit_ages(runs, scratch, stop, [&](const MissingAge& age) {
      return ages.add(age.id, fmt::format("{} {}", age.runs, age.since));
    });
    if (!visited) {
      if (visited.error().kind == ErrorKind::interrupted) return Failure(visited.error());
      return {};  // its own missing.csv can be read: the ages begin with it
    }
    FQ_TRY(ages.sort());
    sorter_.emplace(std::move(ages));
    return {};
  }

  Result<bool> next() {
    if (sorter_) {
      FQ_TRY_ASSIGN(const bool more, sorter_->next());
      if (!more) return false;
      id_ = sorter_->id();
      const std::string_view row = sorter_->row();
      const auto runs = std::from_chars(row.data(), row.data() + row.size(), runs_);
      since_ =
          row.substr(std::min<std::size_t>(static_cast<std::size_t>(runs.ptr - row.data()) + 1, row.size()));
    } else {
      MissingLine line;
      FQ_TRY_ASSIGN(const bool more, reader_->next(line));
      if (!more) return false;
      id_ = line.id;
      since_ = reader_->has_ages() ? line.first_missing : std::string_view(read_at_);
      runs_ = reader_->has_ages() ? line.runs_missing : 1;
    }
    ++count_;
    return true;
  }
  std::string_view id() const { return id_; }
  std::string_view since() const { return since_; }
  std::uint64_t runs() const { return runs_; }
  std::uint64_t count() const { return count_; }

 private:
  std::string read_at_;
  std::optional<MissingReader> reader_;
  std::optional<RowSorter> sorter_;
  std::string_view id_, since_;
  std::uint64_t runs_ = 0, count_ = 0;
};

bool same_list(const Report& then, const AnswerNow& now) {
  return then.input.unique == now.ids.size() && then.input.digest == now.digest;
}

// The oldest of those that it is told of.
class Oldest {
 public:
  void add(const MissingAges::Age& age) {
    runs_ = std::max(runs_, age.runs);
    if (since_.empty() || age.since < since_) since_ = age.since;
  }
  template <class Part>
  void tell(Part& report) const {
    report.oldest_first_missing = since_;
    report.oldest_runs_missing = runs_;
  }

 private:
  std::string since_;
  std::uint64_t runs_ = 0;
};

class LookBack {
 public:
  LookBack(const RunReader& run, const AnswerNow& now, MissingThen& missing, const fs::path& scratch,
           const std::stop_token& stop)
      : run_(run), now_(now), missing_(missing), scratch_(scratch), stop_(stop) {}

  Result<void> run(MissingAges& ages) {
    if (!same_list(run_.report(), now_)) {
      auto opened = AskedIds::open(run_, {false, {}, scratch_, stop_});
      if (opened) {
        asked_.emplace(std::move(*opened));
      } else {
        cannot_tell_ = opened.error().to_string();
      }
    }
    FQ_TRY(ages.begin(scratch_));
    FQ_TRY_ASSIGN(there_, missing_.next());
    const auto take = [&](std::size_t rank) -> Result<void> {
      if (looks_++ % kLook == 0 && stop_.stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
      id_.clear();
      now_.ids.append_canonical(rank, id_);
      int order = 1;
      while (there_ && (order = compare_canonical(missing_.id(), id_, now_.ids.type())) < 0) FQ_TRY(gone());
      MissingAges::Age age{now_.read_at};
      if (there_ && order == 0) {
        ++report_.persisting;
        age = {missing_.since(), missing_.runs() + 1};
        oldest_.add(age);
        FQ_TRY(ages.add(age));
        return step();
      }
      FQ_TRY_ASSIGN(age.fresh, was_asked());
      ++(age.fresh ? report_.newly : report_.added);
      oldest_.add(age);
      return ages.add(age);
    };
    FQ_TRY(now_.each_missing(take));
    while (there_) FQ_TRY(gone());
    if (missing_.count() != run_.report().result.missing) {
      return fail(ErrorKind::integrity,
                  fmt::format("it holds {} IDs, the report of that run says {}", missing_.count(),
                              run_.report().result.missing),
                  artifact_path(run_.directory(), Artifact::missing).string());
    }
    oldest_.tell(report_);
    return ages.end();
  }

  HistoryReport& report() { return report_; }
  // Why new IDs cannot be told from added ones; else empty.
  const std::string& cannot_tell() const { return cannot_tell_; }

 private:
  Result<void> step() {
    FQ_TRY_ASSIGN(there_, missing_.next());
    return {};
  }

  // What was missing then and is not now.
  Result<void> gone() {
    if (looks_++ % kLook == 0 && stop_.stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
    const std::size_t rank = now_.ids.find(missing_.id(), 0, now_.ids.size(), hint_);
    if (rank == IdSet::npos) {
      ++report_.not_asked;
    } else {
      hint_ = rank + 1;
      report_.resolved += now_.is_read(rank) ? 1 : 0;
    }
    return step();
  }

  // Whether the run then has asked for the ID, which was not missing.
  Result<bool> was_asked() {
    if (!asked_) return cannot_tell_.empty();
    while (asked_there_) {
      if (asked_begun_) {
        const int order = compare_canonical(asked_->id(), id_, now_.ids.type());
        if (order >= 0) return order == 0 && asked_->state() == IdState::found;
      }
      asked_begun_ = true;
      auto next = asked_->next();
      if (!next) {
        if (next.error().kind == ErrorKind::interrupted) return Failure(std::move(next).error());
        cannot_tell_ = next.error().to_string();
        asked_.reset();
        return false;
      }
      asked_there_ = *next;
    }
    return false;
  }

  const RunReader& run_;
  const AnswerNow& now_;
  MissingThen& missing_;
  const fs::path scratch_;
  const std::stop_token stop_;
  std::optional<AskedIds> asked_;
  bool asked_there_ = true, asked_begun_ = false;
  bool there_ = false;
  std::size_t hint_ = 0;
  std::uint64_t looks_ = 0;
  std::string id_, cannot_tell_;
  HistoryReport report_;
  Oldest oldest_;
};

// Fails with what is a warning, but for an interruption.
Result<void> compare_with(const JobRun& then, const RunSeries& series, const AnswerNow& now,
                          const fs::path& scratch, const std::stop_token& stop, SinceLast& since) {
  const Report& report = *then.report;
  if (report.id_type != to_string(now.ids.type())) {
    return fail(ErrorKind::usage,
                fmt::format("its IDs are of type {}, and those of this run of type {}", report.id_type,
                            to_string(now.ids.type())),
                then.directory.string());
  }
  FQ_TRY_ASSIGN(const RunReader run, RunReader::open(then.directory));
  MissingThen missing;
  FQ_TRY(missing.open(then, run, series, now, scratch, stop));
  LookBack back(run, now, missing, scratch, stop);
  FQ_TRY(back.run(since.ages));
  if (!back.cannot_tell().empty()) {
    since.warnings.push_back("what is new since the last complete run is not known: " + back.cannot_tell());
    return {};
  }
  HistoryReport& history = back.report();
  history.since = {report.run_id, then.directory.filename().string(), std::string(then.read_at()),
                   report.result.missing};
  since.history = std::move(history);
  return {};
}

// `chained`: the ages are those of the job, and not only of this run.
Result<BaselineReport> hold_against(Baseline& baseline, const AnswerNow& now, const MissingAges& ages,
                                    bool chained) {
  BaselineReport report;
  report.file = baseline.file().string();
  report.lines = baseline.lines();
  const double at = epoch_seconds(now.read_at).value_or(0);
  MissingAges::Cursor cursor(ages);
  Oldest oldest;
  std::string id;
  const auto take = [&](std::size_t rank) -> Result<void> {
    id.clear();
    now.ids.append_canonical(rank, id);
    FQ_TRY_ASSIGN(const MissingAges::Age age, cursor.next());
    const auto first = chained ? epoch_seconds(std::string(age.since)) : std::nullopt;
    FQ_TRY_ASSIGN(const Baseline::Verdict verdict, baseline.judge(id, at, first));
    if (verdict == Baseline::Verdict::accepted) {
      ++report.accepted;
      return {};
    }
    report.expired += verdict == Baseline::Verdict::expired ? 1 : 0;
    report.returned += verdict == Baseline::Verdict::returned ? 1 : 0;
    ++report.missing;
    report.newly += age.fresh ? 1 : 0;
    oldest.add(age);
    return {};
  };
  FQ_TRY(now.each_missing(take));
  oldest.tell(report);
  return report;
}

}  // namespace

Result<SinceLast> since_last(const std::optional<RunSeries>& series, const AnswerNow& now, Baseline* baseline,
                             const fs::path& scratch, std::stop_token stop) {
  SinceLast since{{}, {}, MissingAges(now.read_at), {}};
  bool chained = false;
  if (series) {
    const auto compared = guarded([&]() -> Result<void> {
      FQ_TRY_ASSIGN(const auto then, last_complete_run(*series, now.key, now.run_id, since.warnings));
      if (!then) return {};
      FQ_TRY(compare_with(*then, *series, now, scratch, stop, since));
      chained = true;
      return {};
    });
    if (!compared) {
      if (compared.error().kind == ErrorKind::interrupted) return Failure(compared.error());
      since.warnings.push_back(
          "the last complete run of the job cannot be compared with, so ages begin anew: " +
          compared.error().to_string());
      since.ages = MissingAges(now.read_at);
    }
  }
  if (baseline != nullptr) {
    FQ_TRY_ASSIGN(since.baseline, hold_against(*baseline, now, since.ages, chained));
  }
  return since;
}

}  // namespace firmquery
