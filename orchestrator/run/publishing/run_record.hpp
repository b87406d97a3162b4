// The run directory as a run holds it: locked, with its audit log and journal open, and with what an earlier
// process has left there.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "firmquery/job/job.hpp"
#include "firmquery/output/file_lock.hpp"
#include "firmquery/output/journal.hpp"
#include "firmquery/output/run_directory.hpp"

namespace firmquery {

struct RunRecord {
  FileLock lock;
  AuditLog audit;
  Journal journal;
  std::optional<JournalState> earlier;  // of the run that is resumed
};

// What a directory is to a run that is about to begin in it.
enum class Opening { begun, resumed, complete, skipped };
struct OpenedRun {
  Opening opening = Opening::begun;
  std::optional<RunRecord> record;       // of begun and resumed
  std::optional<FileLock> lock;          // of complete, whose files are not touched
  std::optional<JournalState> finished;  // of complete
};

// Makes the directory when it is not there, locks it, and begins or resumes. Fails with kind usage when
// something else is in it, when it holds an unfinished run and the job does not say resume, and when key or
// query differ from those of the run in it. A run that stopped before its list was clean is begun again:
// nothing of it is lost.
Result<OpenedRun> open_run(const Job& job, const std::string& run_id, std::stop_token stop);

// Fails (kind integrity) when something else stands in its place, such as a FIFO that would keep the run
// waiting.
Result<void> check_list_copy(const std::filesystem::path& path);

// Goes on with the unfinished run in job.out, whose lock is held.
Result<RunRecord> resume_run(const Job& job, JournalState earlier, FileLock lock);

// The journal of the directory when its run has begun: its list is known.
Result<std::optional<JournalState>> begun_journal(const std::filesystem::path& directory);

// What of a run is not what it was, in words: the key and the query; the list and the target.
std::vector<std::string> changes(const Job& job, const JournalJob& then);
std::vector<std::string> changes(const JournalList& now, const JournalList& then);
// "the list of IDs (10 unique then, 12 now) and the target"
std::string in_words(const std::vector<std::string>& changes);
// The refusal to go on with, or to repeat, the run of the directory; nothing where nothing changed.
Result<void> refuse_changed(const std::vector<std::string>& changes, bool finished,
                            const std::filesystem::path& directory);

// Fails (kind integrity) when the second proof of the run has found something wrong: what its parts hold is not to be
// gone on with.
Result<void> refuse_disproved(const JournalState& journal, const std::filesystem::path& directory);

void add_remedy(Error& error, const std::string& more);

// What cleaning the list has left in one run directory, into another of the same list.
Result<void> move_cleaned_list(const std::filesystem::path& from, const std::filesystem::path& to);

// Removes what a run that never began has left, and the directory when nothing else is in it.
void remove_run(const std::filesystem::path& directory);

}  // namespace firmquery
