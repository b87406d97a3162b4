#include "server_time.hpp"

#include <cstdlib>
#include <utility>

namespace firmquery {

ServerTime ServerTime::open(const ConnectOptions& server, const Dialect& dialect) {
  ServerTime time;
  ConnectOptions quiet = server;
  quiet.traffic.reset();
  auto session = Session::open(quiet);
  if (!session) return time;
  time.session_.emplace(*std::move(session));
  time.sql_ =
      dialect.is_cockroachdb()
          ? "select sum(count * service_lat_avg) from crdb_internal.node_statement_statistics where "
            "application_name = current_setting('application_name')"
          : "select sum(total_exec_time) / 1000 from pg_stat_statements where userid = (select oid from "
            "pg_catalog.pg_roles where rolname = current_user)";
  if (!time.seconds()) time.session_.reset();
  return time;
}

std::optional<double> ServerTime::seconds() {
  if (!session_) return std::nullopt;
  const auto rows = session_->execute(sql_);
  if (!rows || rows->size() != 1 || rows->is_null(0, 0)) return std::nullopt;
  return std::strtod(std::string(rows->at(0, 0)).c_str(), nullptr);
}

}  // namespace firmquery
