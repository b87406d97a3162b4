#include "firmquery/preflight/doctor.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "doctor_checks.hpp"

namespace firmquery {
namespace {

Checks check_template(const Job& job, std::optional<SqlTemplate>& sql_template) {
  const std::string name = "query template";
  Checks checks;
  if (job.sql.empty()) {
    checks.not_checked(name, "no --query and no --sql");
    return checks;
  }
  auto parsed = SqlTemplate::parse(job.sql, job.sql_name, job.key);
  if (!parsed) {
    checks.fail(name, parsed.error());
    return checks;
  }
  sql_template = *std::move(parsed);
  checks.ok(name, job.sql_name + (sql_template->uses_relation() ? ": joins with {IDS}" : ": parses"));
  for (const std::string& warning : sql_template->warnings()) checks.warn(name, warning, "");
  return checks;
}

}  // namespace

std::string_view to_string(CheckStatus status) {
  switch (status) {
    case CheckStatus::ok:
      return "ok";
    case CheckStatus::warn:
      return "warn";
    case CheckStatus::fail:
      return "fail";
    case CheckStatus::not_checked:
      return "not checked";
  }
  return "";
}

int Diagnosis::exit_code() const {
  const auto failed = std::find_if(checks.begin(), checks.end(),
                                   [](const Check& check) { return check.status == CheckStatus::fail; });
  return failed == checks.end() ? 0 : firmquery::exit_code(failed->kind);
}

void Checks::ok(std::string name, std::string detail) {
  checks_.push_back({std::move(name), CheckStatus::ok, std::move(detail), {}});
}

void Checks::warn(std::string name, std::string detail, std::string remedy) {
  checks_.push_back({std::move(name), CheckStatus::warn, std::move(detail), std::move(remedy)});
}

void Checks::fail(std::string name, const Error& error) {
  Error what = error;
  what.remedy.clear();
  checks_.push_back({std::move(name), CheckStatus::fail, what.to_string(), error.remedy, error.kind});
}

void Checks::not_checked(std::string name, std::string why) {
  checks_.push_back({std::move(name), CheckStatus::not_checked, std::move(why), {}});
}

bool Checks::failed() const {
  return std::any_of(checks_.begin(), checks_.end(),
                     [](const Check& check) { return check.status == CheckStatus::fail; });
}

void Checks::append(Checks more) {
  for (Check& check : more.checks_) checks_.push_back(std::move(check));
}

Result<Diagnosis> examine_job(const Job& asked, std::stop_token stop) {
  Job job = asked;
  job.connect.stop = stop;
  std::optional<SqlTemplate> sql_template;
  std::optional<Session> session;
  std::optional<Dialect> dialect;
  std::optional<QueryFacts> facts;
  const auto pointer = [](auto& optional) { return optional ? &*optional : nullptr; };

  const Checks template_checks = check_template(job, sql_template);
  Checks server;
  if (job.no_server) {
    server.fail("server", *job.no_server);
    server.append(no_connection("there is no server to ask"));
  } else {
    KerberosChecks kerberos = check_kerberos(job.connect);
    server = std::move(kerberos.checks);
    server.append(kerberos.usable ? check_connection(job.connect, session)
                                  : no_connection("Kerberos is not ready"));
  }
  server.append(check_server(job, pointer(session), dialect));
  server.append(check_query(job, pointer(session), pointer(dialect), pointer(sql_template), facts));
  // Last, because the key says as what the list is to be read, and standard input can be read once only.
  ListChecks list = check_list(job, pointer(session), pointer(dialect), pointer(facts), stop);
  if (stop.stop_requested()) return fail(ErrorKind::interrupted, "interrupted");

  Checks all = std::move(list.readable);
  all.append(template_checks);
  all.append(check_output(job));
  all.append(std::move(server));
  all.append(std::move(list.fits));
  all.append(check_plan(job, pointer(session), pointer(dialect), pointer(sql_template), pointer(facts),
                        std::move(list.ids)));
  all.append(check_leftovers(pointer(session)));
  all.append(check_job_lock(job, session.has_value(), stop));
  return Diagnosis{all.take()};
}

std::string to_json(const Diagnosis& diagnosis) {
  using Json = nlohmann::ordered_json;
  Json checks = Json::array();
  for (const Check& check : diagnosis.checks) {
    checks.push_back({{"name", check.name},
                      {"status", to_string(check.status)},
                      {"detail", check.detail},
                      {"remedy", check.remedy}});
  }
  const Json json = {{"schema", 1}, {"exit_code", diagnosis.exit_code()}, {"checks", checks}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace firmquery
