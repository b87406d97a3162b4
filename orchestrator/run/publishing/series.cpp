#include "publishing/series.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/run_directory.hpp"
#include "firmquery/output/trusted_path.hpp"
#include "publishing/run_record.hpp"

namespace firmquery {
namespace fs = std::filesystem;
namespace {

struct Candidate {
  std::string began_at;
  fs::path directory;
};

// Newest first.
Result<std::vector<Candidate>> candidates(const RunSeries& series, const std::string& key) {
  std::vector<Candidate> found;
  std::error_code error;
  for (fs::directory_iterator entry(series.folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path path = series.folder / entry->path().filename();
    std::error_code ignored;
    if (!fs::is_directory(fs::symlink_status(path, ignored)) || is_removed_name(path.filename().string()) ||
        !check_trusted_entries(path))
      continue;
    const auto state = run_state(path);
    if (!state || *state != RunState::unfinished) continue;
    const auto job = peek_journal_job(path);
    const bool same =
        job && job->job_file == series.job_file && job->pattern == series.pattern && job->key == key;
    if (same) found.push_back({job->at, path});
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return fail(ErrorKind::usage, "cannot look for runs of this job: " + error.message(),
                series.folder.string(), "check default_directory, or name the directory with --out");
  }
  std::sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) {
    return std::pair(a.began_at, a.directory) > std::pair(b.began_at, b.directory);
  });
  return found;
}

}  // namespace

Result<SeriesSearch> find_unfinished(const Job& job, const RunSeries& series, std::stop_token stop) {
  SeriesSearch search;
  FQ_TRY_ASSIGN(const auto newest_first, candidates(series, job.key));
  for (const auto& [began_at, directory] : newest_first) {
    auto locked = lock_file(artifact_path(directory, Artifact::lock), true, "this job", job.on_overlap, stop);
    std::error_code ignored;
    if (!locked && !fs::exists(directory, ignored)) continue;  // another process has removed it
    FQ_TRY_ASSIGN(auto lock, std::move(locked));
    if (!lock) {
      search.held = directory;
      return search;
    }
    FQ_TRY_ASSIGN(const RunState state, run_state(directory));
    if (state != RunState::unfinished) continue;  // whoever held it has finished it
    auto journal = begun_journal(directory);
    if (!journal) {
      search.notes.push_back(fmt::format("the unfinished run {} cannot be gone on with: {}",
                                         directory.string(), journal.error().message));
      continue;
    }
    if (const auto refused = *journal ? refuse_disproved(**journal, directory) : Result<void>(); !refused) {
      search.notes.push_back(fmt::format("the unfinished run {} is not gone on with: {}", directory.string(),
                                         refused.error().message));
      continue;
    }
    if (!*journal) continue;  // it was stopped before its list was clean: there is nothing to go on with
    search.found = UnfinishedRun{directory, std::move(**journal), std::move(*lock)};
    return search;
  }
  return search;
}

}  // namespace firmquery
