// Versions of CockroachDB that no test here can start, as a script for a scripted server: what they are known to say
// to a run, a plan and an examination. It holds what sources and documentation say; that the servers do so was not
// seen.
#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <string>
#include <string_view>

#include "integration/run_case.hpp"
#include "support/scripted_server.hpp"

namespace firmquery::test {

struct ReplayedVersion {
  const char* name;  // of the test
  const char* number;
  const char* server_version;  // which PostgreSQL it takes itself for
  bool copy_out, copy_quality_of_service, row_security, gates_internals, limits_spans;
};

inline constexpr ReplayedVersion kReplayedVersions[] = {
    {"v22_2", "v22.2.19", "13.0.0", false, false, false, false, false},
    {"v24_3", "v24.3.5", "13.0.0", true, true, false, false, false},
    {"v25_4", "v25.4.2", "13.0.0", true, true, true, false, false},
    {"v26_3", "v26.3.0", "18.0.0", true, true, true, true, true},
};

inline void PrintTo(const ReplayedVersion& version, std::ostream* out) {
  *out << version.number;
}

inline std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}
inline bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// A table firm of a million rows, of which every query returns those with the IDs 2 and 4.
class ReplayedCluster {
 public:
  explicit ReplayedCluster(const ReplayedVersion& version) : version_(version) {}

  ScriptedAnswer operator()(const std::string& statement) {
    const std::string sql = lower(statement);
    if (version_.gates_internals && (has(sql, "crdb_internal") || has(sql, "system.")))
      return refused("42501", "Access to crdb_internal and system is restricted.");
    if (sql.starts_with("set ")) return set(sql);
    if (sql.starts_with("copy (")) return copy_out(sql);
    if (sql.starts_with("copy ")) return takes_copy();
    if (sql.starts_with("commit")) return commit();
    if (sql.starts_with("show ")) return show(sql.substr(5));
    if (sql.starts_with("explain create ")) return explain_create(sql);
    if (sql.starts_with("explain ")) return explain(sql);
    if (has(sql, "pg_try_advisory_xact_lock"))
      return value_of(lock_grants > 0 && lock_grants-- > 0 ? "t" : "f");
    if (has(sql, "pg_catalog.pg_locks")) return rows_of({{"pid"}}, {});
    if (has(sql, "select")) return select(sql);
    return done(statement.substr(0, statement.find(' ')));
  }

  unsigned failing_commits = 0;
  unsigned lock_grants =
      ~0u;  // how many sessions get an advisory lock that one has already: stubs give it to all
  bool copies_oddly = false;         // COPY TO quotes in another way than PostgreSQL
  bool may_create = true;            // tables in the schema public; temporary ones need no privilege
  std::size_t span_limit = 131'072;  // of a version that has it

 private:
  ScriptedAnswer set(const std::string& sql) const {
    const bool unknown = has(sql, "jit") ||
                         (has(sql, "copy_transaction_quality") && !version_.copy_quality_of_service) ||
                         (has(sql, "row_security") && !version_.row_security);
    return unknown ? refused("42704", "unrecognized configuration parameter") : done("SET");
  }

  ScriptedAnswer show(const std::string& name) const {
    static const std::map<std::string, std::string> values = {
        {"row_security", "off"},     {"timezone", "UTC"},           {"datestyle", "ISO, MDY"},
        {"extra_float_digits", "3"}, {"intervalstyle", "postgres"}, {"bytea_output", "hex"}};
    const bool unknown =
        name == "jit" || name == "idle_session_timeout" ||
        (name == "row_security" && !version_.row_security) ||
        (name == "copy_transaction_quality_of_service" && !version_.copy_quality_of_service) ||
        (name == "optimizer_span_limit" && !version_.limits_spans);
    if (unknown) return refused("42704", "unrecognized configuration parameter \"" + name + "\"");
    if (name == "optimizer_span_limit") return value_of(std::to_string(span_limit));
    const auto known = values.find(name);
    return value_of(known == values.end() ? "on" : known->second);
  }

  ScriptedAnswer copy_out(const std::string& sql) const {
    if (!version_.copy_out) return refused("42601", "at or near \"to\": syntax error");
    if (has(sql, "from firm where")) return gives_copy("2,two\n4,\"fo,ur\"\n");
    return gives_copy(copies_oddly ? "\"1\",\"a,b\"\n" : "1,\"a,b\"\n");
  }

  // With buffered writes an error of the COPY is told by the COMMIT.
  ScriptedAnswer commit() {
    if (failing_commits == 0) return done("COMMIT");
    --failing_commits;
    return refused("40001", "restart transaction: TransactionRetryWithProtoRefreshError");
  }

  ScriptedAnswer explain_create(const std::string& sql) const {
    if (!may_create && !has(sql, "temporary"))
      return refused("42501", "user tester does not have CREATE privilege on schema public");
    return rows_of({{"info"}}, {{"distribution: local"}, {"vectorized: true"}, {""}, {"• create table"}});
  }

  // A list of literals is read as points, and as the whole table where it is too long; what comes from anywhere else
  // is looked up.
  ScriptedAnswer explain(const std::string& sql) const {
    const std::size_t list = sql.find(" in (");
    const bool span = has(sql, " between ") && !has(sql, "unnest");
    const bool literals = list != std::string::npos && !span && !has(sql, "unnest") && !has(sql, "(select");
    std::vector<std::string> plan = {"distribution: local", "vectorized: true"};
    if (version_.limits_spans) plan.emplace_back("plan type: custom");
    plan.emplace_back("");
    if (span) {
      for (const char* line :
           {"• limit", "│", "└── • scan", "      table: firm@firm_pkey", "      spans: [/1 - /5]"})
        plan.emplace_back(line);
    } else if (!literals) {
      for (const char* line :
           {"• lookup join (streamer)", "│ table: firm@firm_pkey", "│ equality: (unnest) = (firm_root_id)",
            "│ equality cols are key", "│", "└── • project set", "    │ estimated row count: 10", "    │",
            "    └── • emptyrow"})
        plan.emplace_back(line);
    } else {
      const std::size_t count =
          static_cast<std::size_t>(std::count(sql.begin() + static_cast<long>(list), sql.end(), ',')) + 1;
      const bool whole = version_.limits_spans && count > span_limit;
      const std::string estimate =
          whole ? "1,000,000 (100% of the table; stats collected 3 minutes ago)"
                : std::to_string(count) + " (<0.01% of the table; stats collected 3 minutes ago)";
      if (whole) plan.insert(plan.end(), {"• filter", "│ filter: firm_root_id IN (...)", "│", "└── "});
      plan.back() += "• scan";
      plan.push_back("      estimated row count: " + estimate);
      plan.emplace_back("      table: firm@firm_pkey");
      plan.push_back(std::string("      spans: ") + (whole ? "FULL SCAN" : "[/1 - /1] … (more)"));
    }
    std::vector<std::vector<std::string>> rows;
    for (const std::string& line : plan) rows.push_back({line});
    return rows_of({{"info"}}, rows);
  }

  ScriptedAnswer select(const std::string& sql) const {
    constexpr std::uint32_t int8 = 20, text = 25, firm = 104;
    if (has(sql, "version()"))
      return value_of(std::string("CockroachDB CCL ") + version_.number +
                      " (x86_64-pc-linux-gnu, built 2026/01/01 00:00:00, go1.23)");
    if (has(sql, "from firm where"))
      return rows_of({{"firm_root_id", int8, firm, 1}, {"name", text, firm, 2}},
                     {{"2", "two"}, {"4", "fo,ur"}});
    if (has(sql, " as operand")) return rows_of({{"firm_root_id", int8, firm, 1}}, {});
    if (has(sql, "as read_only"))
      return rows_of({{"read_only"}, {"create_tables"}, {"database_name"}}, {{"f", "t", "app"}});
    if (has(sql, "as type_name"))
      return rows_of({{"type_name"},
                      {"base_name"},
                      {"built_in", 16},
                      {"collation_name"},
                      {"is_deterministic", 16},
                      {"table_name"},
                      {"column_name"},
                      {"of_view", 16}},
                     {{"bigint", "int8", "t", "", "t", "public.firm", "firm_root_id", "f"}});
    if (has(sql, "as index_name")) return rows_of({{"index_name"}, {"is_primary"}}, {{"firm_pkey", "t"}});
    if (has(sql, "cluster_logical_timestamp")) return value_of("1790000000000000000.0000000000");
    if (has(sql, "show statistics")) return rows_of({{"one"}}, {{"1"}});
    if (has(sql, "show zone configuration"))
      return rows_of(
          {{"raw_config_sql"}},
          {{"ALTER RANGE default CONFIGURE ZONE USING\n\tgc.ttlseconds = 14400,\n\tnum_replicas = 3"}});
    if (has(sql, "clock_timestamp()"))
      return value_of(std::to_string(std::chrono::duration_cast<std::chrono::seconds>(
                                         std::chrono::system_clock::now().time_since_epoch())
                                         .count()));
    if (has(sql, "relname like")) return rows_of({{"nspname"}, {"relname"}}, {});
    if (has(sql, "(values ")) return rows_of({{"a", int8}, {"b"}}, {{"1", "a,b"}});
    if (has(sql, "count(*)") || has(sql, "sum(array_length")) return value_of("5");
    return refused("XX000", "the script has no answer to: " + sql);
  }

  const ReplayedVersion& version_;
};

class ReplayedCase : public ::testing::TestWithParam<ReplayedVersion> {
 protected:
  static std::map<std::string, std::string> parameters() {
    std::map<std::string, std::string> all = {{"server_version", GetParam().server_version},
                                              {"client_encoding", "UTF8"},
                                              {"server_encoding", "UTF8"},
                                              {"DateStyle", "ISO, MDY"},
                                              {"integer_datetimes", "on"},
                                              {"standard_conforming_strings", "on"}};
    if (GetParam().gates_internals) all["in_hot_standby"] = "off";
    return all;
  }
  Job job(const ScriptedServer& server, const std::string& ids = "1\n2\n3\n4\n5\n") const {
    Job job = make_job(directory_, server.dsn(), ids,
                       "select firm_root_id, name from firm where firm_root_id in ({ID_PLACEHOLDER})");
    job.connections = 1;
    job.max_retries = 3;
    job.retry_delay = std::chrono::milliseconds(1);
    return job;
  }

  TempDir directory_;
};

}  // namespace firmquery::test
