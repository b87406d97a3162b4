#include "publishing/audit_observer.hpp"

#include <utility>

namespace firmquery {

void AuditObserver::on(const Event& event) {
  if (!outcome_) return;
  if (const auto* started = std::get_if<event::Started>(&event.body)) {
    outcome_ = write(*started);
  } else if (const auto* connected = std::get_if<event::Connected>(&event.body)) {
    connected_ = *connected;
    outcome_ = write(*connected);
  } else if (const auto* asked = std::get_if<event::Asked>(&event.body)) {
    outcome_ = write(*asked);
  } else if (const auto* concluded = std::get_if<event::Concluded>(&event.body)) {
    outcome_ = write(*concluded);
  }
}

Result<void> AuditObserver::write(const event::Started& started) {
  std::vector<std::pair<std::string, std::string>> fields = {{"run_id", started.run_id},
                                                             {"ids", job_.ids_path},
                                                             {"query", job_.sql_name},
                                                             {"target", redact_dsn(job_.connect.dsn)}};
  for (auto& field : operator_fields()) fields.push_back(std::move(field));
  FQ_TRY(audit_.event(started.resumed ? "resume" : "start", fields));
  return connected_ ? write(*connected_) : Result<void>();
}

Result<void> AuditObserver::write(const event::Connected& connected) {
  const AuthenticationReport& authentication = connected.authentication;
  return audit_.event("connect", {{"server", connected.host},
                                  {"role", connected.role},
                                  {"authentication", authentication.method},
                                  {"principal", authentication.principal},
                                  {"gss_encrypted", authentication.gss_encrypted ? "true" : "false"}});
}

Result<void> AuditObserver::write(const event::Asked& asked) {
  return audit_.event("asked", {{"purpose", asked.purpose},
                                {"strategy", asked.strategy},
                                {"snapshot_kind", asked.snapshot.kind},
                                {"snapshot", asked.snapshot.value},
                                {"ids", std::to_string(asked.ids)},
                                {"with_rows", std::to_string(asked.with_rows)},
                                {"left", std::to_string(asked.left)},
                                {"statements", std::to_string(asked.statements)}});
}

Result<void> AuditObserver::write(const event::Concluded& concluded) {
  const Report& report = concluded.report;
  if (concluded.error)
    return audit_.event("end", {{"status", report.status}, {"error", concluded.error->message}});
  return audit_.event("end",
                      {{"run_id", report.run_id},
                       {"status", report.status},
                       {"found", std::to_string(report.result.found)},
                       {"missing", std::to_string(report.result.missing)},
                       {"unresolved", std::to_string(report.result.unresolved)},
                       {"rows", std::to_string(report.result.rows)}},
                      concluded.files);
}

}  // namespace firmquery
