#include "firmquery/history/job_history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/exceptions.hpp"
#include "firmquery/output/journal.hpp"
#include "firmquery/output/row_sorter.hpp"
#include "firmquery/output/run_reader.hpp"

namespace firmquery {
namespace fs = std::filesystem;
namespace {

class Counted : public DifferenceSink {
 public:
  Result<void> id(std::string_view, IdChange, std::string_view, std::string_view) override { return {}; }
  Result<void> value(std::string_view, std::string_view, std::string_view, std::string_view) override {
    return {};
  }
  Result<void> row(std::string_view, bool, std::string_view) override { return {}; }
};

Result<JobRun::Changes> changes_between(const JobRun& then, const JobRun& now, const DiffOptions& options) {
  FQ_TRY_ASSIGN(const RunReader before, RunReader::open(then.directory));
  FQ_TRY_ASSIGN(const RunReader after, RunReader::open(now.directory));
  Counted sink;
  FQ_TRY_ASSIGN(const Difference difference, diff_runs(before, after, options, sink));
  return JobRun::Changes{then.directory.filename().string(), difference.missing.newly,
                         difference.missing.resolved};
}

// How long an ID has been missing, as the sorter keeps it.
struct Streak {
  std::uint64_t runs = 0;
  std::string_view since;
};
std::string to_text(const Streak& streak) {
  return fmt::format("{} {}", streak.runs, streak.since);
}
Streak streak_of(std::string_view text) {
  Streak streak;
  const char* const end = text.data() + text.size();
  const auto runs = std::from_chars(text.data(), end, streak.runs);
  streak.since =
      text.substr(std::min<std::size_t>(static_cast<std::size_t>(runs.ptr - text.data()) + 1, text.size()));
  return streak;
}

// The streaks that missing.csv of a run has itself.
Result<void> begin_with(MissingReader missing, RowSorter& now, const std::stop_token& stop) {
  MissingLine line;
  for (;;) {
    if (stop.stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
    FQ_TRY_ASSIGN(const bool more, missing.next(line));
    if (!more) return {};
    FQ_TRY(now.add(line.id, to_text({line.runs_missing, line.first_missing})));
  }
}

// The last complete run whose missing.csv has ages; the first run, where none has.
std::size_t first_needed(const std::vector<JobRun>& runs) {
  for (std::size_t i = runs.size(); i-- > 0;) {
    if (!runs[i].complete()) continue;
    const auto run = RunReader::open(runs[i].directory);
    const auto missing = run ? run->missing_lines() : Failure(run.error());
    if (missing && missing->has_ages()) return i;
  }
  return 0;
}

// The streaks up to a run, out of those up to the run before it.
Result<void> go_on(RowSorter& then, RowSorter& now, IdReader missing, IdType type, std::string_view read_at,
                   const std::stop_token& stop) {
  constexpr std::uint64_t kLook = 1 << 16;
  FQ_TRY(then.sort());
  FQ_TRY_ASSIGN(bool there, then.next());
  std::string_view id;
  for (std::uint64_t count = 0;; ++count) {
    if (count % kLook == 0 && stop.stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
    FQ_TRY_ASSIGN(const bool more, missing.next(id));
    if (!more) break;
    int order = -1;
    while (there && (order = compare_canonical(then.id(), id, type)) < 0) {
      FQ_TRY_ASSIGN(there, then.next());
    }
    Streak streak{1, read_at};
    if (there && order == 0) {
      streak = streak_of(then.row());
      ++streak.runs;
    }
    FQ_TRY(now.add(id, to_text(streak)));
  }
  while (there) {  // begins anew when it has given everything
    FQ_TRY_ASSIGN(there, then.next());
  }
  return {};
}

void sort_by_beginning(std::vector<JobRun>& runs) {
  std::stable_sort(runs.begin(), runs.end(), [](const JobRun& a, const JobRun& b) {
    return std::pair(std::cref(a.began_at).get(), a.directory) <
           std::pair(std::cref(b.began_at).get(), b.directory);
  });
}

// Their reports are not read yet; oldest first.
Result<std::vector<JobRun>> directories_of(const RunSeries& series, const std::string& key,
                                           const std::string& but_for) {
  std::vector<JobRun> runs;
  std::error_code error;
  for (fs::directory_iterator entry(series.folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path path = series.folder / entry->path().filename();
    std::error_code ignored;
    if (!fs::is_directory(fs::symlink_status(path, ignored)) || is_removed_name(path.filename().string()))
      continue;
    const auto job = peek_journal_job(path);
    if (!job || job->job_file != series.job_file || job->pattern != series.pattern || job->key != key ||
        job->run_id == but_for)
      continue;
    runs.emplace_back(JobRun{path, job->at, {}, {}}).run_id = job->run_id;
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return fail(ErrorKind::usage, "cannot look for runs of this job: " + error.message(),
                series.folder.string(), "check default_directory");
  }
  sort_by_beginning(runs);
  return runs;
}

void read_report(JobRun& run) {
  std::error_code ignored;
  if (!fs::exists(artifact_path(run.directory, Artifact::report), ignored)) return;
  auto reader = RunReader::open(run.directory);
  if (!reader) {
    run.problem = reader.error().to_string();
  } else {
    run.report = reader->report();
  }
}

}  // namespace

std::string_view JobRun::read_at() const {
  if (start && start->figures && !start->figures->read_at.empty()) return start->figures->read_at;
  if (!report || report->readings.empty()) return began_at;
  return report->readings.front().started_at;
}

std::string_view JobRun::status() const {
  if (start) return start->status;
  if (!problem.empty()) return "unreadable";
  return report ? std::string_view(report->status) : "unfinished";
}

Result<std::vector<JobRun>> runs_of_job(const RunSeries& series, const std::string& key) {
  FQ_TRY_ASSIGN(std::vector<JobRun> runs, directories_of(series, key, {}));
  for (JobRun& run : runs) read_report(run);
  return runs;
}

Result<std::optional<JobRun>> last_complete_run(const RunSeries& series, const std::string& key,
                                                const std::string& but_for,
                                                std::vector<std::string>& problems) {
  FQ_TRY_ASSIGN(std::vector<JobRun> runs, directories_of(series, key, but_for));
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    read_report(*run);
    if (run->complete()) return std::optional(std::move(*run));
    if (!run->problem.empty()) problems.push_back(run->problem);
  }
  return std::optional<JobRun>();
}

Result<std::vector<fs::path>> runs_before(const RunReader& then, const RunReader& now) {
  const auto was = peek_journal_job(then.directory()), is = peek_journal_job(now.directory());
  std::vector<fs::path> before;
  if (!was || !is || was->pattern.empty() || was->pattern != is->pattern || was->job_file != is->job_file ||
      was->key != is->key)
    return before;
  std::error_code ignored;
  // With "runs/monday/" or ".", too.
  const fs::path folder = fs::weakly_canonical(then.directory(), ignored).parent_path();
  FQ_TRY_ASSIGN(std::vector<JobRun> runs,
                directories_of({folder, was->job_file, was->pattern}, was->key, was->run_id));
  for (JobRun& run : runs) {
    if (run.began_at >= was->at) break;
    read_report(run);
    if (run.complete() && run.report->id_type == then.report().id_type) before.push_back(run.directory);
  }
  return before;
}

void add_index(std::vector<JobRun>& runs, const std::vector<IndexedStart>& starts) {
  std::map<std::pair<std::string, std::string>, std::size_t> places;  // of runs, by directory and ID
  for (std::size_t i = 0; i < runs.size(); ++i)
    places.emplace(std::pair(runs[i].directory.filename().string(), runs[i].run_id), i);
  for (const IndexedStart& start : starts) {
    std::size_t place = runs.size();
    if (!start.directory.empty()) {
      place = places.try_emplace(std::pair(start.directory, start.run_id), runs.size()).first->second;
    }
    if (place == runs.size()) {
      JobRun& run = runs.emplace_back();
      run.began_at = start.began_at;
      run.run_id = start.run_id;
      run.start = start;
    } else if (runs[place].start) {
      runs[place].start = start;  // it has gone on: what it came to last
    }
    if (start.exit_code) runs[place].exit_code = start.exit_code;
  }
  sort_by_beginning(runs);
}

Result<void> add_changes(std::vector<JobRun>& runs, const fs::path& scratch, std::stop_token stop) {
  DiffOptions options;
  options.rows = false;
  options.scratch = scratch;
  options.stop = std::move(stop);
  const JobRun* before = nullptr;
  for (JobRun& run : runs) {
    if (!run.complete()) continue;
    if (before != nullptr && before->report->id_type == run.report->id_type) {
      auto changes = changes_between(*before, run, options);
      if (changes) {
        run.changes = *std::move(changes);
      } else if (changes.error().kind == ErrorKind::interrupted) {
        return Failure(std::move(changes).error());
      } else {
        run.problem = changes.error().to_string();
      }
    }
    before = &run;
  }
  return {};
}

Result<void> visit_ages(const std::vector<JobRun>& runs, const fs::path& scratch, std::stop_token stop,
                        const std::function<Result<void>(const MissingAge&)>& visit) {
  return guarded([&]() -> Result<void> {
    std::optional<IdType> type;
    std::optional<RowSorter> then, now;
    for (std::size_t i = first_needed(runs); i < runs.size(); ++i) {
      if (!runs[i].complete()) continue;
      FQ_TRY_ASSIGN(const RunReader run, RunReader::open(runs[i].directory));
      FQ_TRY_ASSIGN(IdReader missing, run.missing());
      const auto its_type = id_type_from_string(run.report().id_type);
      if (type && its_type != type) {
        return fail(ErrorKind::usage, "the runs of this job have IDs of different types",
                    runs[i].directory.string(), "move the runs from before the change to another folder");
      }
      if (!std::exchange(type, its_type)) {
        then.emplace(*type, scratch);
        now.emplace(*type, scratch);
      }
      FQ_TRY_ASSIGN(MissingReader lines, run.missing_lines());
      if (lines.has_ages()) {
        FQ_TRY(begin_with(std::move(lines), *now, stop));
      } else {
        FQ_TRY(go_on(*then, *now, std::move(missing), *type, runs[i].read_at(), stop));
      }
      std::swap(then, now);
    }
    if (!then) return fail(ErrorKind::usage, "the job has no complete run yet", {}, "run it first");
    FQ_TRY(then->sort());
    for (;;) {
      FQ_TRY_ASSIGN(const bool more, then->next());
      if (!more) return {};
      const Streak streak = streak_of(then->row());
      FQ_TRY(visit({then->id(), streak.since, streak.runs}));
    }
  });
}

}  // namespace firmquery
