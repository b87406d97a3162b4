// The report of a run: the numbers a person or a scheduler decides on, and the proof that they add up.
// Its JSON is report.json of the run directory, schema 1; names are part of the contract.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firmquery/core/digest.hpp"
#include "firmquery/core/error.hpp"

namespace firmquery {

struct InputReport {
  std::uint64_t lines = 0, blank = 0, header = 0, accepted = 0, rejected = 0, duplicates = 0, unique = 0;
  Digest digest;  // of the unique IDs
  // The rules of spelling by which the list was read, and how many accepted lines they have changed.
  std::vector<std::string> accept_rules = {};
  std::uint64_t respelled = 0;
};

struct ResultReport {
  std::uint64_t rows = 0, found = 0, missing = 0;
  std::uint64_t unresolved = 0;  // IDs of ranges that failed; 0 in a complete run
  Digest found_digest, missing_digest, unresolved_digest;
};

struct FileReport {
  std::string name;
  std::uint64_t rows = 0;  // data rows, header not counted
  std::uint64_t bytes = 0;
  std::string sha256;  // 64 hexadecimal digits
  std::vector<std::string> notes =
      {};  // what a reader of the file should know: rows on several sheets, cut cells
};

inline constexpr const char* kSystemTime = "as of system time";

struct SnapshotReport {
  std::string kind;  // "exported snapshot", kSystemTime, "none"
  std::string value;
};

// One pass over what was left of the list, at one instant: a run that is resumed has several.
struct ReadingReport {
  std::string started_at;  // RFC 3339, UTC
  std::string strategy;
  SnapshotReport snapshot;
};

// IDs that could not be read, as ranks of the sorted list, half-open.
struct FailedRange {
  std::uint64_t begin = 0, end = 0;
  std::string first_id, last_id;
  std::string error;
};

// Seconds of work. Of a killed start only the total is known: up to its last word in the journal.
struct TimingReport {
  double clean_s = 0, load_s = 0, query_s = 0, export_s = 0, total_s = 0;
};

struct StatementsReport {
  std::uint64_t count = 0;
  double longest_s = 0, p50_s = 0, p95_s = 0;
};

// One of the statements that took longest.
struct SlowStatement {
  std::string at;  // when it began; RFC 3339, UTC
  unsigned session = 0;
  std::uint64_t begin = 0, end = 0;  // ranks of the sorted list, half-open
  std::uint64_t rows = 0;
  double seconds = 0;
  bool finished = true;  // false: it failed, or was cut short
};

// What was tried again, and why.
struct RetryReason {
  std::string sqlstate;  // empty: not the server's words
  std::string kind;      // as to_string(ErrorKind) has it
  std::uint64_t count = 0;
  std::string message;  // of the first
};

// What was read in the key's order without a list: rows that nobody had asked for came too.
struct ScanReport {
  std::uint64_t ids = 0;            // of the list, that were read so
  std::uint64_t rows_left_out = 0;  // that came with them
  std::uint64_t rows_given_up = 0;  // of scans that were cut short, and whose IDs were read in another way

  ScanReport& operator+=(const ScanReport& other) {
    ids += other.ids;
    rows_left_out += other.rows_left_out;
    rows_given_up += other.rows_given_up;
    return *this;
  }
};

// One start of the program on the run: a run that is resumed has several.
struct StartReport {
  std::string started_at;
  std::string status;  // complete, partial, interrupted, failed; killed: it has left no word of its end
  std::uint64_t ranges = 0, rows = 0;      // that it has finished
  std::uint64_t retried = 0, retries = 0;  // not known of a killed one, like its statements
  StatementsReport statements;
  ScanReport scans;
  TimingReport timing;
  // Of a version that did not note them, and of a killed start: none.
  std::vector<SlowStatement> slowest = {};    // the longest first
  std::vector<RetryReason> retried_for = {};  // the commonest first
};

struct AuthenticationReport {
  std::string method;     // "gss", "password", "other"; empty: never connected
  std::string principal;  // of gss
  bool gss_encrypted = false;
};

// What decides how values are written and which rows are seen, as the server says it; empty where it has no such
// setting.
struct SessionReport {
  std::string time_zone, date_style, interval_style, extra_float_digits, bytea_output, row_security;
};

// The second proof: IDs that were asked for again, through another strategy at the same instant.
struct RecheckReport {
  struct Asked {
    // `of`: IDs that the server was asked for and that were missing, or found. What no server needs to be asked for
    // (70000 of an int2 column) is not among them.
    std::uint64_t of = 0, asked = 0;
    std::uint64_t wrong = 0;  // that the second answer contradicts

    Asked& operator+=(const Asked& other) {
      of += other.of;
      asked += other.asked;
      wrong += other.wrong;
      return *this;
    }
  };
  std::uint64_t wrong() const { return missing.wrong + found.wrong; }

  std::string strategy;     // empty: nothing was asked for
  SnapshotReport snapshot;  // at which they were asked for
  Asked missing, found;
  std::uint64_t statements = 0;
  double seconds = 0;
  std::string skipped;                // why some or all were not asked for, as a sentence; else empty
  std::vector<std::string> examples;  // a few of the wrong ones, as sentences
};

// Other spellings of missing IDs that have rows.
struct NearMissReport {
  struct Rule {
    std::string rule;         // as --accept-rule takes it where it is recoverable: "pad:10"
    std::uint64_t ids = 0;    // missing IDs that it explains
    bool recoverable = true;  // false: the digits are lost, as in Excel's rounding
  };
  std::uint64_t of = 0, tried = 0;              // missing IDs
  std::uint64_t suggested = 0;                  // with one spelling that has rows
  std::uint64_t ambiguous = 0;                  // with several
  std::uint64_t spellings = 0, statements = 0;  // that were asked for
  double seconds = 0;
  std::string skipped;      // why some or all were not tried, as a sentence without its full stop; else empty
  std::string advice;       // one sentence that names what to do; else empty
  std::vector<Rule> rules;  // most IDs first
};

// What the list of IDs looks like: for the person who asks where its IDs went.
struct ListReport {
  struct Problem {
    std::string reason;  // as rejected.csv has it
    std::uint64_t count = 0;
    std::uint64_t line = 0;  // of the first
    std::string example;     // readable and short
  };
  std::string format, encoding, compression;        // as messages call them; compression may be empty
  std::string column, sheet;                        // empty where there are none
  std::uint64_t leading_zero = 0;                   // IDs that begin with one
  std::uint64_t ends_in_zeros = 0;                  // of 16 digits or more, with zeros after the fifteenth
  std::uint64_t text_marker = 0, text_formula = 0;  // fields written '1 and ="1"
  std::vector<Problem> problems;                    // the commonest first
  std::vector<std::string> suspicions;              // sentences, most telling first
};

// How long the last start was likely to take, as it was known when the list had been read.
struct EstimateReport {
  std::string source =
      "none";  // "history": earlier runs of the job; "probe": some of its IDs; "none": nobody asked
  std::optional<double> seconds = {};  // of the whole start; none where the source is none
  std::uint64_t runs = 0;              // of a history
  std::uint64_t ids = 0;               // that were to be read
};

// What was left, when everything was read, of what a run must end within. None: there is no such end, or nobody knows.
struct LeftReport {
  std::optional<double> ticket_s;     // renewals included; none with a keytab
  std::optional<double> gc_window_s;  // of CockroachDB, for the instant of the last reading
};

// What changed since the last complete run of the job before this one. The counts are those of a comparison of the two
// (history/diff.hpp).
struct HistoryReport {
  struct {
    std::string run_id, directory,
        read_at;  // directory: its name; read_at: the instant of its answer, RFC 3339
    std::uint64_t missing = 0;
  } since;
  std::uint64_t newly = 0, resolved = 0, persisting = 0, added = 0, not_asked = 0;
  // Of what is missing now: since when the oldest has been, without a break, and in how many complete runs, this one
  // included. Empty and 0 where nothing is missing.
  std::string oldest_first_missing;
  std::uint64_t oldest_runs_missing = 0;
};

// What a file of accepted misses says of the missing IDs.
struct BaselineReport {
  std::string file;
  std::uint64_t lines = 0;     // of it
  std::uint64_t accepted = 0;  // missing IDs that are accepted
  std::uint64_t expired = 0;   // that are accepted no more
  std::uint64_t returned = 0;  // that had come back since they were accepted, and are accepted no more
  // What thresholds count: missing IDs that are not accepted, and those of them that are new.
  std::uint64_t missing = 0, newly = 0;
  std::string oldest_first_missing;  // of these, as in HistoryReport
  std::uint64_t oldest_runs_missing = 0;
};

struct Report {
  std::string run_id;
  std::string status;                   // complete, partial, interrupted, failed
  std::string started_at, finished_at;  // RFC 3339, UTC
  std::string server;                   // that was asked, as messages call it
  std::string dialect, server_version;
  AuthenticationReport authentication;
  SessionReport session;
  std::string strategy, strategy_reason;
  unsigned connections = 0;
  SnapshotReport snapshot;  // of the first reading
  std::vector<ReadingReport> readings;
  std::string key, key_type, id_type;
  InputReport input;
  ResultReport result;
  // Of the whole run: ranges, retries, statements.count, statements.longest_s, scans and timing are sums (the
  // longest: the maximum) over `starts`; p50_s, p95_s and peak_rss_bytes are those of the last start.
  struct {
    std::uint64_t total = 0, done = 0, retried = 0;
  } ranges;
  std::vector<FailedRange> failed_ranges;  // none in a complete run
  std::uint64_t retries = 0;
  StatementsReport statements;
  ScanReport scans;
  TimingReport timing;
  std::vector<StartReport> starts;
  std::uint64_t peak_rss_bytes = 0;
  bool spreadsheet_safe = false;  // of the CSV files, see csv.hpp
  std::vector<FileReport> files;
  std::vector<std::string> warnings;
  std::optional<RecheckReport> recheck;       // none: not asked for, or by a version that did not know it
  std::optional<NearMissReport> near_misses;  // likewise
  std::optional<HistoryReport> history;    // none: the job has no earlier complete run, or keeps no history
  std::optional<BaselineReport> baseline;  // none: no misses are accepted
  std::optional<ListReport> list;          // none: it was not read, or by such a version
  std::optional<EstimateReport> estimate;  // likewise
  LeftReport left;
};

// The proof. Fails with kind integrity, naming both sides of the identity that does not hold:
//   lines = blank + header + rejected + duplicates + unique
//   unique = found + missing + unresolved
//   digest(unique) = digest(found) + digest(missing) + digest(unresolved)
Result<void> check_input(const InputReport& input);
Result<void> check_proof(const Report& report);

// Sets what the report sums up over its starts.
void sum_up_starts(Report& report);

// What several second proofs of one run come to: each asked for what was read at an instant of its own, but that a
// later one at the same timestamp has asked for what the one before it did, too.
RecheckReport sum_up_rechecks(const std::vector<RecheckReport>& rechecks);

std::string to_json(const Report& report);            // pretty-printed, final newline
std::string input_to_json(const InputReport& input);  // report.json of `clean`: {"schema":1,"input":{...}}
Result<Report> report_from_json(const std::string& text, const std::string& place);
std::string recheck_to_json(const RecheckReport& recheck);  // one line, without its line feed
Result<RecheckReport> recheck_from_json(const std::string& text, const std::string& place);

}  // namespace firmquery
