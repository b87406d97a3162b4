// Asks about another set of IDs at the instant of a reading: which of them have a row? For what is found out beside
// the answer (the second proof, near misses), after everything was read and before the reading is torn down, while
// its instant is still there.
//
// The sessions are new ones and read as those of the run do: by the same Worker, so that retries, lost sessions,
// statement timeouts, the pace and a stop request mean the same. Rows are looked at and kept nowhere. Nothing of it
// counts among the run's statements, rows, retries or progress; its warnings are the run's, with the purpose before them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/id_set.hpp"
#include "firmquery/core/report.hpp"
#include "firmquery/run/events.hpp"
#include "firmquery/run/instant.hpp"
#include "reading/strategy.hpp"
#include "reading/throttle.hpp"

namespace firmquery {

// Everything outlives the call. Used by the run's own thread.
struct AskingContext {
  const StrategyContext& strategy;  // of the run; its list is not asked for
  Instant& instant;                 // taken, and not given up yet
  Pace& pace;
  EventStream& events;  // of the run
  std::stop_token stop;
};

struct Question {
  std::string purpose;    // "second proof": what the audit log and warnings call it
  StrategyKind kind;      // array or in_list: without tables
  unsigned sessions = 1;  // at most; the job's number of connections is what the server expects
  std::chrono::duration<double> most = std::chrono::hours(24);  // then what is not asked for yet is left
};

// Ranks are those of the set that was asked for.
class Asked {
 public:
  // True: the server has answered, with a row or without; or there was no need to ask, as of 70000 for an int2 column.
  bool was_asked(std::size_t rank) const { return asked_[rank]; }
  bool has_rows(std::size_t rank) const { return with_rows_[rank]; }  // false where nobody was asked

  StrategyKind kind = StrategyKind::array;
  std::uint64_t ids = 0;         // that were asked for
  std::uint64_t statements = 0;  // failed ones too
  double seconds = 0;
  std::string
      left_because;  // why some or all were not asked for, as a sentence without its full stop; else empty

 private:
  friend class Asker;
  std::vector<bool> asked_, with_rows_;
};

// Fails only with kind interrupted, after a stop request, and with kind integrity, where what arrived is not what the
// server says it has sent. What else stands in the way (a lost instant, no right to ask so, statements that keep
// failing, the time) is `left_because`: the run does not fail by it.
Result<Asked> ask_about(const IdSet& ids, const AskingContext& context, const Question& question);

}  // namespace firmquery
