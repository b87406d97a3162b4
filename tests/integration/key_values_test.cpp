// Keys are numbers, however a server writes them: with an exponent, with zeros behind the point.
#include <fmt/format.h>

#include <firmquery/run/input.hpp>

#include "integration/each_server.hpp"
#include "integration/run_case.hpp"

namespace firmquery::test {
namespace {

constexpr StrategyKind kLoadingStrategies[] = {StrategyKind::temp_table, StrategyKind::staging_table,
                                               StrategyKind::array, StrategyKind::in_list};

class KeyValues : public ::testing::TestWithParam<DialectKind> {
 protected:
  void SetUp() override {
    if (!server_.available()) GTEST_SKIP() << kNoCockroach;
  }

  const EachServer server_{GetParam()};
  const TempDir directory_;
};

// What CockroachDB prints of a DECIMAL, and both print of a FLOAT, has an exponent where the number is small
// or great.
TEST_P(KeyValues, ExponentsAreReadByEveryStrategyAndKeepTheirBytes) {
  server_.execute({"drop table if exists decimals", "create table decimals (k decimal primary key, n int)",
                   "insert into decimals values (0.00000000, 1), (0.0000001, 2), (1.2345E+7, 3), (1E+20, 4), "
                   "(7.00, 5), (-1.5E-9, 6), (0.30, 7)"});
  const std::string ids =
      "0\n0.0000001\n12345000\n100000000000000000000\n7\n-0.0000000015\n0.3\n0.0000002\n12345001\n";
  for (const char* key : {"k", "k::float8"}) {
    std::multiset<std::string> rows = {"firm_root_id,n"};
    // As many digits as a run asks for; CockroachDB writes a float in another way with fewer.
    const std::string dsn = server_.dsn() + " options='-c extra_float_digits=3'";
    for (const auto& row : execute_sql(dsn, fmt::format("select {}, n from decimals", key)))
      rows.insert(*row[0] + "," + *row[1]);
    ASSERT_EQ(rows.size(), 8u);
    for (const StrategyKind kind : kLoadingStrategies) {
      SCOPED_TRACE(fmt::format("{} {}", key, to_string(kind)));
      Job job = make_job(
          directory_, server_.dsn(), ids,
          fmt::format("select {} as firm_root_id, n from decimals where k in ({{ID_PLACEHOLDER}})", key),
          fmt::format("{}_{}", key[1] == ':' ? "float" : "decimal", to_string(kind)));
      job.strategy = kind;
      const Outcome outcome = run(job);  // verified, too
      ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
      EXPECT_EQ(lines_of(outcome.results), rows);
      EXPECT_EQ(outcome.missing, "firm_root_id\n0.0000002\n12345001\n");
    }
  }
}

TEST_P(KeyValues, IntegersAreFoundAmongDecimals) {
  server_.execute({"drop table if exists prices", "create table prices (k decimal(12,2) primary key, n int)",
                   "insert into prices values (7, 1), (7.5, 2), (100, 3)"});
  for (const StrategyKind kind : kLoadingStrategies) {
    SCOPED_TRACE(to_string(kind));
    Job job = make_job(directory_, server_.dsn(), "7\n8\n100\n",
                       "select k as firm_root_id, n from prices where k in ({ID_PLACEHOLDER})",
                       std::string(to_string(kind)));
    job.strategy = kind;
    job.id_type_auto = false;
    job.clean.type = IdType::integer;
    const Outcome outcome = run(job);
    ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
    EXPECT_EQ(outcome.results, "firm_root_id,n\n7.00,1\n100.00,3\n");
    EXPECT_EQ(outcome.missing, "firm_root_id\n8\n");
  }
}

TEST_P(KeyValues, AListThatIsAQueryHasTheServersDecimals) {
  InputOptions options;
  options.path =
      "sql:select k::decimal from (values ('0E-8'), ('1E-7'), ('1.2345E+7'), ('0.00000010')) as list (k)";
  options.clean.type = IdType::numeric;
  options.max_ids = 10;
  options.staging.dsn = server_.dsn();
  const auto list = read_input(options, {}, {});
  ASSERT_TRUE(list) << list.error().to_string();
  EXPECT_EQ(list->report.rejected, 0u);
  EXPECT_EQ(list->report.duplicates, 1u);
  ASSERT_EQ(list->ids.size(), 3u);
  EXPECT_EQ(list->ids.canonical(0), "0");
  EXPECT_EQ(list->ids.canonical(1), "0.0000001");
  EXPECT_EQ(list->ids.canonical(2), "12345000");
}

TEST_P(KeyValues, AnInterruptedRunGoesOnWithWhatItHasRead) {
  constexpr int kRows = 30'000;
  server_.execute(
      {"drop table if exists tiny", "create table tiny (k decimal primary key, n int)",
       fmt::format("insert into tiny select n * 0.000000000001::decimal, n from generate_series(1, {}) n",
                   kRows)});
  std::string ids;
  for (int n = 1; n <= 2 * kRows; ++n) ids += fmt::format("0.{:012}\n", n);
  Job job = make_job(directory_, server_.dsn(), ids,
                     "select k::float8 as firm_root_id, k, n from tiny where k in ({ID_PLACEHOLDER})", "out");
  job.pace = 1000;  // takes half a minute, and is caught at its first rows
  std::stop_source stop;
  const Outcome first = run(
      job,
      [&](const RunWatch& watch) {
        watch.wait_until(in_the_middle);
        stop.request_stop();
      },
      stop.get_token());
  ASSERT_FALSE(first.result) << "the run was too fast to be interrupted";
  ASSERT_EQ(first.result.error().kind, ErrorKind::interrupted) << first.result.error().to_string();
  job.pace = 0;
  job.resume = true;
  const Outcome second = run(job);
  ASSERT_TRUE(second.result) << second.result.error().to_string();
  EXPECT_EQ(second.report().readings.size(), 2u);
  EXPECT_EQ(second.report().result.rows, static_cast<std::uint64_t>(kRows));
  EXPECT_EQ(second.report().result.missing, static_cast<std::uint64_t>(kRows));
}

INSTANTIATE_TEST_SUITE_P(Each, KeyValues, ::testing::ValuesIn(kEachServer),
                         [](const auto& parameter) { return std::string(to_string(parameter.param)); });

}  // namespace
}  // namespace firmquery::test
