// config show, check and init, and what job files may hold.
#include "golden.hpp"

namespace firmquery::test {
namespace {

constexpr const char* kPlan = R"(application:
  name: "Firm Query Tool"
  version: "1.0.0"
  max_input_ids: 1000000
  warning_threshold: 900000

database:
  host: "cockroachdb.example.com"
  port: 26257
  database: "production"
  connection_timeout: 30
  query_timeout: 300
  max_connections: 2

kerberos:
  krb5_conf: "/etc/krb5.conf"
  jaas_conf: "/etc/jaas.conf"
  spn: "cockroachdb/hostname@REALM"
  ticket_cache: "/tmp/krb5cc_user"

processing:
  chunk_size: 250
  max_query_length: 15000
  max_retries: 2
  retry_delay: 5
  thread_count: 2

output:
  default_directory: "./output"
  filename_pattern: "firm_query_{timestamp}"
  formats:
    csv: true
    excel: true
)";
constexpr const char* kQuery = "select firm_root_id from firm where firm_root_id in ({ID_PLACEHOLDER})";

TEST(Config, ShowDefaults) {
  expect_golden("config/show-defaults", {.arguments = {"config", "show"}});
}

TEST(Config, ShowOrigins) {
  expect_golden(
      "config/show-origins",
      {.arguments = {"config", "show", "jobs/job.yaml", "--chunk-size", "500", "--fail-on", "missing>0",
                     "--fail-on", "rejected>1%", "--dsn", "postgresql://me:hunter2@db/x"},
       .files = {{"jobs/job.yaml", "chunk_size: 100\ninput: {ids: ids.txt}\nprocessing:\n  max_retries: 7\n"},
                 {"home/.config/firmquery/config.yaml", "connections: 4\nprocessing: {max_retries: 9}\n"}},
       .environment = {{"FIRMQUERY_RETRY_DELAY", "0.5"}, {"PGUSER", "alice"}, {"PGHOST", "elsewhere"}}});
}

TEST(Config, ShowJson) {
  const TempDir directory;
  const ProcessResult result = play({.arguments = {"config", "show", "--json"}}, directory);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out.front(), '[');
  EXPECT_NE(
      result.out.find("\"option\": \"chunk_size\",\n    \"value\": \"250\",\n    \"origin\": \"default\""),
      std::string::npos)
      << result.out;
}

TEST(Config, TheOriginalPlansFileIsAccepted) {
  expect_golden("config/check-plan",
                {.arguments = {"config", "check", "job.yaml"}, .files = {{"job.yaml", kPlan}}});
}

TEST(Config, CheckWholeJob) {
  expect_golden("config/check-ok", {.arguments = {"config", "check", "jobs/job.yaml"},
                                    .files = {{"jobs/job.yaml",
                                               "input: {ids: ids.txt}\nquery: {file: q.sql}\n"
                                               "database: {dsn: 'host=db'}\n"},
                                              {"jobs/ids.txt", "1\n"},
                                              {"jobs/q.sql", kQuery}}});
}

TEST(Config, CheckNamesEveryError) {
  expect_golden("config/check-errors",
                {.arguments = {"config", "check", "job.yaml"},
                 .exit_code = 2,
                 .files = {{"job.yaml",
                            "processing:\n  chunksize: 250\n  max_retries: many\n  connections: 3\n"
                            "database:\n  password: hunter2\n  port: [1, 2]\n  host:\n"
                            "procesing: {chunk_size: 1}\nkey: a\nkey: b\noutput:\n  formats: {csv: false}\n"
                            "  fail_on: [missing>5, nothing>6]\nchunk_size: 99999999\n"}}});
}

TEST(Config, CheckReadsTheQuery) {
  expect_golden("config/check-query", {.arguments = {"config", "check", "job.yaml"},
                                       .exit_code = 2,
                                       .files = {{"job.yaml",
                                                  "query:\n  sql: |\n    select 1\n    from firm\n"
                                                  "input: {ids: absent.txt}\n"}}});
}

TEST(Config, NotYaml) {
  expect_golden("config/not-yaml", {.arguments = {"config", "check", "job.yaml"},
                                    .exit_code = 2,
                                    .files = {{"job.yaml", "a: [1, 2\nb: {\n"}}});
  expect_golden(
      "config/not-a-map",
      {.arguments = {"config", "check", "job.yaml"}, .exit_code = 2, .files = {{"job.yaml", "- a\n- b\n"}}});
}

TEST(Config, UsersFileIsChecked) {
  expect_golden("config/user-file", {.arguments = {"clean", "--ids", "-"},
                                     .exit_code = 2,
                                     .files = {{"home/.config/firmquery/config.yaml", "conections: 4\n"}},
                                     .input = "1\n"});
}

TEST(Config, Init) {
  expect_golden("config/init", {.arguments = {"config", "init"}});
}

TEST(Config, PortsAreNumbers) {
  expect_golden("config/check-ports", {.arguments = {"config", "check", "job.yaml"},
                                       .exit_code = 2,
                                       .files = {{"job.yaml", "database:\n  host: a,b\n  port: five\n"}}});
  const TempDir directory;
  for (const char* port : {"5432", "5432,5433", ",5433"}) {
    const ProcessResult good =
        play({.arguments = {"config", "check", "job.yaml"},
              .files = {{"job.yaml", std::string("database: {host: 'a,b', port: '") + port + "'}\n"}}},
             directory);
    EXPECT_EQ(good.exit_code, 0) << port << good.err;
  }
}

TEST(Config, AVariableThatIsMisspelt) {
  expect_golden(
      "config/variable-misspelt",
      {.arguments = {"config", "show"}, .exit_code = 2, .environment = {{"FIRMQUERY_CHUNKSIZE", "5"}}});
}

TEST(Config, InitWritesAFileThatIsValid) {
  const TempDir directory;
  const ProcessResult written = play({.arguments = {"config", "init", "job.yaml"}}, directory);
  EXPECT_EQ(written.exit_code, 0) << written.err;
  const ProcessResult checked = play({.arguments = {"config", "check", "job.yaml"}}, directory);
  EXPECT_EQ(checked.exit_code, 0) << checked.err;
  EXPECT_EQ(checked.out, "job.yaml: ok\n");
  const ProcessResult again = play({.arguments = {"config", "init", "job.yaml"}}, directory);
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_NE(flat(again.err).find("exists"), std::string::npos) << again.err;
}

}  // namespace
}  // namespace firmquery::test
