// A run, for who calls it whole or in parts:
//
//   prepare()  connects, examines the query, reads and cleans the list; nothing is written on the server
//   execute()  reads the rows of what was prepared, at one instant, into a store
//   run_job()  both, into a run directory: what `firmquery run` does
//
// All of them block and heed their stop token: statements are cancelled on the server. Any number of jobs may
// run in one process at once, each call on a thread of its own; nothing here is process-wide. No exception
// leaves them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/report.hpp"
#include "firmquery/core/sql_template.hpp"
#include "firmquery/db/dialect.hpp"
#include "firmquery/db/session.hpp"
#include "firmquery/job/job.hpp"
#include "firmquery/output/journal.hpp"
#include "firmquery/run/events.hpp"
#include "firmquery/run/input.hpp"
#include "firmquery/run/instant.hpp"
#include "firmquery/run/query_facts.hpp"
#include "firmquery/run/unit_store.hpp"

namespace firmquery {

// What reading the list leaves, and where.
struct ListFiles {
  std::filesystem::path directory = {};  // gets rejected.csv and duplicates.csv; empty: neither is written
  std::filesystem::path copy = {};       // of a list that cannot be read twice; empty: none
  bool from_copy = false;                // the list is read from there
  // Asked when the list is known and no file has its final name yet; its failure is that of reading. May be
  // empty.
  std::function<Result<void>(const JournalList&)> accept = {};
};

// A job, a session with its server, what that says of the query, and the cleaned list. Used by one thread at
// a time.
class Prepared {
 public:
  struct Parts;
  explicit Prepared(std::unique_ptr<Parts> parts);
  Prepared(Prepared&&) noexcept;
  Prepared& operator=(Prepared&&) noexcept;
  ~Prepared();  // ends the session

  const Job& job() const;
  // What execute() goes by, for who varies it from one to the next: strategy, in_list, connections, recheck, near_misses,
  // pace and the like. What prepare() has used already (server, query, list) has no effect any more.
  Job& job();
  const Dialect& dialect() const;
  const SqlTemplate& sql_template() const;
  const QueryFacts& facts() const;
  const CleanedInput& input() const;
  // Leaves `ids` of the list's IDs: stretches of neighbours, spread evenly, so that its density stays what it is. The
  // report's counts are those of a list that never had more. O(ids).
  void keep_sample(std::size_t ids);
  Session& session();
  Parts& parts() { return *parts_; }  // for the module itself

 private:
  std::unique_ptr<Parts> parts_;
};

enum class Access : std::uint8_t {
  run,        // the list will be loaded
  read_only,  // whatever the query calls, nothing is written
};

// prepare() in steps, for who has something to do between them.
class Preparation {
 public:
  // `events` must outlive it, and what finish() returns.
  Preparation(Job job, EventStream& events, std::stop_token stop, ListFiles files = {},
              Access access = Access::run);
  Preparation(Preparation&&) noexcept;
  ~Preparation();

  Result<void> connect();    // a session, and what the server is; with the job's retries
  Result<void> examine();    // Requires: connect()
  Result<void> read_list();  // Requires: examine(), which has begun to read it where that does no harm
  Prepared finish() &&;      // Requires: read_list()

  // After a failure: nothing is read any more, and nothing written to the directory of the list's files.
  void abandon();

  // What is known so far, for a report.
  void describe(Report& report) const;
  const Prepared::Parts& parts() const { return *parts_; }
  Prepared::Parts& parts() { return *parts_; }

 private:
  std::unique_ptr<Prepared::Parts> parts_;
};

Result<Prepared> prepare(const Job& job, EventStream& events, std::stop_token stop,
                         const ListFiles& files = {}, Access access = Access::run);

struct RunOutcome {
  enum class Kind {
    ran,              // whatever came of it
    skipped,          // another run holds the directory or the job, and the job says skip: nothing was done
    complete_before,  // resume: the same run was complete already; the report is its own
    refused,          // nothing was done and nothing is known: the error says why
  };
  Kind kind = Kind::ran;
  std::string skipped_because = {};  // of a job that is held: by whom
  std::optional<Error> error;        // that ended it; none where the report says complete or partial
  std::filesystem::path out;  // the run directory: of a job with a series it may be that of an earlier start
  Report report;              // of `ran`: also when it failed or was interrupted
  InputProfile profile;
  std::vector<std::string> breached;  // the --fail-on thresholds that were breached, as sentences
  // Those that compare with the run before, as they were written, where there is none.
  std::vector<std::string> unchecked;
};

struct Execution {
  // Taken by the caller on a session of its own, which it keeps until execute() returns; null: the run takes
  // its own. What is loaded for one run must not be younger than the instant (Instant::hides_younger_tables),
  // so that on CockroachDB a lent instant is read by strategies without tables.
  Instant* instant = nullptr;
};

// Reads into the store. The report's status is "complete", "partial" (ranges that kept failing for transient
// reasons are unresolved), "interrupted" or "failed".
RunOutcome execute(Prepared& prepared, UnitStore& store, const Execution& execution = {});

// Runs the job into job.out, which must not exist or be empty unless job.resume is set. With job.series and
// job.resume the newest unfinished run of the series is gone on with, if it asked the same of the same. The
// report is also on disk. What is finished stays in the directory for a resumed run, unless the run never
// began.
RunOutcome run_job(const Job& job, Observer& observer, std::stop_token stop);

// What the journal of an unfinished run keeps to make its job again.
struct SavedJob {
  std::filesystem::path directory;
  bool in_series = false;  // one of the runs of a job: they are compared
  std::string run_id;
  std::vector<std::pair<std::string, std::string>> options;  // as in Job
  bool ids_were_streamed = false;            // from standard input or a query: the directory keeps a copy
  std::string ids_path;                      // as in Job
  std::shared_ptr<const LiftedList> lifted;  // as in Job
};
// Fails with kind usage when the directory holds no journal, with kind integrity when the journal is damaged.
Result<SavedJob> read_saved_job(const std::filesystem::path& directory);

// Removes from a complete run what only its resumption would have needed; a run that was killed between its
// manifest and its last step has left it.
Result<void> tidy_complete_run(const std::filesystem::path& directory);

}  // namespace firmquery
