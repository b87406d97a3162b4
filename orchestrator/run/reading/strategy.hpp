// How a session asks for a slice of the list: one Strategy object per session, used by its thread alone.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/id_set.hpp"
#include "firmquery/core/plan.hpp"
#include "firmquery/core/report.hpp"
#include "firmquery/core/sql_template.hpp"
#include "firmquery/db/dialect.hpp"
#include "firmquery/db/session.hpp"
#include "firmquery/job/job.hpp"
#include "firmquery/run/query_facts.hpp"
#include "loading/load_watch.hpp"
#include "reading/id_source.hpp"
#include "reading/retry_policy.hpp"

namespace firmquery {

struct StrategyContext {
  const Job& job;
  const Dialect& dialect;
  const SqlTemplate& sql_template;
  const QueryFacts& facts;
  const IdSet& ids;
  std::string run_id;
  RetryPolicy& retry;
  IdSource source{ids};  // of what travels with the statements
  bool sparse = false;   // the list was found to be so everywhere: no scan is worth a trial
};

// When a strategy's list reaches the server.
enum class Loading {
  never,           // the IDs travel with each statement
  inside_instant,  // into a temporary table, inside the transaction that reads (PostgreSQL)
  before_instant,  // committed before the run's instant is taken
};

struct Statement {
  std::string sql;
  std::vector<std::string> parameters = {};
  // Those of the next units have this text too, and its plan does for them.
  bool same_text = false;
  // Of a scan, which returns rows that were not asked for too: when it returns so many, it has been cut short
  // and counts for nothing. Empty: each row must be one that was asked for.
  std::optional<std::uint64_t> most_rows = {};
  // Seconds that it may take; 0: what the job allows.
  double time_limit = 0;
};

struct UnitCost {
  std::chrono::duration<double>
      took;  // the statement and what goes with it: its savepoint, its bound, what is sent ahead
  std::uint64_t rows = 0;  // that the server has sent
};

class Strategy {
 public:
  virtual ~Strategy() = default;
  virtual Loading loading() const = 0;
  // Whether the statement failed because the table of the list is gone.
  virtual bool misses_list(const Error&) const { return false; }
  // A lost session takes the loaded list with it.
  virtual bool bound_to_session() const = 0;
  // Once for the whole run, on the control session: before the first load, after the last, and at the very
  // end.
  virtual Result<void> set_up(Session&) { return {}; }
  virtual Result<void> loaded(Session&) { return {}; }
  virtual Result<void> tear_down(Session&) { return {}; }
  // Makes the IDs of `slice` known. May be called again after a failure: what is already there is not sent
  // twice.
  virtual Result<void> load(Session& session, Slice slice, const LoadWatch& watch) = 0;
  // After load() failed for its size: false when the next load() cannot send less at a time, or when less at
  // a time would not help.
  virtual bool shrink_load(const Error&) { return false; }
  // In place of load(), for a plan: what follows is said as if `slice` were on the server.
  virtual void assume_loaded(Slice) {}
  // The next unit of work: a prefix of `rest`, never empty when `rest` is not.
  virtual Slice next_unit(Slice rest) = 0;
  // Whether the units behind one, and their statements, are known before it is read, and no worse for that:
  // then they can be sent ahead.
  virtual bool foresees() const { return false; }
  virtual Result<Statement> query(Session& session, Slice unit) = 0;
  // What EXPLAIN can be asked in place of query() before anything is loaded, for as many of the unit's IDs as
  // it leaves in `unit`.
  virtual Result<Statement> sample(Session& session, Slice& unit);
  virtual void completed(Slice unit, const UnitCost& cost) = 0;
  // After a unit failed for its size: false when it cannot be made smaller.
  virtual bool shrink(Slice unit) = 0;
  // After a scan that was cut short.
  virtual void given_up(Slice) {}
};

struct StrategyChoice {
  StrategyKind kind = StrategyKind::temp_table;
  std::string reason;
};
// The strategies to try, best first; one for a named strategy. Fails with kind permission when the named one
// cannot work on this server.
Result<std::vector<StrategyChoice>> candidate_strategies(const Job& job, const Dialect& dialect);
// Of a resumed run whose instant is older than any table that could be made now.
StrategyChoice strategy_without_tables(const Job& job);
// The first candidate.
Result<StrategyChoice> choose_strategy(const Job& job, const Dialect& dialect);

// `context` must outlive the strategy.
std::unique_ptr<Strategy> make_strategy(StrategyKind kind, const StrategyContext& context);
std::unique_ptr<Strategy> make_temp_table(const StrategyContext& context);
std::unique_ptr<Strategy> make_staging_table(const StrategyContext& context);
std::unique_ptr<Strategy> make_array(const StrategyContext& context);
std::unique_ptr<Strategy> make_in_list(const StrategyContext& context);
std::unique_ptr<Strategy> make_scan(const StrategyContext& context);
// What is known before anything is read. Always: nothing is weighed, and only what a scan would read too much for is
// looked up.
enum class Scans { weighed, mostly, always };
std::unique_ptr<Strategy> make_stretches(const StrategyContext& context, std::unique_ptr<Strategy> lookup,
                                         Scans scans);

// Rows that a scan of the unit may return.
std::uint64_t scan_row_limit(Slice unit);
// Why the query cannot be read by scans; empty: it can. The key of the result must be the very column that is
// compared, with an index in the order in which the list is sorted.
std::string scan_obstacle(const QueryFacts& facts, IdType list);
// Whether lookups and scans are weighed against each other while the list is read.
bool weighs_scans(const StrategyContext& context);
// Fails (kind query) when the job asks for scans and the query cannot be read so.
Result<void> check_scan(const Job& job, const QueryFacts& facts, IdType list);

// CockroachDB: whether a table with `loaded` IDs holds them in parts and is read by looking up each ID,
// whatever the planner believes. A row for each ID, with statistics, is what a join hint of the template may
// ask for; it takes a large list to earn back its load.
bool reads_by_lookup(const StrategyContext& context, std::size_t loaded);

// An ID as a literal of the key's type.
std::string typed_literal(const Session& session, const KeyColumn& key, std::string_view id);
// Of ranges that are sized by time: short statements are cut to half of what they may take, because ranges differ.
RangeSizer::Options range_options(const Job& job);

// What follows an ID to compare it with the key column: " collate ..." or nothing. PostgreSQL needs none.
std::string id_collation(const StrategyContext& context);

// The staging table of a run, unqualified: firmquery_staging_20261123t034500z_1f9c2a.
std::string staging_table_name(std::string_view run_id);

// From here on the session bears the name of the staging table that it works with, as that of its application:
// who cleans up sees that the table is in use.
Result<void> say_what_is_used(Session& session, std::string_view run_id);

// A run that was killed has left its staging table; the passes after it may need none.
Result<void> drop_leftover_table(const StrategyContext& context, const std::vector<ReadingReport>& readings,
                                 Session& session);

// The server may hold fewer values than the list: what an int2 column cannot hold is missing without asking.
Slice askable(const IdSet& ids, const KeyColumn& key);

// The server does not let this role, or this cluster, do what the strategy needs.
bool is_refusal(const Error& error);

}  // namespace firmquery
