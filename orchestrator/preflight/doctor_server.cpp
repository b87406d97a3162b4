// What a run needs of the server: the way to it, who one is there, and what that role may do.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

#include "doctor_checks.hpp"
#include "firmquery/db/kerberos.hpp"
#include "reading/strategy.hpp"

namespace firmquery {
namespace {

constexpr std::string_view kReach = "server reachable", kTls = "TLS", kLogin = "authentication";
constexpr std::string_view kDialect = "dialect", kStrategy = "strategy", kServerClock = "clock";

bool is_local(std::string_view host) {
  return host.empty() || host.front() == '/' || host.front() == '@' || host.starts_with("localhost:") ||
         host.starts_with("127.") || host.starts_with("::1:");
}

// Which of the steps to a session has failed; libpq reports them as one.
void add_failed_connection(const Error& error, ConnectStage stage, const std::string& target,
                           Checks& checks) {
  if (error.kind == ErrorKind::permission && stage != ConnectStage::tls) {
    checks.ok(std::string(kReach), target + ": answers");
    checks.not_checked(std::string(kTls), "authentication failed");
    return checks.fail(std::string(kLogin), error);
  }
  if (stage == ConnectStage::tls) {
    checks.ok(std::string(kReach), target + ": answers");
    checks.fail(std::string(kTls), error);
    return checks.not_checked(std::string(kLogin), "TLS failed");
  }
  const bool answered = error.kind == ErrorKind::usage && !error.sqlstate.empty();
  if (answered) {
    checks.ok(std::string(kReach), target + ": answers");
    checks.not_checked(std::string(kTls), "the connection was refused");
    return checks.fail(std::string(kLogin), error);
  }
  checks.fail(std::string(kReach), error);
  checks.not_checked(std::string(kTls), "the server is not reachable");
  checks.not_checked(std::string(kLogin), "the server is not reachable");
}

// What a run does without a capability, and how to get it.
struct Need {
  std::string_view name;
  std::string_view without;
  // The remedy, where the capability has none of its own; empty: nobody needs to do anything.
  std::string_view postgresql, cockroachdb;
};
constexpr std::string_view kCreateTable = "create_table";  // nobody needs to do anything about it
constexpr std::array kNeeds = {
    Need{"temp_table", "another strategy is used", "", ""},
    Need{kCreateTable, "only the strategy staging-table needs it", "", ""},
    Need{"copy_in", "the list is loaded with INSERT, which is slower", "GRANT INSERT to this role",
         "GRANT INSERT to this role"},
    Need{"copy_out_csv", "rows are read one by one instead", "", ""},
    Need{"snapshot", "each statement reads at an instant of its own",
         "connect to a server that exports snapshots", "connect to a cluster that tells its time"},
    Need{"quality_of_service", "statements run at regular priority", "", "upgrade to v22.1 or later"},
    Need{"cancel", "an interrupted statement ends with its time-out", "",
         "upgrade to v22.1 or later, or lower --query-timeout"},
};

void check_capabilities(const Dialect& dialect, Checks& checks) {
  for (const Need& need : kNeeds) {
    const std::string name = "capability " + std::string(need.name);
    const auto found = dialect.capabilities.find(need.name);
    if (found == dialect.capabilities.end()) {
      checks.not_checked(name, "was not probed");
    } else if (found->second.available) {
      checks.ok(name, found->second.detail);
    } else {
      std::string remedy = found->second.remedy;
      if (remedy.empty()) remedy = dialect.is_cockroachdb() ? need.cockroachdb : need.postgresql;
      if (need.name == kCreateTable) remedy.clear();
      const std::string detail = fmt::format("{}; {}", found->second.detail, need.without);
      if (remedy.empty()) {
        checks.ok(name, "not here: " + detail);
      } else {
        checks.warn(name, "not here: " + detail, remedy);
      }
    }
  }
}

void check_joins(const Dialect& dialect, Checks& checks) {
  if (!dialect.is_cockroachdb()) return;
  const std::string name = "join results";
  const auto faults = join_faults(dialect);
  for (const JoinFault& fault : faults) checks.warn(name, fault.what, fault.remedy);
  if (faults.empty()) checks.ok(name, "no fault of this version is known");
}

void check_strategy(const Job& job, const Dialect& dialect, Checks& checks) {
  const auto choice = choose_strategy(job, dialect);
  if (!choice) return checks.fail(std::string(kStrategy), choice.error());
  checks.ok(std::string(kStrategy), fmt::format("{} ({})", to_string(choice->kind), choice->reason));
}

void check_clock(Session& session, Checks& checks) {
  using Clock = std::chrono::system_clock;
  const auto seconds = [](Clock::time_point time) {
    return std::chrono::duration<double>(time.time_since_epoch()).count();
  };
  const double before = seconds(Clock::now());
  const auto rows = session.execute("select extract(epoch from clock_timestamp())::text");
  const double after = seconds(Clock::now());
  if (!rows) return checks.not_checked(std::string(kServerClock), rows.error().message);
  const std::string_view text = rows->at(0, 0);
  double server = 0;
  std::from_chars(text.data(), text.data() + text.size(), server);
  // The answer was made somewhere between the two.
  const double skew = server < before ? server - before : server > after ? server - after : 0;
  const std::string detail = std::abs(skew) < 1 ? "server and client agree"
                                                : fmt::format("the server is {:.0f} s {}", std::abs(skew),
                                                              skew > 0 ? "ahead" : "behind");
  if (std::abs(skew) <= 5) return checks.ok(std::string(kServerClock), detail);
  checks.warn(
      std::string(kServerClock), detail,
      "synchronise the clocks (NTP): times of reports and ages of staging tables are off, and Kerberos "
      "refuses more than five minutes");
}

void check_login(const ConnectOptions& connect, const Session& session, Checks& checks) {
  const Authentication& found = session.authentication();
  std::string detail = fmt::format("role {} on database {}", session.user(), session.database());
  if (found.method == "gss") detail += fmt::format(", by Kerberos as {}", found.principal);
  if (found.method == "gss" || !connect.credentials || !connect.credentials->options().wanted) {
    return checks.ok(std::string(kLogin), detail);
  }
  checks.warn(std::string(kLogin),
              detail + (found.method == "password" ? ", by its password" : "") +
                  ": the server does not ask for Kerberos, and the job is set up for it",
              "ask for a line with gss in pg_hba.conf (CockroachDB: "
              "server.host_based_authentication.configuration) before the one that lets the role in; "
              "--require-auth gss makes this an error");
}

void add_tables(const std::vector<LeftoverTable>& tables, const std::string& name, Checks& checks) {
  std::string used, left;
  for (const LeftoverTable& table : tables) {
    std::string& list = table.use == LeftoverTable::Use::running ? used : left;
    list += (list.empty() ? "" : ", ") + table.name;
  }
  if (!used.empty()) used = "in use by running runs: " + used;
  if (left.empty()) return checks.ok(name, used.empty() ? "none left by earlier runs" : used);
  checks.warn(name,
              fmt::format("left by earlier runs of this role: {}{}{}", left, used.empty() ? "" : "; ", used),
              "firmquery doctor --clean-staging 1d drops those that are older than a day and that no run "
              "uses or can go on with");
}

}  // namespace

Checks no_connection(const std::string& why) {
  Checks checks;
  for (const std::string_view name : {kReach, kTls, kLogin}) checks.not_checked(std::string(name), why);
  return checks;
}

Checks check_connection(const ConnectOptions& connect, std::optional<Session>& session) {
  Checks checks;
  ConnectStage stage = ConnectStage::reach;
  auto opened = Session::open(connect, &stage);
  if (!opened) {
    const std::string dsn = redact_dsn(connect.dsn);
    add_failed_connection(opened.error(), stage, dsn.empty() ? "the server of the PG* variables" : dsn,
                          checks);
    return checks;
  }
  session.emplace(*std::move(opened));
  const std::string host = session->host();
  checks.ok(std::string(kReach), host);
  if (session->ssl_in_use()) {
    checks.ok(std::string(kTls), "in use");
  } else if (session->authentication().gss_encrypted) {
    checks.ok(std::string(kTls), "not in use, and not needed: GSSAPI encrypts the connection");
  } else if (is_local(host)) {
    checks.ok(std::string(kTls), "not in use, and not needed: the server is on this machine");
  } else {
    checks.warn(std::string(kTls), "not in use: rows and IDs cross the network in plain text",
                "connect with sslmode=verify-full");
  }
  check_login(connect, *session, checks);
  return checks;
}

Checks check_server(const Job& job, Session* session, std::optional<Dialect>& dialect) {
  Checks checks;
  if (session != nullptr) {
    auto probed = probe_dialect(*session);
    if (!probed) {
      checks.fail(std::string(kDialect), probed.error());
    } else {
      dialect = *std::move(probed);
    }
  }
  if (!dialect) {
    const std::string why = session == nullptr ? "no connection" : "the dialect could not be found out";
    if (session == nullptr) checks.not_checked(std::string(kDialect), why);
    for (const char* name : {"writable", "capabilities", "strategy", "clock"}) checks.not_checked(name, why);
    return checks;
  }
  checks.ok(std::string(kDialect), fmt::format("{} {}", to_string(dialect->kind), dialect->version));
  if (auto done = set_up_session(*session, *dialect, SessionSettings{job.query_timeout.count()}); !done) {
    checks.fail("session settings", done.error());
  }
  if (dialect->read_only_server) {
    checks.warn("writable", "no: a standby, or default_transaction_read_only is on",
                "nothing, if the strategy array will do; else connect to the primary");
  } else {
    checks.ok("writable", "yes");
  }
  check_joins(*dialect, checks);
  check_capabilities(*dialect, checks);
  check_strategy(job, *dialect, checks);
  check_clock(*session, checks);
  return checks;
}

Checks check_leftovers(Session* session) {
  const std::string name = "staging tables";
  Checks checks;
  if (session == nullptr || !session->alive()) {
    checks.not_checked(name, "no connection");
    return checks;
  }
  const auto tables = leftover_tables(*session);
  if (!tables) {
    checks.not_checked(name, tables.error().message);
  } else {
    add_tables(*tables, name, checks);
  }
  return checks;
}

}  // namespace firmquery
