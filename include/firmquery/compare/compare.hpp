// Which strategy is the fastest here: several ones read the same IDs, are proved to give the same rows, and are timed in
// turn. Nothing of what they read is kept.
//
// The proof comes first and warms up the server: all read at one instant, or, where a strategy has to load a table before it
// takes an instant of its own, the baseline reads once more at that one. Then they take turns, forwards and backwards, so
// that what changes on the server meanwhile falls on all of them; what is compared is the ratio within a turn.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/compare/statistics.hpp"
#include "firmquery/core/error.hpp"
#include "firmquery/job/job.hpp"
#include "firmquery/run/run.hpp"

namespace firmquery {

struct Contender {
  StrategyKind strategy = StrategyKind::automatic;
  std::size_t chunk_size = 0;  // IDs in one IN-list; 0: no IN-lists
  unsigned connections = 0;

  std::string name;  // "in-list:250", "temp-table@4": the connections where they are not the job's
};

// "temp-table,in-list:1000@4,auto": strategies, each with the IDs of one IN-list behind a colon, and its connections behind
// an at sign; what is left out is the job's. An IN-list of 250 comes first, whether it is named or not: it is the baseline.
// Empty: those that are worth comparing. Fails (kind usage) at `place`.
Result<std::vector<Contender>> parse_contenders(std::string_view list, const Job& job,
                                                const std::string& place);

// One execution.
struct Measurement {
  double seconds = 0;  // from the cleaned list to the last row, connecting included
  std::uint64_t statements = 0, retries = 0;
  double p50_s = 0, p95_s = 0, longest_s = 0;  // of its statements
  std::uint64_t sent = 0, received = 0;        // bytes, as Traffic counts them
  double cpu_s = 0;                            // of this process
  std::optional<double> server_s;              // that the server says its statements took
  std::uint64_t peak_rss_bytes = 0;            // of this process meanwhile; 0: not known
};

struct Contest {
  Contender who;
  std::string ran;  // the strategy that it was; of auto: the one it chose, with its reason
  std::string reason;
  std::uint64_t scanned = 0;  // IDs that it read by scans
  std::string refused;        // why it does not work here; else empty
  std::string proof;          // at which instant its rows were compared, as a sentence
  bool differs = false;
  std::string leaves;  // on the server
  std::vector<Measurement> measured;
  // Of the measured: seconds, and against the baseline and the fastest.
  Estimate seconds, to_baseline, to_best;
};

struct Comparison {
  std::string server, dialect, server_version, query;
  std::uint64_t ids = 0, of_ids = 0;  // that were read, of so many in the list
  std::uint64_t rows = 0, found = 0;
  std::uint64_t row_bytes = 0;
  std::vector<Contest> contests;         // the baseline first
  std::vector<std::string> differences;  // examples, where one differs
  std::vector<std::string> warnings;
  std::optional<std::size_t> best;  // of the contests
  std::string recommendation;       // a sentence; empty: nothing was measured
  std::string job_lines;            // of a job file, that make it so
  double spent_s = 0;
  bool interrupted = false;

  bool same_rows() const { return differences.empty(); }
};

struct CompareOptions {
  std::vector<Contender> contenders;
  std::uint64_t sample = 0;                  // IDs of the list; 0: all
  std::chrono::duration<double> budget{60};  // for the turns; one at least is taken, and no turn is cut short
  std::size_t turns_most = 30;
  std::function<void(const std::string&)> say;  // is told what is done; may be empty
  std::stop_token stop;                         // the one that `prepared` was prepared with
};

// `prepared` is changed: strategy, in_list, connections, recheck, near_misses and the list itself. Its job's
// connect.traffic counts bytes where it is set. What each does is in its event stream too.
//
// Fails where the baseline does, or where the query itself does not give the same rows twice at one instant (kind query). A
// contender that fails is refused, and the others go on. A stop request ends the turns, not the comparison.
Result<Comparison> compare_strategies(Prepared& prepared, const CompareOptions& options);

// The table for a terminal, the same as Markdown, the JSON object of `firmquery compare --json` (its names are part of the
// contract), and a page with bars that needs nothing from elsewhere.
std::string comparison_text(const Comparison& comparison);
std::string comparison_markdown(const Comparison& comparison);
std::string comparison_json(const Comparison& comparison);
std::string comparison_html(const Comparison& comparison);

}  // namespace firmquery
