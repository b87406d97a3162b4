#include "firmquery/history/job_history.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>

#include "support/made_run.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using namespace test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Ages = std::map<std::string, std::pair<std::string, std::uint64_t>>;

class History : public ::testing::Test {
 protected:
  // The n-th night of the job.
  MadeRun night(int n) const {
    MadeRun run;
    run.job_file = series.job_file;
    run.pattern = series.pattern;
    run.read_at = fmt::format("2026-01-{:02}T02:00:00.000Z", n);
    run.run_id = fmt::format("202601{:02}T020000Z-0a1b2c", n);
    return run;
  }
  void add(const MadeRun& run) { write_run(series.folder / ("firms_" + run.run_id), run, random); }
  std::vector<JobRun> runs() {
    auto found = runs_of_job(series, "id");
    EXPECT_TRUE(found) << found.error().to_string();
    if (!found) return {};
    EXPECT_TRUE(add_changes(*found, directory.path(), {}));
    return *std::move(found);
  }
  Ages ages(const std::vector<JobRun>& runs) {
    Ages all;
    const auto done = visit_ages(runs, directory.path(), {}, [&](const MissingAge& age) -> Result<void> {
      all[std::string(age.id)] = {std::string(age.since), age.runs};
      return {};
    });
    EXPECT_TRUE(done) << done.error().to_string();
    return all;
  }

  TempDir directory;
  RunSeries series{directory.path() / "runs", "/etc/firmquery/nightly.yaml", "firms_{timestamp}"};
  Random random{test_seed()};
};

TEST_F(History, HasTheRunsOfTheJobAlone) {
  EXPECT_THAT(runs(), IsEmpty());  // there is no such folder yet
  std::filesystem::create_directory(series.folder);
  EXPECT_THAT(runs(), IsEmpty());
  for (const int n : {2, 1}) {
    MadeRun run = night(n);
    run.missing = {"1"};
    add(run);
  }
  MadeRun other = night(3);
  other.job_file = "/etc/firmquery/other.yaml";
  add(other);
  other = night(4);
  other.key = "other";
  other.columns = {"other"};
  add(other);
  std::filesystem::create_directory(series.folder / "something");
  std::ofstream(series.folder / "file") << "text";
  const auto found = runs();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].report->run_id, night(1).run_id);
  EXPECT_EQ(found[1].changes->since, "firms_" + night(1).run_id);
}

TEST_F(History, ComparesEachRunWithTheCompleteOneBefore) {
  std::filesystem::create_directory(series.folder);
  MadeRun first = night(1), partial = night(2), second = night(3), third = night(4);
  first.missing = {"1", "2"};
  first.found = {{"3", {{"a", "b"}}}};
  partial.unresolved = {"1", "2", "3"};
  partial.status = "partial";
  second.missing = {"2", "3"};
  second.found = {{"1", {{"a", "b"}}}};
  third.missing = {"2", "4"};  // 3 is not asked for, 4 was not
  third.found = {{"1", {{"a", "b"}}}};
  for (const MadeRun& run : {first, partial, second, third}) add(run);
  const auto found = runs();
  ASSERT_EQ(found.size(), 4u);
  EXPECT_FALSE(found[0].changes);
  EXPECT_FALSE(found[1].changes);
  EXPECT_EQ(found[1].status(), "partial");
  EXPECT_EQ(found[2].changes->newly, 1u);
  EXPECT_EQ(found[2].changes->resolved, 1u);
  EXPECT_EQ(found[3].changes->newly, 0u);
  EXPECT_EQ(found[3].changes->resolved, 0u);
  EXPECT_EQ(ages(found), (Ages{{"2", {first.read_at, 3}}, {"4", {third.read_at, 1}}}));
}

TEST_F(History, GoesOnPastARunThatCannotBeRead) {
  std::filesystem::create_directory(series.folder);
  for (const int n : {1, 2, 3}) {
    MadeRun run = night(n);
    run.missing = {"1"};
    add(run);
  }
  const auto damaged = series.folder / ("firms_" + night(2).run_id);
  std::ofstream(damaged / "report.json") << "{}";
  const auto found = runs();
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[1].status(), "unreadable");
  EXPECT_THAT(found[1].problem, HasSubstr("report"));
  EXPECT_EQ(found[2].changes->since, "firms_" + night(1).run_id);
}

// What is missing again, against set arithmetic, over lists that are the same and that change.
TEST_F(History, TellsWhatIsReopenedFromWhatIsNew) {
  struct Parted : DifferenceSink {
    Result<void> id(std::string_view id, IdChange change, std::string_view, std::string_view) override {
      if (change == IdChange::newly_missing) newly.emplace(id);
      if (change == IdChange::reopened) reopened.emplace(id);
      return {};
    }
    Result<void> value(std::string_view, std::string_view, std::string_view, std::string_view) override {
      return {};
    }
    Result<void> row(std::string_view, bool, std::string_view) override { return {}; }
    std::set<std::string> newly, reopened;
  };
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  random.seed(seed);
  std::filesystem::create_directory(series.folder);
  std::set<std::string> missing_before;  // the run before the last
  std::optional<MadeRun> before;
  for (int n = 1; n <= 20; ++n) {
    SCOPED_TRACE(n);
    MadeRun run = night(n);
    const bool same_list = random() % 2 == 0;
    for (int i = 0; i < 200; ++i) {
      const std::string id = std::to_string(i);
      const bool was_there = before && (before->found.contains(id) || before->missing.contains(id));
      if (same_list && before ? !was_there : random() % 9 == 0) continue;
      if (random() % 8 == 0) {
        run.missing.insert(id);
      } else {
        run.found[id] = {{"a", "b"}};
      }
    }
    if (n % 5 == 4) run.status = "partial", run.unresolved = {"9999"};
    add(run);
    if (run.status == "partial") continue;
    if (before) {
      const auto a = open_run_to_compare(series.folder / ("firms_" + before->run_id));
      const auto b = open_run_to_compare(series.folder / ("firms_" + run.run_id));
      ASSERT_TRUE(a && b);
      const auto earlier = runs_before(*a, *b);
      ASSERT_TRUE(earlier);
      for (const bool rows : {false, true}) {
        DiffOptions options;
        options.rows = rows;
        options.scratch = directory.path();
        options.earlier = *earlier;
        Parted told;
        const auto difference = diff_runs(*a, *b, options, told);
        ASSERT_TRUE(difference) << difference.error().to_string();
        std::set<std::string> newly, reopened;
        for (const std::string& id : run.missing) {
          if (before->found.contains(id)) (missing_before.contains(id) ? reopened : newly).insert(id);
        }
        EXPECT_EQ(told.newly, newly);
        EXPECT_EQ(told.reopened, reopened);
        EXPECT_EQ(difference->reopened, reopened.size());
        EXPECT_EQ(difference->missing.newly, newly.size() + reopened.size());
        EXPECT_THAT(difference->unread_runs, IsEmpty());
      }
      missing_before.insert(before->missing.begin(), before->missing.end());
    }
    before = std::move(run);
  }
  // Of another job, and with a run that cannot be read.
  const auto a = open_run_to_compare(series.folder / ("firms_" + night(18).run_id));
  const auto b = open_run_to_compare(series.folder / ("firms_" + night(20).run_id));
  ASSERT_TRUE(a && b);
  auto earlier = runs_before(*a, *b);
  ASSERT_TRUE(earlier);
  ASSERT_FALSE(earlier->empty());
  std::ofstream(earlier->back() / "missing.csv") << "other\n";
  DiffOptions options;
  options.rows = false;
  options.scratch = directory.path();
  options.earlier = *earlier;
  Parted told;
  const auto difference = diff_runs(*a, *b, options, told);
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->unread_runs.size(), 1u);
  MadeRun other = night(21);
  other.job_file = "/etc/firmquery/other.yaml";
  other.missing = {"1"};
  add(other);
  const auto c = open_run_to_compare(series.folder / ("firms_" + other.run_id));
  ASSERT_TRUE(c);
  EXPECT_THAT(*runs_before(*a, *c), IsEmpty());
}

// Thirty nights against set arithmetic: IDs are taken off the list and return, and some cannot be read.
TEST_F(History, AgesAreSetArithmetic) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  random.seed(seed);
  std::filesystem::create_directory(series.folder);
  std::map<std::string, std::pair<std::string, std::uint64_t>> streaks;
  std::map<std::string, char> before;
  std::vector<std::optional<std::pair<std::uint64_t, std::uint64_t>>> expected;
  for (int n = 1; n <= 30; ++n) {
    MadeRun run = night(n);
    run.type = IdType::integer;
    const bool partial = random() % 6 == 0, same_list = random() % 2 == 0;
    std::map<std::string, char> now;
    for (int i = 0; i < 120; ++i) {
      const std::string id = std::to_string(i * 7 - 60);
      if (same_list && !before.empty() ? !before.contains(id) : random() % 8 == 0) continue;
      if (partial && random() % 10 == 0) {
        run.unresolved.insert(id);
        now[id] = 'u';
      } else if (random() % 3 == 0) {
        run.missing.insert(id);
        now[id] = 'm';
      } else {
        run.found[id] = {{"a", "b"}};
        now[id] = 'f';
      }
    }
    run.status = run.unresolved.empty() ? "complete" : "partial";
    add(run);
    if (run.status != "complete") {
      expected.emplace_back();
      continue;
    }
    std::uint64_t newly = 0, resolved = 0;
    for (const auto& [id, state] : now) {
      const auto then = before.find(id);
      if (then == before.end()) continue;
      newly += then->second == 'f' && state == 'm' ? 1 : 0;
      resolved += then->second == 'm' && state == 'f' ? 1 : 0;
    }
    expected.emplace_back(std::pair(newly, resolved));
    if (before.empty()) expected.back().reset();
    for (auto streak = streaks.begin(); streak != streaks.end();)
      streak = run.missing.contains(streak->first) ? std::next(streak) : streaks.erase(streak);
    for (const std::string& id : run.missing) ++streaks.try_emplace(id, run.read_at, 0).first->second.second;
    before = std::move(now);
  }
  const auto found = runs();
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(found[i].changes.has_value(), expected[i].has_value()) << i;
    if (!expected[i]) continue;
    EXPECT_EQ(found[i].changes->newly, expected[i]->first) << i;
    EXPECT_EQ(found[i].changes->resolved, expected[i]->second) << i;
  }
  EXPECT_EQ(ages(found), streaks);
}

}  // namespace
}  // namespace firmquery
