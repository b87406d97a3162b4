#include <fmt/format.h>

#include "firmquery/db/dialect.hpp"
#include "firmquery/sql_text.hpp"
#include "server_version.hpp"

namespace firmquery {
namespace {

constexpr std::string_view kLeaveReadOnly = "connect to a server that takes writes";

Capability yes(std::string detail) {
  return {true, std::move(detail), {}};
}
Capability no(std::string detail, std::string_view remedy = {}) {
  return {false, std::move(detail), std::string(remedy)};
}

Capability from(bool available, std::string when, std::string when_not, std::string_view remedy = {}) {
  return available ? yes(std::move(when)) : no(std::move(when_not), remedy);
}

std::string in_words(const Error& refusal) {
  return refusal.sqlstate.empty() ? refusal.message
                                  : fmt::format("{} (SQLSTATE {})", refusal.message, refusal.sqlstate);
}

// Runs statements until one fails. A failed try leaves no transaction open. Only a lost session is an error
// of the probe itself; anything else is the answer.
Result<Capability> attempt(Session& session, std::initializer_list<std::string> statements) {
  std::string refusal;
  for (const std::string& sql : statements) {
    const auto done = session.execute(sql);
    if (done) continue;
    if (!session.alive()) return Failure(done.error());
    refusal = in_words(done.error());
    break;
  }
  if (session.in_failed_transaction()) FQ_TRY(session.execute("ROLLBACK"));
  return refusal.empty() ? yes("tried: works") : no(refusal);
}

class Bytes final : public RowSink {
 public:
  Result<void> row(std::string_view csv, std::string_view, bool) override {
    text += csv;
    return {};
  }
  std::string text;
};

// The server's CSV is written to the files as it comes, so it must be what the encoder of the other
// strategies writes: the same rows both ways, with all that servers quote differently.
Result<Capability> attempt_copy_out(Session& session) {
  const std::string tricky =
      "SELECT * FROM (VALUES (1, 'plain', NULL, true, 1.50::decimal), (2, 'a,b \"c\"', '', false, NULL), "
      "(3, E'line\\nfeed', E'carriage\\rreturn', NULL, -0.1), (4, E'\\\\.', E'\\\\N', true, 1e5), "
      "(5, ' blank ', E'\\t', false, 0), (6, 'Ünïcödé', 'NULL', NULL, 7)) AS t (a, b, c, d, e) ORDER BY a";
  const std::string single = "SELECT * FROM (VALUES (E'\\\\.'), (''), (NULL), ('x')) AS t (a)";
  for (const std::string& query : {tricky, single}) {
    Bytes copied, encoded;
    const auto by_copy = session.stream(query, RowKey(0), true, copied);
    if (!by_copy && !session.alive()) return Failure(by_copy.error());
    if (!by_copy) return no(by_copy.error().message);
    FQ_TRY(session.stream(query, RowKey(0), false, encoded));
    if (copied.text != encoded.text) return no("tried: COPY writes another CSV than PostgreSQL's");
  }
  return yes("tried: the same bytes");
}

Result<void> probe_postgresql(Session& session, Dialect& dialect) {
  FQ_TRY_ASSIGN(const Rows facts, session.execute(std::string(sql::postgresql::server_facts)));
  const auto is_true = [&](std::size_t column) { return facts.at(0, column) == "t"; };
  const bool standby = is_true(0), read_only = is_true(1);
  const std::string schema(facts.at(0, 4)), database(facts.at(0, 5));
  dialect.read_only_server = standby || read_only;
  const std::string why_read_only =
      standby ? "the server is a standby" : "default_transaction_read_only is on";
  auto& found = dialect.capabilities;
  if (dialect.read_only_server) {
    found["temp_table"] = found["create_table"] = found["copy_in"] = no(why_read_only, kLeaveReadOnly);
  } else {
    found["temp_table"] = from(is_true(2), "TEMPORARY on database " + database,
                               fmt::format("no TEMPORARY privilege on database {}", database),
                               "GRANT TEMPORARY ON DATABASE to this role");
    found["create_table"] = from(is_true(3), "CREATE on schema " + schema,
                                 schema.empty() ? "no schema of search_path exists"
                                                : fmt::format("no CREATE privilege on schema {}", schema),
                                 "GRANT CREATE ON SCHEMA to this role");
    found["copy_in"] = yes("PostgreSQL has it");
  }
  FQ_TRY_ASSIGN(found["copy_out_csv"], attempt_copy_out(session));
  FQ_TRY_ASSIGN(found["snapshot"], attempt(session, {"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
                                                     "SELECT pg_export_snapshot()", "ROLLBACK"}));
  found["quality_of_service"] = no("a setting of CockroachDB");
  found["cancel"] = yes("PostgreSQL has it");
  return {};
}

// Planning CREATE asks for the privileges that it needs in this version, and makes nothing: a table that is
// made and dropped again leaves jobs behind for the garbage collection window. What EXPLAIN cannot say the
// first real table does, and then the next strategy takes over.
Result<Capability> may_create(Session& session, const ServerVersion& version, const std::string& table) {
  FQ_TRY(session.execute("BEGIN"));
  const auto planned = session.execute("EXPLAIN CREATE " + table + " (id int8 PRIMARY KEY)");
  if (!planned && !session.alive()) return Failure(planned.error());
  FQ_TRY(session.execute("ROLLBACK"));
  if (planned) return yes("allowed: EXPLAIN CREATE");
  const Error& refusal = planned.error();
  const std::string_view grant =
      version.at_least(22, 1) ? "GRANT CREATE ON SCHEMA to this role, as role_and_grants_v22_1.sql does"
                              : "GRANT CREATE ON DATABASE to this role, as role_and_grants.sql does";
  if (refusal.sqlstate == "42501") return no(in_words(refusal), grant);
  return yes("not known before the first table: " + in_words(refusal));
}

Result<Capability> may_create_temp_table(Session& session, const ServerVersion& version) {
  FQ_TRY_ASSIGN(Capability gate, attempt(session, {"SET experimental_enable_temp_tables = 'on'"}));
  if (gate.available) return may_create(session, version, "TEMPORARY TABLE pg_temp.firmquery_probe");
  gate.remedy = "let an administrator set sql.defaults.experimental_temporary_tables.enabled";
  return gate;
}

Result<void> probe_cockroachdb(Session& session, const ServerVersion& version, Dialect& dialect) {
  FQ_TRY_ASSIGN(const Rows facts, session.execute(std::string(sql::cockroachdb::server_facts)));
  dialect.read_only_server = facts.at(0, 0) == "t";
  auto& found = dialect.capabilities;
  if (dialect.read_only_server) {
    found["temp_table"] = found["create_table"] = found["copy_in"] =
        no("default_transaction_read_only is on", kLeaveReadOnly);
  } else {
    FQ_TRY_ASSIGN(found["temp_table"], may_create_temp_table(session, version));
    FQ_TRY_ASSIGN(found["create_table"], may_create(session, version, "TABLE firmquery_probe"));
    found["copy_in"] = yes("CockroachDB has it, in text format");
  }
  FQ_TRY_ASSIGN(found["copy_out_csv"], attempt_copy_out(session));
  // The only isolation under which the builtin works, whatever the cluster's default.
  FQ_TRY_ASSIGN(found["snapshot"], attempt(session, {"BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE",
                                                     "SELECT cluster_logical_timestamp()", "ROLLBACK"}));
  FQ_TRY_ASSIGN(found["quality_of_service"],
                attempt(session, {"SET default_transaction_quality_of_service = background",
                                  "RESET default_transaction_quality_of_service"}));
  if (version.at_least(22, 1)) {
    found["cancel"] = yes("v22.1 or later");
  } else {
    // Cancel requests are ignored before v22.1.
    FQ_TRY_ASSIGN(found["cancel"], attempt(session, {"SHOW session_id"}));
    if (found["cancel"].available) found["cancel"].detail = "by CANCEL SESSION";
  }
  return {};
}

}  // namespace

Result<Dialect> probe_dialect(Session& session) {
  const ServerVersion version = parse_server_version(session.server_version_text());
  Dialect dialect;
  dialect.kind = version.kind;
  dialect.version = version.version;
  dialect.major = version.major;
  dialect.minor = version.minor;
  dialect.patch = version.patch;
  dialect.version_text = session.server_version_text();
  if (dialect.is_cockroachdb()) {
    FQ_TRY(probe_cockroachdb(session, version, dialect));
  } else {
    FQ_TRY(probe_postgresql(session, dialect));
  }
  return dialect;
}

}  // namespace firmquery
