// The parts of an examination, in the order in which they are shown. Private to doctor.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "firmquery/core/sql_template.hpp"
#include "firmquery/db/dialect.hpp"
#include "firmquery/db/session.hpp"
#include "firmquery/preflight/doctor.hpp"
#include "firmquery/run/query_facts.hpp"

namespace firmquery {

class Checks {
 public:
  void ok(std::string name, std::string detail);
  void warn(std::string name, std::string detail, std::string remedy);
  void fail(std::string name, const Error& error);
  void not_checked(std::string name, std::string why);
  void append(Checks more);
  bool failed() const;
  std::vector<Check> take() { return std::move(checks_); }

 private:
  std::vector<Check> checks_;
};

// Each adds all of its checks, whatever happens.
Checks check_output(const Job& job);

// Nothing where the job does not ask for Kerberos. `usable`: connecting can succeed.
struct KerberosChecks {
  Checks checks;
  bool usable = true;
};
KerberosChecks check_kerberos(const ConnectOptions& connect);

// Connects. `session` stays empty when that fails.
Checks check_connection(const ConnectOptions& connect, std::optional<Session>& session);
Checks no_connection(const std::string& why);
// Without a session: that nothing was checked. `dialect` is set when it was found.
Checks check_server(const Job& job, Session* session, std::optional<Dialect>& dialect);
// `session`, `dialect` and `sql_template` may be null. `facts` is set when the query fits the server.
Checks check_query(const Job& job, Session* session, const Dialect* dialect, const SqlTemplate* sql_template,
                   std::optional<QueryFacts>& facts);
// What the list is, and whether it fits the key.
struct ListChecks {
  Checks readable, fits;
  std::optional<IdSet> ids;  // where they fit
};
// `session`, `dialect` and `facts` may be null.
ListChecks check_list(const Job& job, Session* session, const Dialect* dialect, const QueryFacts* facts,
                      std::stop_token stop);
// How the server would read the tables for the first range: of `ids`, or of IDs that stand in for them.
Checks check_plan(const Job& job, Session* session, const Dialect* dialect, const SqlTemplate* sql_template,
                  const QueryFacts* facts, std::optional<IdSet> ids);
Checks check_leftovers(Session* session);
// Whether runs of the job can be kept apart over all hosts; nothing for a job without a name. `connected`: there is a server.
Checks check_job_lock(const Job& job, bool connected, const std::stop_token& stop);

}  // namespace firmquery
