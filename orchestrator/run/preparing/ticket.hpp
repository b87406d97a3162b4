// What a run does about its Kerberos ticket besides connecting with it.
#pragma once

#include "firmquery/core/report.hpp"
#include "firmquery/db/session.hpp"
#include "firmquery/run/events.hpp"

namespace firmquery {

// Between units of work: renews a ticket before it is too late for that, and logs what has happened to it.
// Costs nothing without Kerberos.
void tend_ticket(const ConnectOptions& connect, EventStream& events);

AuthenticationReport authentication_report(const Session& session);

}  // namespace firmquery
