// How a session asks for a slice of the list: one Strategy object per session, used by its thread alone.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "firmquery/dialect.hpp"
#include "firmquery/error.hpp"
#include "firmquery/id_set.hpp"
#include "firmquery/job.hpp"
#include "firmquery/plan.hpp"
#include "firmquery/session.hpp"
#include "firmquery/sql_template.hpp"
#include "query_facts.hpp"

namespace firmquery {

struct StrategyContext {
  const Job& job;
  const Dialect& dialect;
  const SqlTemplate& sql_template;
  const QueryFacts& facts;
  const IdSet& ids;
  std::string run_id;
};

class Strategy {
 public:
  virtual ~Strategy() = default;
  // Whether prepare() writes (a temp table), so that its transaction cannot start read-only.
  virtual bool writes() const = 0;
  // Makes the IDs of `slice` known to the session. `loaded` is advanced by the number of IDs sent.
  virtual Result<void> prepare(Session& session, Slice slice, std::atomic<std::uint64_t>& loaded) = 0;
  // The next unit of work: a prefix of `rest`, never empty when `rest` is not.
  virtual Slice next_unit(Slice rest) = 0;
  virtual Result<std::string> query(Session& session, Slice unit) = 0;
  virtual void completed(Slice unit, std::chrono::duration<double> took) = 0;
  // After a unit failed for its size: false when it cannot be made smaller.
  virtual bool shrink(Slice unit) = 0;
};

struct StrategyChoice {
  StrategyKind kind = StrategyKind::temp_table;
  std::string reason;
};
// Resolves `auto`. Fails with kind permission or query when the named strategy cannot work on this server.
Result<StrategyChoice> choose_strategy(const Job& job, const Dialect& dialect);

// `context` must outlive the strategy.
std::unique_ptr<Strategy> make_strategy(StrategyKind kind, const StrategyContext& context);
std::unique_ptr<Strategy> make_temp_table(const StrategyContext& context);
std::unique_ptr<Strategy> make_in_list(const StrategyContext& context);

}  // namespace firmquery
