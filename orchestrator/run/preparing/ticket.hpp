// What a run does about its Kerberos ticket besides connecting with it.
#pragma once

#include <optional>
#include <string>

#include "firmquery/core/report.hpp"
#include "firmquery/db/session.hpp"
#include "firmquery/run/events.hpp"
#include "reading/strategy.hpp"

namespace firmquery {

// Between units of work: renews a ticket before it is too late for that, and logs what has happened to it.
// Costs nothing without Kerberos.
void tend_ticket(const ConnectOptions& connect, EventStream& events);

// That the ticket ends before the run is likely to, where nothing can renew it; nullopt otherwise. Reads the
// rows of at most 2,100 of the IDs to find out how long the run takes, for five seconds at most.
std::optional<std::string> short_ticket_warning(const StrategyContext& context, Session& session);

AuthenticationReport authentication_report(const Session& session);

}  // namespace firmquery
