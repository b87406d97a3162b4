#include "firmquery/history/diff.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "firmquery/history/diff_files.hpp"
#include "support/made_run.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using namespace test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// Everything that was told.
struct Told : DifferenceSink {
  Result<void> id(std::string_view id, IdChange change, std::string_view then,
                  std::string_view now) override {
    ids[std::string(to_string(change))].emplace(id);
    states[std::string(id)] = {std::string(then), std::string(now)};
    return {};
  }
  Result<void> value(std::string_view id, std::string_view column, std::string_view then,
                     std::string_view now) override {
    values.emplace_back(id, column, then, now);
    return {};
  }
  Result<void> row(std::string_view id, bool added, std::string_view record) override {
    (added ? rows_added : rows_removed).emplace_back(id, record);
    return {};
  }
  std::map<std::string, std::set<std::string>> ids;
  std::map<std::string, std::pair<std::string, std::string>> states;
  std::vector<std::tuple<std::string, std::string, std::string, std::string>> values;
  std::vector<std::pair<std::string, std::string>> rows_added, rows_removed;
};

class Diff : public ::testing::Test {
 protected:
  Difference diff(const MadeRun& then, const MadeRun& now, DiffOptions options = {}) {
    told = {};
    const auto difference = try_diff(then, now, std::move(options));
    EXPECT_TRUE(difference) << difference.error().to_string();
    return difference ? *difference : Difference();
  }
  Result<Difference> try_diff(const MadeRun& then, const MadeRun& now, DiffOptions options = {}) {
    const auto at = directory.path() / std::to_string(++count);
    std::filesystem::create_directory(at);
    write_run(at / "then", then, random);
    write_run(at / "now", now, random);
    FQ_TRY_ASSIGN(const RunReader a, open_run_to_compare(at / "then"));
    FQ_TRY_ASSIGN(const RunReader b, open_run_to_compare(at / "now"));
    options.scratch = directory.path();
    return diff_runs(a, b, options, told);
  }

  TempDir directory;
  Random random{test_seed()};
  Told told;
  int count = 0;
};

MadeRow row(std::string name, std::optional<std::string> city) {
  return {std::move(name), std::move(city)};
}

TEST_F(Diff, FindsNothingBetweenARunAndItself) {
  MadeRun run;
  run.found = {{"1", {row("a", "x"), row("b", {})}}, {"2", {row("", "y")}}};
  run.missing = {"3"};
  const Difference difference = diff(run, run);
  EXPECT_TRUE(difference.same());
  EXPECT_EQ(difference.missing.persisting, 1u);
  EXPECT_EQ(difference.list.common, 3u);
  EXPECT_THAT(told.values, IsEmpty());
}

TEST_F(Diff, KeepsWhatWasNotAskedForApartFromWhatWasResolved) {
  MadeRun then, now;
  then.found = {{"1", {row("a", "x")}}, {"2", {row("a", "x")}}, {"8", {row("a", "x")}}};
  then.missing = {"3", "4", "5"};
  now.found = {{"1", {row("a", "x")}}, {"3", {row("a", "x")}}, {"7", {row("a", "x")}}};
  now.missing = {"2", "4", "6"};
  const Difference difference = diff(then, now);
  EXPECT_EQ(told.ids["new"], std::set<std::string>{"2"});
  EXPECT_EQ(told.ids["resolved"], std::set<std::string>{"3"});
  EXPECT_EQ(told.ids["persisting"], std::set<std::string>{"4"});
  EXPECT_EQ(told.ids["added"], std::set<std::string>{"6"});
  EXPECT_EQ(told.ids["not_asked"], std::set<std::string>{"5"});
  EXPECT_EQ(told.ids["list_added"], std::set<std::string>{"7"});
  EXPECT_EQ(told.ids["list_removed"], std::set<std::string>{"8"});
  EXPECT_EQ(told.states["2"], (std::pair<std::string, std::string>{"found", "missing"}));
  EXPECT_EQ(difference.list.added, 2u);
  EXPECT_EQ(difference.list.removed, 2u);
  EXPECT_EQ(difference.list.common, 4u);
  // Rows of IDs that both asked for.
  EXPECT_EQ(difference.rows.removed, 1u);
  EXPECT_EQ(difference.rows.added, 1u);
  EXPECT_FALSE(difference.same());
}

TEST_F(Diff, ComparesIntegersByTheirValues) {
  MadeRun then, now;
  then.type = now.type = IdType::integer;
  then.missing = {"-5", "9", "10", "100"};
  now.missing = {"-5", "10", "11"};
  now.found = {{"9", {row("a", "x")}}};
  diff(then, now);
  EXPECT_EQ(told.ids["resolved"], std::set<std::string>{"9"});
  EXPECT_EQ(told.ids["not_asked"], std::set<std::string>{"100"});
  EXPECT_EQ(told.ids["added"], std::set<std::string>{"11"});
}

TEST_F(Diff, NamesTheColumnsThatChanged) {
  MadeRun then, now;
  then.found = {{"1", {row("a", "x")}}, {"2", {row("a,\"b\"\n", {})}}};
  now.found = {{"1", {row("a", "y")}}, {"2", {row("a", "")}}};
  const Difference difference = diff(then, now);
  EXPECT_THAT(told.values, ElementsAre(std::tuple("1", "city", "x", "y"),
                                       std::tuple("2", "name", "\"a,\"\"b\"\"\n\"", "a"),
                                       std::tuple("2", "city", "", "\"\"")));
  EXPECT_EQ(difference.rows.changed, 2u);
  EXPECT_EQ(difference.rows.added + difference.rows.removed, 0u);
}

TEST_F(Diff, MatchesTheRowsOfAnIdByLikeness) {
  MadeRun then, now;
  then.found = {{"1", {row("a", "x"), row("b", "y"), row("c", "z"), row("c", "z")}}};
  now.found = {{"1", {row("c", "z"), row("b", "q"), row("a", "w"), row("c", "v"), row("n", "n")}}};
  const Difference difference = diff(then, now);
  EXPECT_THAT(told.values,
              UnorderedElementsAre(std::tuple("1", "city", "x", "w"), std::tuple("1", "city", "y", "q"),
                                   std::tuple("1", "city", "z", "v")));
  EXPECT_THAT(told.rows_added, ElementsAre(std::pair("1", "1,n,n")));
  EXPECT_EQ(difference.rows.changed, 3u);
}

TEST_F(Diff, ComparesTheColumnsOfBothAndNoneThatIsIgnored) {
  MadeRun then, now;
  then.columns = {"id", "name", "old"};
  now.columns = {"id", "new", "name"};
  then.found = {{"1", {row("a", "x")}}, {"2", {row("a", "x")}}};
  now.found = {{"1", {row("n", "a")}}, {"2", {row("n", "b")}}};
  const Difference difference = diff(then, now);
  EXPECT_THAT(told.values, ElementsAre(std::tuple("2", "name", "a", "b")));
  EXPECT_THAT(difference.columns_added, ElementsAre("new"));
  EXPECT_THAT(difference.columns_removed, ElementsAre("old"));
  DiffOptions options;
  options.ignored_columns = {"name"};
  EXPECT_EQ(diff(then, now, options).rows.changed, 0u);
  options.ignored_columns = {"nam"};
  const auto wrong = try_diff(then, now, options);
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().to_string(), HasSubstr("neither run has a column \"nam\""));
}

TEST_F(Diff, DoesNotCompareWhatWasNotRead) {
  MadeRun then, now;
  then.missing = {"1", "2"};
  then.unresolved = {"3"};
  then.status = now.status = "partial";
  now.found = {{"2", {row("a", "x")}}};
  now.missing = {"3"};
  now.unresolved = {"1"};
  const Difference difference = diff(then, now);
  EXPECT_EQ(told.ids["unread"], (std::set<std::string>{"1", "3"}));
  EXPECT_EQ(told.ids["resolved"], std::set<std::string>{"2"});
  EXPECT_EQ(difference.missing.newly, 0u);
  EXPECT_EQ(difference.unread, 2u);
}

TEST_F(Diff, RefusesRunsOfOtherTypesAndRunsWithoutAnAnswer) {
  MadeRun then, now;
  now.type = IdType::integer;
  now.missing = then.missing = {"1"};
  auto refused = try_diff(then, now);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().to_string(), HasSubstr("text then, int now"));
  now = then;
  now.status = "interrupted";
  refused = try_diff(then, now);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().to_string(), HasSubstr("the run is interrupted"));
}

TEST_F(Diff, SaysWhichFilesContradictEachOther) {
  MadeRun run;
  run.missing = {"1"};
  write_run(directory.path() / "run", run, random);
  const auto reader = open_run_to_compare(directory.path() / "run");
  ASSERT_TRUE(reader);
  std::ofstream(directory.path() / "run/missing.csv") << "id\n1\n2\n";
  const auto damaged = diff_runs(*reader, *reader, {}, told);
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().kind, ErrorKind::integrity);
  EXPECT_THAT(damaged.error().to_string(), HasSubstr("2 missing"));
}

// Against set arithmetic.
TEST_F(Diff, IsSetArithmeticOnRandomRuns) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  random.seed(seed);
  const std::string formats[] = {"csv", "tsv", "jsonl", "xlsx"};
  for (int round = 0; round < 60; ++round) {
    const IdType type = random() % 2 == 0 ? IdType::text : IdType::integer;
    const std::size_t width = 1 + random() % 300;
    const auto make = [&] {
      MadeRun run;
      run.type = type;
      run.format = formats[random() % 4];
      run.compression = static_cast<Compression>(random() % 3);
      run.spreadsheet_safe = random() % 4 == 0;
      run.unit_ids = 1 + random() % 40;
      run.shares = 1 + random() % 3;
      run.ranges_in_order = random() % 4 != 0;
      const std::uint64_t partial = random() % 3;
      for (std::size_t id = 0; id < width; ++id) {
        const std::string text = std::to_string(id);
        const std::uint64_t what = random() % 10;
        if (what < 5) {
          for (std::uint64_t rows = 1 + random() % 3; rows > 0; --rows)
            run.found[text].push_back(
                row(std::string(1, static_cast<char>('a' + random() % 2)),
                    random() % 3 == 0 ? std::nullopt : std::optional<std::string>("=1")));
        } else if (what < 7) {
          run.missing.insert(text);
        } else if (what < 8 && partial == 0) {
          run.unresolved.insert(text);
        }
      }
      run.status = run.unresolved.empty() ? "complete" : "partial";
      return run;
    };
    const MadeRun then = make(), now = make();
    std::map<std::string, std::set<std::string>> expected;
    std::uint64_t row_changes = 0;
    for (std::size_t i = 0; i < width; ++i) {
      const std::string id = std::to_string(i);
      const auto state = [&](const MadeRun& run) {
        return run.found.contains(id)        ? 'f'
               : run.missing.contains(id)    ? 'm'
               : run.unresolved.contains(id) ? 'u'
                                             : '-';
      };
      const char was = state(then), is = state(now);
      if (was == '-' && is == '-') continue;
      std::string change;
      if (was == '-')
        change = is == 'm' ? "added" : "list_added";
      else if (is == '-')
        change = was == 'm' ? "not_asked" : "list_removed";
      else if (was == 'u' || is == 'u')
        change = "unread";
      else if (was == 'm')
        change = is == 'm' ? "persisting" : "resolved";
      else if (is == 'm')
        change = "new";
      if (!change.empty()) expected[change].insert(id);
      if (was == '-' || is == '-' || was == 'u' || is == 'u') continue;
      std::multiset<MadeRow> a, b;
      if (was == 'f') a.insert(then.found.at(id).begin(), then.found.at(id).end());
      if (is == 'f') b.insert(now.found.at(id).begin(), now.found.at(id).end());
      std::vector<MadeRow> only_a, only_b;
      std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(only_a));
      std::set_difference(b.begin(), b.end(), a.begin(), a.end(), std::back_inserter(only_b));
      row_changes += std::max(only_a.size(), only_b.size());
    }
    const Difference difference = diff(then, now);
    ASSERT_EQ(told.ids, expected) << "round " << round;
    ASSERT_EQ(difference.rows.changed + difference.rows.added + difference.rows.removed, row_changes);
    ASSERT_EQ(difference.rows.added, told.rows_added.size());
    ASSERT_EQ(difference.missing.newly, expected["new"].size());
    ASSERT_EQ(difference.missing.not_asked, expected["not_asked"].size());
    ASSERT_EQ(difference.unread, expected["unread"].size());
  }
}

}  // namespace
}  // namespace firmquery
