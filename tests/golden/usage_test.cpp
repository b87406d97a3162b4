// Help, version and every usage error, as people see them.
#include "golden.hpp"

namespace firmquery::test {
namespace {

using Arguments = std::vector<std::string>;

TEST(Usage, Help) {
  expect_golden("usage/help", {.arguments = {"--help"}});
}
TEST(Usage, HelpRun) {
  expect_golden("usage/help-run", {.arguments = {"run", "--help"}});
}
TEST(Usage, HelpCommand) {
  expect_golden("usage/help", {.arguments = {"help"}}, "--help");
}
TEST(Usage, HelpCommandOfACommand) {
  expect_golden("usage/help-run", {.arguments = {"help", "run"}}, "run --help");
}
TEST(Usage, HelpClean) {
  expect_golden("usage/help-clean", {.arguments = {"clean", "-h"}});
}
TEST(Usage, HelpVerify) {
  expect_golden("usage/help-verify", {.arguments = {"verify", "--help"}});
}
TEST(Usage, HelpKeep) {
  expect_golden("usage/help-keep", {.arguments = {"keep", "--help"}});
}
TEST(Usage, HelpLocal) {
  expect_golden("usage/help-local", {.arguments = {"local", "--help"}});
}
TEST(Usage, HelpConfig) {
  expect_golden("usage/help-config", {.arguments = {"config", "--help"}});
}
TEST(Usage, Version) {
  expect_golden("usage/version", {.arguments = {"--version"}});
}
TEST(Usage, VersionAsOfPsql) {
  expect_golden("usage/version", {.arguments = {"-V"}}, "--version");
}
TEST(Usage, VersionCommand) {
  expect_golden("usage/version-command", {.arguments = {"version"}});
}
TEST(Usage, NoCommandPrintsTheHelp) {
  expect_golden("usage/none", {.arguments = {}, .exit_code = 2});
}

struct Wrong {
  const char* name;
  Arguments arguments;
};

// What gtest would print of a parameter otherwise is its bytes.
void PrintTo(const Wrong& wrong, std::ostream* out) {
  *out << wrong.name;
}

class WrongUsage : public testing::TestWithParam<Wrong> {};

TEST_P(WrongUsage, NamesTheRemedy) {
  expect_golden(std::string("usage/error-") + GetParam().name,
                {.arguments = GetParam().arguments,
                 .exit_code = 2,
                 .files = {{"ids.txt", "1\n2\n"}, {"query.sql", "select 1"}, {"open.pass", "secret\n"}}});
}

const Arguments kJob = {"run", "--ids", "ids.txt", "--query", "query.sql"};
Arguments with(Arguments arguments, const Arguments& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongUsage,
    testing::Values(
        Wrong{"command", {"rnu"}}, Wrong{"command-far", {"frobnicate"}},
        Wrong{"subcommand", {"config", "sohw"}}, Wrong{"subcommand-missing", {"local"}},
        Wrong{"option", {"run", "--chunksize", "5"}}, Wrong{"option-far", {"run", "--frobnicate"}},
        Wrong{"option-top", {"--verison"}}, Wrong{"option-before-command", {"--ids", "ids.txt"}},
        Wrong{"option-single-dash", {"run", "-ids", "ids.txt"}},
        Wrong{"password", {"run", "--password", "hunter2"}}, Wrong{"value-missing", {"run", "--chunk-size"}},
        Wrong{"value-empty", {"run", "--dsn=", "--ids", "ids.txt"}},
        Wrong{"value-is-flag", {"run", "--ids", "--query", "query.sql"}},
        Wrong{"flag-value", {"clean", "--quiet=maybe", "--ids", "ids.txt"}},
        Wrong{"operand-extra", {"clean", "ids.txt"}},
        Wrong{"operand-dsn", {"run", "postgres://me:hunter2@db/x"}}, Wrong{"help-unknown", {"help", "rnu"}},
        Wrong{"psql-host", {"run", "-h", "db.example.com"}}, Wrong{"psql-port", {"run", "-p", "5432"}},
        Wrong{"psql-host-no-command", {"-h", "db.example.com"}},
        Wrong{"psql-host-in-one", {"run", "-hdb.example.com"}}, Wrong{"psql-user", {"doctor", "-Ume"}},
        Wrong{"psql-database", {"plan", "--dbname=x"}}, Wrong{"psql-command", {"run", "-c", "select 1"}},
        Wrong{"psql-variable", {"run", "-v", "x=1"}}, Wrong{"psql-password", {"run", "-W"}},
        Wrong{"psql-host-long", {"run", "--host", "db"}}, Wrong{"out-dash", with(kJob, {"-o", "-"})},
        Wrong{"dsn-port", with(kJob, {"--dsn", "host=db port=five"})}, Wrong{"operand-missing", {"verify"}},
        Wrong{"no-ids-no-query", {"run"}}, Wrong{"clean-no-ids", {"clean"}},
        Wrong{"two-queries", with(kJob, {"--sql", "select 2"})},
        Wrong{"number", with(kJob, {"--connections", "many"})},
        Wrong{"range", with(kJob, {"--connections", "65"})},
        Wrong{"seconds", with(kJob, {"--query-timeout", "5m"})},
        Wrong{"choice", with(kJob, {"--strategy", "temp_tabel"})},
        Wrong{"id-type", with(kJob, {"--id-type", "integer"})},
        Wrong{"format", with(kJob, {"--format", "csv,parquet"})},
        Wrong{"compress", with(kJob, {"--compress", "lz4"})},
        Wrong{"fail-on", with(kJob, {"--fail-on", "mising>5"})},
        Wrong{"fail-on-unquoted", with(kJob, {"--fail-on", "missing"})},
        Wrong{"fail-on-percent", with(kJob, {"--fail-on", "missing>200%"})},
        Wrong{"dsn", with(kJob, {"--dsn", "hots=db dbname=x"})},
        Wrong{"many-at-once", {"run", "--connections", "0", "--chunk-size", "x"}},
        Wrong{"job-file-absent", {"run", "absent.yaml"}},
        Wrong{"query-absent", {"run", "--ids", "ids.txt", "--query", "absent.sql"}},
        Wrong{"ids-absent", {"clean", "--ids", "absent.txt"}}, Wrong{"verify-no-run", {"verify", "."}},
        Wrong{"verify-absent", {"verify", "absent"}}),
    [](const auto& parameter) {
      std::string name = parameter.param.name;
      for (char& c : name) {
        if (c == '-') c = '_';
      }
      return name;
    });

TEST(Usage, NamesOfCommandsCanBeOperands) {
  const TempDir directory;
  const ProcessResult result = play({.arguments = {"verify", "run"}}, directory);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("run"), std::string::npos) << result.err;
  EXPECT_EQ(result.err.find("unknown"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace firmquery::test
