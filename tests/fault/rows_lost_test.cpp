// Rows that the server has sent are lost on the way, and nothing else shows it: the second proof does.
#include <nlohmann/json.hpp>

#include "fault/fault_case.hpp"
#include "fault/lost_rows.hpp"

namespace firmquery::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Ways {
  const char* strategy;
  const char* second;  // the way of its second proof
};

class RowsLost : public FaultCase, public ::testing::WithParamInterface<Ways> {
 protected:
  void SetUp() override { strategy_ = GetParam().strategy; }

  // Statements of the strategy lose them.
  Ended run_losing(const std::string& strategy, const std::vector<std::string>& more = {}) {
    TcpProxy proxy(server().port());
    proxy.lose_rows(
        {[strategy](std::string_view statement) { return reads_by(strategy, statement); }, is_lost});
    Ended ended = run(arguments(dsn_through(proxy), more));
    lost_ = proxy.rows_lost();
    return ended;
  }
  std::uint64_t lost_ = 0;
};

TEST_P(RowsLost, PassForMissingWithoutASecondProof) {
  const Ended ended = run_losing(strategy_, {"--recheck", "off"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(lost_, kLost);
  const Report report = report_of(out());
  EXPECT_EQ(report.result.found, static_cast<std::uint64_t>(kFirms) - kLost);
  EXPECT_FALSE(report.recheck);
  EXPECT_TRUE(rows_of(read_text(out() / "missing.csv")).contains("40200,,,"));  // which is not true
  expect_verified();                                                            // and everything adds up
}

TEST_P(RowsLost, AreNoticedByIt) {
  const Ended ended = run_losing(strategy_);
  expect_no_answer(ended, 3);
  EXPECT_GE(lost_, kLost);
  EXPECT_THAT(ended.err, HasSubstr("the second proof failed"));
  EXPECT_THAT(ended.err, HasSubstr("was missing, and has a row"));
  EXPECT_THAT(ended.err, HasSubstr("start a new one in another directory"));
  EXPECT_THAT(ended.err, Not(HasSubstr("firmquery resume")));
  const Report report = report_of(out());
  EXPECT_EQ(report.status, "failed");
  ASSERT_TRUE(report.recheck);
  EXPECT_GT(report.recheck->missing.wrong, 0u);
  EXPECT_LE(report.recheck->missing.wrong, kLost);
  EXPECT_EQ(report.recheck->found.wrong, 0u);
  EXPECT_EQ(report.recheck->strategy, GetParam().second);
  EXPECT_FALSE(report.recheck->examples.empty());

  // Whoever goes on with it is told so, however he does it, and nothing is published.
  expect_no_answer(resume(), 3);
  expect_no_answer(run(arguments(server().tcp_dsn(), {"--resume"})), 3);
  const Ended again = run({"resume", out(), "--recheck", "off"});
  expect_no_answer(again, 3);
  EXPECT_THAT(again.err, HasSubstr("the second proof of this run has failed"));
  const Ended anew = run(arguments(server().tcp_dsn()));
  expect_no_answer(anew, 3);
  EXPECT_THAT(anew.err, HasSubstr("start a new run in another directory"));
  expect_nothing_left();
  const auto verification = verify_run(out());
  ASSERT_TRUE(verification);
  EXPECT_THAT(verification->failures, ::testing::Contains(HasSubstr("its second proof has failed")));

  // In another directory, by the sound way, it goes through.
  out_ = directory_ / "other";
  expect_complete(run(arguments(server().tcp_dsn())));
  EXPECT_EQ(report_of(out()).recheck->wrong(), 0u);
}

// A small sample is spread over the list: a part of the table cannot slip through.
// One of eight missing IDs is asked for: that none of what was lost is among them happens once in 10^13 runs.
TEST_P(RowsLost, AreNoticedByASampleWithAFractionOfThem) {
  const Ended ended = run_losing(strategy_, {"--recheck", "10000"});
  expect_no_answer(ended, 3);
  const Report report = report_of(out());
  EXPECT_EQ(report.recheck->missing.asked, 10'000u);
  EXPECT_EQ(report.recheck->missing.of, static_cast<std::uint64_t>(2 * kFirms + 10) + kLost);
}

// Found IDs of which the second way knows nothing are no better.
TEST_P(RowsLost, OfTheSecondWayAreNoticedToo) {
  const Ended ended = run_losing(GetParam().second, {"--recheck", "100000"});
  expect_no_answer(ended, 3);
  const Report report = report_of(out());
  ASSERT_TRUE(report.recheck);
  EXPECT_EQ(report.recheck->missing.wrong, 0u);
  EXPECT_GT(report.recheck->found.wrong, 0u);
  EXPECT_THAT(ended.err, HasSubstr("was found, and has no row"));
}

INSTANTIATE_TEST_SUITE_P(Strategies, RowsLost,
                         ::testing::Values(Ways{"temp-table", "array"}, Ways{"staging-table", "array"},
                                           Ways{"array", "in-list"}, Ways{"in-list", "array"},
                                           Ways{"scan", "array"}),
                         [](const auto& instance) {
                           std::string name = instance.param.strategy;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace firmquery::test
