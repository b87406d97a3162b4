#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "firmquery/compare/compare.hpp"

namespace firmquery {
namespace {

using testing::HasSubstr;
using testing::Not;

Contest contest(const std::string& name, StrategyKind kind, double seconds, std::size_t turns) {
  Contest contest;
  contest.who = {kind, kind == StrategyKind::in_list ? 250u : 0u, 2, name};
  contest.ran = to_string(kind);
  contest.proof = "the same rows at the same instant";
  contest.leaves = "nothing";
  std::vector<double> all;
  for (std::size_t i = 0; i < turns; ++i) {
    Measurement one;
    one.seconds = seconds + 0.001 * static_cast<double>(i);
    one.statements = 40;
    one.sent = 1'234'567;
    all.push_back(one.seconds);
    contest.measured.push_back(one);
  }
  if (turns > 0) contest.seconds = contest.to_baseline = contest.to_best = median_of(all);
  return contest;
}

Comparison comparison() {
  Comparison all;
  all.server = "db:26257/firms";
  all.dialect = "cockroachdb";
  all.server_version = "v24.1.0";
  all.query = "a<b>|c.sql";
  all.ids = 20'000;
  all.of_ids = 1'000'000;
  all.rows = 18'000;
  all.contests = {contest("in-list:250", StrategyKind::in_list, 2, 6),
                  contest("temp-table", StrategyKind::temp_table, 0.5, 6),
                  contest("scan", StrategyKind::scan, 0, 0)};
  for (std::size_t i = 0; i < 2; ++i) {
    std::vector<double> a, b;
    for (std::size_t k = 0; k < 6; ++k) {
      a.push_back(all.contests[i].measured[k].seconds);
      b.push_back(all.contests[0].measured[k].seconds);
    }
    all.contests[i].to_baseline = ratio_of(a, b);
  }
  all.contests[2].refused = "query: the key is <not> in order";
  all.best = 1;
  all.recommendation = "temp-table: it takes 0.25 (0.25-0.25) of in-list:250";
  all.job_lines = "processing:\n  strategy: temp-table\n";
  return all;
}

TEST(ComparisonText, IsATable) {
  const std::string text = comparison_text(comparison());
  EXPECT_THAT(text, HasSubstr("20,000 of 1,000,000 IDs, 18,000 rows"));
  EXPECT_THAT(text, HasSubstr("\nin-list:250  2.00 s  2.00 s - 2.00 s         1"));
  EXPECT_THAT(text, HasSubstr("\ntemp-table   0.50 s  0.50 s - 0.51 s      0.25    0.25 - 0.25"));
  EXPECT_THAT(text, HasSubstr("\nscan              -"));
  EXPECT_THAT(text, HasSubstr("scan: query: the key is <not> in order"));
  EXPECT_THAT(text, HasSubstr("  processing:\n    strategy: temp-table\n"));
}

TEST(ComparisonMarkdown, HasNoCellThatBreaksATable) {
  const std::string text = comparison_markdown(comparison());
  EXPECT_THAT(text, HasSubstr("| strategy | median |"));
  EXPECT_THAT(text, HasSubstr("|---|---:|"));
  EXPECT_THAT(text, HasSubstr("```yaml\nprocessing:"));
}

TEST(ComparisonHtml, NeedsNothingFromElsewhereAndEscapesWhatItShows) {
  const std::string html = comparison_html(comparison());
  EXPECT_THAT(html, HasSubstr("a&lt;b&gt;|c.sql"));
  EXPECT_THAT(html, Not(HasSubstr("<not>")));
  EXPECT_THAT(html, Not(HasSubstr("http://")));
  EXPECT_THAT(html, Not(HasSubstr("https://")));
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  EXPECT_THAT(html, HasSubstr("class=\"best\""));
  EXPECT_THAT(html, HasSubstr("width:100.00%"));
}

TEST(ComparisonJson, HasEveryTurn) {
  const auto json = nlohmann::json::parse(comparison_json(comparison()));
  EXPECT_EQ(json["schema"], 1);
  EXPECT_EQ(json["baseline"], "in-list:250");
  EXPECT_EQ(json["best"], "temp-table");
  EXPECT_TRUE(json["same_rows"]);
  ASSERT_EQ(json["strategies"].size(), 3u);
  EXPECT_EQ(json["strategies"][1]["turns"].size(), 6u);
  EXPECT_NEAR(json["strategies"][1]["to_baseline"]["median"], 0.25, 0.01);
  EXPECT_FALSE(json["strategies"][1]["no_difference"]);
  EXPECT_FALSE(json["strategies"][1]["turns"][0].contains("server_s"));
  EXPECT_EQ(json["strategies"][2]["refused"], "query: the key is <not> in order");
  EXPECT_FALSE(json["strategies"][2].contains("seconds"));
}

TEST(ComparisonText, RowsThatDifferAreAllThatItSays) {
  Comparison different = comparison();
  different.differences = {"temp-table gives 0 of the 1 rows of ID 7"};
  different.best.reset();
  different.recommendation.clear();
  for (const std::string& text : {comparison_text(different), comparison_markdown(different)}) {
    EXPECT_THAT(text, HasSubstr("temp-table gives 0 of the 1 rows of ID 7"));
    EXPECT_THAT(text, Not(HasSubstr("median")));
  }
  EXPECT_THAT(comparison_html(different), HasSubstr("do not give the same rows"));
}

}  // namespace
}  // namespace firmquery
