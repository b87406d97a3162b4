// Templates that write their own join with {IDS}.
#include "integration/run_case.hpp"

namespace firmquery::test {
namespace {

class Relation : public ::testing::TestWithParam<StrategyKind> {};

TEST_P(Relation, JoinsLikeAnyTable) {
  PostgresServer& server = shared_server();
  server.execute(
      "drop table if exists joined; create table joined (code varchar(12) primary key, n int);"
      "insert into joined select 'K' || n, n from generate_series(1, 3000) n; analyze joined");
  std::string ids;
  for (int i = 1; i <= 6000; i += 2) ids += "K" + std::to_string(i) + "\n";
  TempDir directory;
  Job job = make_job(directory, server.dsn(), ids,
                     "select j.code as firm_root_id, j.n from {IDS} as ids join joined j on j.code = ids.id");
  job.strategy = GetParam();
  const Outcome outcome = run(job);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.report().result.found, 1500u);
  EXPECT_EQ(outcome.report().result.missing, 1500u);
  EXPECT_EQ(outcome.report().key_type, "character varying(12)");
  EXPECT_NE(outcome.results.find("\nK2999,2999\n"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Each, Relation,
                         ::testing::Values(StrategyKind::temp_table, StrategyKind::staging_table,
                                           StrategyKind::array, StrategyKind::in_list));

}  // namespace
}  // namespace firmquery::test
