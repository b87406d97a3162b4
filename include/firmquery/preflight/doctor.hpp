// Can this run work? Each thing a run depends on is tried by itself, and what fails names its remedy. Also
// the staging tables that earlier runs may have left on the server.
//
// Nothing is written.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/db/session.hpp"
#include "firmquery/job/job.hpp"

namespace firmquery {

enum class CheckStatus { ok, warn, fail, not_checked };
std::string_view to_string(CheckStatus status);  // "ok", "warn", "fail", "not checked"

struct Check {
  std::string name;
  CheckStatus status = CheckStatus::ok;
  std::string detail;                 // what was found; of not_checked: what it depends on
  std::string remedy;                 // may be empty
  ErrorKind kind = ErrorKind::usage;  // of fail: chooses the exit code
};

struct Diagnosis {
  std::vector<Check> checks;
  int exit_code() const;  // 0 when nothing failed, else that of the first failure
};

// The job may lack its list or its query: what depends on them is then not checked. Fails only when it is
// interrupted. Reads the whole list; blocks.
Result<Diagnosis> examine_job(const Job& job, std::stop_token stop);
std::string to_json(const Diagnosis& diagnosis);

// An ordinary table firmquery_staging_<run id> in the schema where such tables are made, owned by this role.
struct LeftoverTable {
  std::string schema, name;
  std::chrono::sys_seconds created;  // the run id's time
  // Sessions that bear its name are at work. unknown: not all sessions could be looked at.
  enum class Use { none, unknown, running };
  Use use = Use::none;
  bool resumable = false;
  bool dropped = false;
  std::optional<Error> problem;  // why it could not be dropped
};

// Where nobody can say whether a table is in use, no run is taken to be that old.
inline constexpr std::chrono::hours longest_run{7 * 24};

// Which of the tables to drop: those that are so old, or the one of that name, whatever its age.
struct Cleaning {
  std::optional<std::chrono::seconds> age = {};
  std::string name = {};
  std::vector<std::string> resumable = {};  // tables that only their name drops
};

// The tables of unfinished runs in the job's output directory, or in the folder where its directories are
// made.
std::vector<std::string> resumable_tables(const Job& job);

// When the run began whose staging table has this name; nullopt unless it is exactly
// firmquery_staging_[0-9]{8}t[0-9]{6}z_[0-9a-f]{6} and its digits are a time.
std::optional<std::chrono::sys_seconds> staging_table_time(std::string_view name);

// Oldest first. Drops what `cleaning` names, going by the time `now`. A table that is in use by a run stays
// in any case; where that cannot be found out, it must be older than any run or be named. One that cannot be
// dropped says why.
Result<std::vector<LeftoverTable>> clean_staging(const ConnectOptions& connect, const Cleaning& cleaning,
                                                 std::chrono::sys_seconds now);
Result<std::vector<LeftoverTable>> leftover_tables(Session& session);

}  // namespace firmquery
