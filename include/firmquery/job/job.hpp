// Everything a run needs to know, resolved: make_job() fills it from flags, environment, job file, user file and
// defaults, or whoever calls the library by hand; a run only reads it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firmquery/core/clean.hpp"
#include "firmquery/core/estimate.hpp"
#include "firmquery/core/list_lifter.hpp"
#include "firmquery/core/plan.hpp"
#include "firmquery/db/session.hpp"
#include "firmquery/output/compression.hpp"
#include "firmquery/output/file_lock.hpp"

namespace firmquery {

enum class StrategyKind { automatic, temp_table, staging_table, array, in_list, scan };
std::string_view to_string(
    StrategyKind kind);  // "auto", "temp-table", "staging-table", "array", "in-list", "scan"

// The text of the query where a list is "sql:" and a query; empty otherwise.
std::string_view query_of(std::string_view ids_path);

// Where a query is asked: of a server that somebody names, of the private local PostgreSQL because somebody
// asks for it, or nobody has said: then of the private local PostgreSQL, if it is there and has what the
// query reads.
enum class ServerChoice { none, named, local };

// `missing>N` or `missing>P%`: of the lines for duplicates and rejected, of the unique IDs for missing and new, of what was
// missing before for resolved. `age>N` is of runs, `age>Nd` of days.
struct FailOn {
  enum class Count { missing, newly, resolved, age, duplicates, rejected } count = Count::missing;
  double limit = 0;
  bool percent = false, days = false;
  // Whether it compares with the run before.
  bool of_change() const { return count == Count::newly || count == Count::resolved || count == Count::age; }
  std::string text;  // as written
};

// What runs of one job have in common where --out does not name their directories: the folder these are made
// in, the job file (absolute; empty without one), and the pattern of their names. --resume looks among them.
struct RunSeries {
  std::filesystem::path folder;
  std::string job_file, pattern;
};

// Whether the list comes back with the answer beside each line, and how often a line of an ID with several rows.
enum class Merge : std::uint8_t { off, each_row, first_row };

// The moment by which everything is to be read.
struct Deadline {
  std::chrono::system_clock::time_point at;
  std::string text;  // as written
};

// What is done about a run that is not likely to end before its deadline, its ticket or the garbage collection window
// does. By default it is refused for the first, and warned of the others.
enum class Late : std::uint8_t { by_default, refuse, warn };

struct Job {
  std::string run_id;  // empty: run_job makes one
  std::string name;    // of the job that the run is one of: a lock over all hosts; empty: it has none

  std::string ids_path;  // a file, "-" for standard input, or "sql:" and a query on `staging`
  // The list that stood in the query; then `ids_path` only says so, and `sql` is the query without it.
  std::shared_ptr<const LiftedList> lifted;
  ConnectOptions staging;
  ServerChoice staging_target = ServerChoice::named;
  CleanOptions clean;  // type is set from the server when `id_type_auto`
  bool id_type_auto = true;
  std::uint64_t max_input_ids = 1'000'000;
  std::uint64_t warning_threshold = 900'000;
  bool allow_empty = false;  // a list without an ID is no error
  // A list whose IDs cannot be among those of the key column is an error. Else it is a warning, and where `go_on` is
  // set, that is asked whether to go on all the same: with what is wrong, and what may help.
  bool strict_input = false;
  std::function<bool(const std::string& problem, const std::string& remedy)> go_on;
  bool accept_rejected = false;  // nor is one of which more than half is rejected: an option or a threshold

  std::string sql;       // the template's text
  std::string sql_name;  // its file, or "--sql"
  std::string key = "firm_root_id";

  ConnectOptions connect;
  ServerChoice target = ServerChoice::named;
  std::optional<Error> no_server;  // for doctor: why there is none to ask
  unsigned connections = 2;
  StrategyKind strategy = StrategyKind::automatic;
  InListLimits in_list;
  std::chrono::duration<double> query_timeout{300};
  unsigned max_retries = 2;  // of one unit of work
  std::chrono::duration<double> retry_delay{5};
  std::chrono::duration<double> retry_budget{
      900};  // of the whole run: failed attempts and the pauses after them
  std::chrono::duration<double> max_statement{0};  // of statements that read the user's tables; 0: no limit
  double pace = 0;                                 // rows per second over all sessions; 0: no limit
  bool snapshot = true;
  std::uint64_t recheck = 10'000;  // missing IDs that are asked for again at the end, at most; 0: none

  std::optional<Deadline> deadline;
  Late late = Late::by_default;
  std::vector<PastRun> past;  // earlier runs of this job, the newest first: how long they took

  std::uint64_t near_misses = 10'000;  // missing IDs that are tried in other spellings, at most; 0: none

  std::filesystem::path out;
  OnOverlap on_overlap = OnOverlap::fail;
  std::optional<RunSeries> series;  // `out` is a new name of it; empty: `out` was named
  bool resume = false;            // go on with the unfinished run in `out`, or of the series, if there is one
  bool ids_from_copy = false;     // resume: read the copy that the run directory keeps of a streamed list
  bool spreadsheet_safe = false;  // fields that a spreadsheet would take for formulas get a leading quote
  bool redact_ids = false;        // no ID and no raw text in report.html
  // What makes this job again, by option name, without secrets: kept in the journal for `resume`.
  std::vector<std::pair<std::string, std::string>> options;
  std::vector<std::string> formats = {"csv"};
  Compression compress = Compression::none;  // of the results
  Merge merge = Merge::off;
  std::vector<FailOn> fail_on;
  // Where the lines of the run's audit log go besides; empty, false: nowhere. A run does not go on without.
  std::filesystem::path audit_file;
  bool audit_syslog = false;
  std::filesystem::path
      baseline;  // of accepted misses, which no threshold counts (baseline.hpp); empty: none
};

}  // namespace firmquery
