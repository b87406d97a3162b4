#include "preparing/ticket.hpp"

#include "firmquery/db/kerberos.hpp"

namespace firmquery {
void tend_ticket(const ConnectOptions& connect, EventStream& events) {
  if (!connect.credentials || !connect.credentials->signed_in()) return;
  connect.credentials->keep_alive();
  for (const TicketEvent& told : connect.credentials->take_events()) {
    if (told.warning) {
      events.emit(event::Warning{told.text});
    } else {
      events.emit(event::Note{told.text});
    }
  }
}

AuthenticationReport authentication_report(const Session& session) {
  const Authentication& found = session.authentication();
  return {found.method, found.principal, found.gss_encrypted};
}

}  // namespace firmquery
