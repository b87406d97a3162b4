#include "publishing/run_record.hpp"

#include <fmt/format.h>

#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/audit_copies.hpp"
#include "firmquery/output/files.hpp"
#include "firmquery/output/trusted_path.hpp"
#include "firmquery/run/run.hpp"

namespace firmquery {
namespace fs = std::filesystem;
namespace {

// Values are longer than in the query that they stood in where they are put in quotes.
constexpr std::uint64_t kLiftedBytesMax = 256u << 20;

AuditCopies copies_of(const Job& job) {
  return {job.audit_file, job.audit_syslog};
}

Result<AuditLog> open_audit(const Job& job, const std::string& run_id) {
  FQ_TRY_ASSIGN(AuditLog audit, AuditLog::open(artifact_path(job.out, Artifact::audit)));
  if (AuditCopies copies = copies_of(job); !copies.empty()) {
    audit.copy_to([copies = std::move(copies), run_id](std::string_view line) {
      return copy_audit_line(copies, run_id, line);
    });
  }
  return audit;
}

Result<RunRecord> begin(const Job& job, const std::string& run_id, FileLock lock) {
  // What an earlier attempt that never began has left would be read as this run's.
  for (const Artifact artifact : {Artifact::journal, Artifact::list_copy, Artifact::query, Artifact::list}) {
    const fs::path path = artifact_path(job.out, artifact);
    std::error_code error;
    fs::remove(path, error);
    if (error) return file_failure(path, "remove", error.value());
  }
  FQ_TRY_ASSIGN(Journal journal, Journal::open(job.out));
  FQ_TRY_ASSIGN(AuditLog audit, open_audit(job, run_id));
  const RunSeries series = job.series.value_or(RunSeries());
  FQ_TRY(journal.job(
      {utc_now(), run_id, job.key, job.sql, job.ids_path, job.options, series.job_file, series.pattern}));
  if (job.lifted) {
    FQ_TRY(write_file(artifact_path(job.out, Artifact::query), job.lifted->sql));
    FQ_TRY(write_file(artifact_path(job.out, Artifact::list), job.lifted->values));
  }
  return RunRecord{std::move(lock), std::move(audit), std::move(journal), {}};
}

// Makes the directory and locks it; another process may remove what it never began in meanwhile.
Result<std::optional<FileLock>> lock_directory(const Job& job, const std::stop_token& stop) {
  for (;;) {
    std::error_code ignored;
    FQ_TRY_ASSIGN(const RunState state, run_state(job.out));
    if (state == RunState::foreign || !fs::exists(job.out, ignored)) FQ_TRY(create_run_directory(job.out));
    const auto trusted = check_trusted_entries(job.out);
    auto lock = trusted ? lock_file(artifact_path(job.out, Artifact::lock), true, "this run directory",
                                    job.on_overlap, stop)
                        : Failure(trusted.error());
    if (lock || fs::exists(job.out, ignored)) return lock;
  }
}

}  // namespace

Result<RunRecord> resume_run(const Job& job, JournalState earlier, FileLock lock) {
  FQ_TRY_ASSIGN(Journal journal, Journal::open(job.out));
  FQ_TRY_ASSIGN(AuditLog audit, open_audit(job, earlier.job.run_id));
  return RunRecord{std::move(lock), std::move(audit), std::move(journal), std::move(earlier)};
}

Result<std::optional<JournalState>> begun_journal(const fs::path& directory) {
  const fs::path path = artifact_path(directory, Artifact::journal);
  FQ_TRY_ASSIGN(const std::string text, read_regular_file(path, kJournalBytesMax));
  FQ_TRY_ASSIGN(JournalState state, parse_journal(text, path.string()));
  if (!state.list) return std::optional<JournalState>();
  return std::optional<JournalState>(std::move(state));
}

std::vector<std::string> changes(const Job& job, const JournalJob& then) {
  std::vector<std::string> changed;
  if (job.sql != then.sql) changed.emplace_back("the query");
  if (job.key != then.key) changed.push_back(fmt::format("the key ({} then, {} now)", then.key, job.key));
  return changed;
}

std::vector<std::string> changes(const JournalList& now, const JournalList& then) {
  std::vector<std::string> changed;
  if (now.ids != then.ids || now.digest != then.digest)
    changed.push_back(fmt::format("the list of IDs ({} unique then, {} now)", then.ids, now.ids));
  // A server that does not tell what it is, is what it was called.
  const bool known = !now.server.empty() && !then.server.empty();
  const std::string& was = known ? then.server : then.target;
  const std::string& is = known ? now.server : now.target;
  if (is != was && !is.empty() && !was.empty())
    changed.push_back(fmt::format("the target ({} then, {} now)", then.target, now.target));
  if (!then.session.empty() && now.session != then.session)
    changed.push_back(fmt::format("how the sessions read ({} then, {} now)", then.session, now.session));
  return changed;
}

std::string in_words(const std::vector<std::string>& changes) {
  std::string text;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    text += i == 0 ? "" : i + 1 == changes.size() ? " and " : ", ";
    text += changes[i];
  }
  return text;
}

Result<void> refuse_changed(const std::vector<std::string>& changes, bool finished,
                            const fs::path& directory) {
  if (changes.empty()) return {};
  if (!finished) {
    return fail(ErrorKind::usage, in_words(changes) + " changed since the run began", directory.string(),
                "give what the run began with, or start a new run in another directory");
  }
  return fail(
      ErrorKind::usage, "the run in it is finished, and " + in_words(changes) + " changed since",
      directory.string(),
      "name another directory with --out, or none: then each run has one of its own (filename_pattern)");
}

Result<OpenedRun> open_run(const Job& job, const std::string& run_id, std::stop_token stop) {
  FQ_TRY(check_audit_copies(copies_of(job)));  // before there is a directory
  FQ_TRY_ASSIGN(auto lock, lock_directory(job, stop));
  if (!lock) return OpenedRun{Opening::skipped, {}, {}, {}};
  FQ_TRY_ASSIGN(const RunState state, run_state(job.out));  // another process may have worked here until now
  if (state == RunState::complete && job.resume) {
    FQ_TRY_ASSIGN(JournalState finished, read_journal(job.out));
    FQ_TRY(refuse_changed(changes(job, finished.job), true, job.out));
    return OpenedRun{Opening::complete, {}, std::move(lock), std::move(finished)};
  }
  if (state == RunState::unfinished) {
    FQ_TRY_ASSIGN(auto earlier, begun_journal(job.out));
    if (earlier) FQ_TRY(refuse_disproved(*earlier, job.out));
    if (earlier && !job.resume) {
      return fail(ErrorKind::usage, "the run directory holds an unfinished run", job.out.string(),
                  "go on with it: firmquery resume " + job.out.string() +
                      ", or the same command with --resume; or choose another directory with --out");
    }
    if (earlier) {
      FQ_TRY(refuse_changed(changes(job, earlier->job), false, job.out));
      FQ_TRY_ASSIGN(RunRecord record, resume_run(job, std::move(*earlier), std::move(*lock)));
      return OpenedRun{Opening::resumed, std::move(record), {}, {}};
    }
  } else if (state != RunState::none) {
    FQ_TRY(create_run_directory(job.out));  // says what is in the way
  }
  FQ_TRY_ASSIGN(RunRecord record, begin(job, run_id, std::move(*lock)));
  return OpenedRun{Opening::begun, std::move(record), {}, {}};
}

Result<void> refuse_disproved(const JournalState& journal, const fs::path& directory) {
  const RecheckReport recheck = sum_up_rechecks(journal.rechecks);
  if (recheck.wrong() == 0) return {};
  return fail(
      ErrorKind::integrity,
      fmt::format("the second proof of this run has failed: {} of {} IDs were not as the run had them",
                  recheck.wrong(), recheck.missing.asked + recheck.found.asked),
      directory.string(), "do not go on with it: start a new run in another directory");
}

void add_remedy(Error& error, const std::string& more) {
  error.remedy += (error.remedy.empty() ? "" : "; ") + more;
}

Result<void> move_cleaned_list(const fs::path& from, const fs::path& to) {
  for (const Artifact artifact : {Artifact::rejected, Artifact::duplicates, Artifact::list_copy}) {
    const fs::path source = artifact_path(from, artifact), target = artifact_path(to, artifact);
    std::error_code error;
    if (!fs::exists(source, error)) continue;
    fs::rename(source, target, error);
    if (error) return file_failure(target, "replace", error.value());
  }
  return {};
}

Result<void> check_list_copy(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_regular_file(fs::symlink_status(path, ignored))) return {};
  return fail(ErrorKind::integrity, "the copy of the list is not a regular file", path.string(),
              "the directory was altered after the run stopped: start a new run");
}

Result<SavedJob> read_saved_job(const std::filesystem::path& directory) {
  FQ_TRY_ASSIGN(JournalState state, read_journal(directory));
  FQ_TRY(check_trusted_entries(directory));  // it says what is run, and where its log goes
  std::error_code ignored;
  SavedJob saved{directory,
                 !state.job.pattern.empty(),
                 state.job.run_id,
                 std::move(state.job.options),
                 fs::exists(artifact_path(directory, Artifact::list_copy), ignored),
                 std::move(state.job.ids_path),
                 {}};
  const fs::path list = artifact_path(directory, Artifact::list);
  if (fs::exists(list, ignored)) {
    LiftedList lifted;
    lifted.sql = std::move(state.job.sql);
    FQ_TRY_ASSIGN(lifted.values, read_regular_file(list, kLiftedBytesMax));
    saved.lifted = std::make_shared<const LiftedList>(std::move(lifted));
  }
  return saved;
}

void remove_run(const fs::path& directory) {
  std::error_code ignored;
  for (const ArtifactEntry& entry : artifacts()) {
    if (entry.early) fs::remove(directory / entry.name, ignored);
  }
  fs::remove(directory, ignored);  // only when it is empty
}

Result<void> tidy_complete_run(const fs::path& directory) {
  FQ_TRY(check_trusted_directory(directory));
  std::error_code error;
  std::vector<fs::path> leftovers;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const ArtifactEntry* artifact = find_artifact(name);
    if (is_temporary_name(name) || (artifact != nullptr && artifact->provisional))
      leftovers.push_back(entry->path());
  }
  if (error) return file_failure(directory, "read the directory", error.value());
  // One that stays does not keep the others.
  Result<void> removed;
  for (const fs::path& path : leftovers) {
    if (!fs::remove(path, error) && error && removed) removed = file_failure(path, "remove", error.value());
  }
  return removed;
}

}  // namespace firmquery
