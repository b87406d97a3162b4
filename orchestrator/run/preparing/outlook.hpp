// Whether a run will end in time: how long it is likely to take, and what ends before that.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/report.hpp"
#include "firmquery/db/kerberos.hpp"
#include "firmquery/db/session.hpp"
#include "reading/strategy.hpp"

namespace firmquery {

// What a run must end within.
enum class TimeLimit : std::uint8_t { deadline, ticket, gc_window };
std::string_view to_string(TimeLimit bound);  // the enumerator's name

struct TooLate {
  TimeLimit bound;
  std::string what, remedy;  // a sentence without its full stop, and what to do
};

struct Outlook {
  EstimateReport estimate;
  std::vector<TooLate> late;      // what is likely to end sooner than the run
  std::vector<TimeLimit> bounds;  // what was looked at
};

struct OutlookOptions {
  std::uint64_t unread = 0;     // IDs of the list that are to be read
  SnapshotReport earlier = {};  // the instant at which they will be read; of a run that is gone on with
  double elapsed_s = 0;         // since the start of the program
};

// By the job's earlier runs. Where there are none, and something may end too soon, the rows of at most 2,100 of the IDs are
// read, for two seconds at most; they are kept nowhere. Requires: the session is in no transaction; its statement
// timeout is the job's again afterwards.
Outlook look_ahead(const StrategyContext& context, Session& session, const OutlookOptions& options);

// Fails (kind late) where the job wants such a run refused: for its deadline unless it says otherwise, for the rest where it
// says so. What it fails for is not among what is left in the outlook.
Result<void> refuse_late(const Job& job, const Outlook& outlook);

// Seconds for which the ticket signs sessions in, renewals included. Requires: there is no keytab to get another from.
double ticket_window(const Ticket& ticket);

// Seconds for which what was read at the instant stays readable; none where nobody knows.
std::optional<double> gc_window_left(const QueryFacts& facts, const SnapshotReport& instant);

}  // namespace firmquery
