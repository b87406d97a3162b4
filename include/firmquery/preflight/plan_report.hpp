// The dry run: everything `run` would decide, found out in the same way, and nothing written: no directory,
// no table. The list is cleaned and the server is asked about itself, the query and its plan.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/plan.hpp"
#include "firmquery/core/report.hpp"
#include "firmquery/db/catalog.hpp"
#include "firmquery/db/dialect.hpp"
#include "firmquery/job/job.hpp"
#include "firmquery/run/events.hpp"

namespace firmquery {

struct PlanReport {
  struct Server {
    std::string address, database, user;  // address: host or socket directory, and port
    bool tls = false;
    Dialect dialect;
    std::vector<std::pair<std::string, std::string>> settings;  // of a session of the run
    std::optional<double> gc_window_s;                          // CockroachDB, where it says so
  };
  struct Query {
    std::string name;                  // of the template
    std::vector<std::string> columns;  // of the result
    KeyColumn key;
    bool bounded = false;                      // ranges carry a bound on the key
    std::string bound_reason;                  // why, or why not
    std::string row_security;                  // what row-level security does to it
    std::shared_ptr<const LiftedList> lifted;  // the list that stood in it; null: none
  };
  struct Range {
    Slice ids;
    std::string sql;
    std::vector<std::string> parameters;  // long lists are elided, here and in sql
  };

  Server server;
  Query query;
  InputReport input;
  std::string id_type;            // the list is cleaned as
  std::uint64_t never_asked = 0;  // IDs that the key column cannot hold: missing without asking
  std::string strategy, strategy_reason;
  std::string snapshot;              // "exported snapshot", "as of system time", "none"
  std::vector<Slice> slices;         // one for each connection
  std::optional<Range> first_range;  // none when there is nothing to ask
  std::size_t sample_ids = 0;        // in the statement that was explained
  bool sample_stands_in = false;     // as literals, where the run has a table of them
  EstimateReport estimate;
  std::vector<std::string> bounds;  // what the run has to end within: "deadline", "ticket", "gc_window"
  std::vector<std::string>
      late;              // sentences about those that are likely to end before it does; none: it fits
  bool refused = false;  // and the run would not begin
  std::vector<std::string> explain;  // the server's words, a line each
  std::vector<std::string> warnings;
};

// Blocks; stops early with kind interrupted. EXPLAIN sees the first range's own list, and never more than ten
// thousand IDs: planning a long list of literals can take a CockroachDB node down.
Result<PlanReport> plan_job(const Job& job, Observer& observer, std::stop_token stop);

std::string to_json(const PlanReport& plan);  // one object and a line feed

}  // namespace firmquery
