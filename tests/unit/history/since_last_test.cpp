#include "firmquery/history/since_last.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>

#include "firmquery/core/time_text.hpp"
#include "firmquery/history/diff.hpp"
#include "firmquery/history/job_history.hpp"
#include "support/made_run.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using namespace test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Ages = std::map<std::string, std::pair<std::string, std::uint64_t>>;

struct Quiet : DifferenceSink {
  Result<void> id(std::string_view, IdChange, std::string_view, std::string_view) override { return {}; }
  Result<void> value(std::string_view, std::string_view, std::string_view, std::string_view) override {
    return {};
  }
  Result<void> row(std::string_view, bool, std::string_view) override { return {}; }
};

// What became of it when a made run was about to be published.
struct Seen {
  std::optional<HistoryReport> history;
  std::optional<BaselineReport> baseline;
  Ages ages;
  std::set<std::string> fresh;
  std::vector<std::string> warnings;
};

class Since : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directory(series.folder); }
  MadeRun night(int n) const {
    MadeRun run;
    run.type = IdType::integer;
    run.job_file = series.job_file;
    run.pattern = series.pattern;
    run.read_at = fmt::format("2026-01-{:02}T02:00:00.000Z", n);
    run.run_id = fmt::format("202601{:02}T020000Z-0a1b2c", n);
    return run;
  }
  std::filesystem::path directory_of(const MadeRun& run) const {
    return series.folder / ("firms_" + run.run_id);
  }
  void publish(const MadeRun& run) { write_run(directory_of(run), run, random); }

  Seen look_back(const MadeRun& run, const std::string& baseline_file = {}) {
    IdSetBuilder builder(run.type);
    for (const auto& [id, rows] : run.found) builder.add(id);
    for (const std::string& id : run.missing) builder.add(id);
    for (const std::string& id : run.unresolved) builder.add(id);
    const IdSet ids = builder.finish().unique;
    const AnswerNow now{ids,
                        ids.digest(),
                        run.run_id,
                        run.key,
                        run.read_at,
                        [&](const std::function<Result<void>(std::size_t)>& visit) -> Result<void> {
                          for (std::size_t rank = 0; rank < ids.size(); ++rank) {
                            if (run.missing.contains(ids.canonical(rank))) FQ_TRY(visit(rank));
                          }
                          return {};
                        },
                        [&](std::size_t rank) { return !run.unresolved.contains(ids.canonical(rank)); }};
    std::optional<Baseline> baseline;
    if (!baseline_file.empty()) {
      auto read = Baseline::read(baseline_file, run.type, directory.path(), {});
      EXPECT_TRUE(read) << read.error().to_string();
      if (read) baseline.emplace(std::move(*read));
    }
    const auto since = since_last(with_series ? std::optional(series) : std::nullopt, now,
                                  baseline ? &*baseline : nullptr, directory.path(), {});
    EXPECT_TRUE(since) << since.error().to_string();
    if (!since) return {};
    Seen seen{since->history, since->baseline, {}, {}, since->warnings};
    MissingAges::Cursor cursor(since->ages);
    for (std::size_t rank = 0; rank < ids.size(); ++rank) {
      const std::string id = ids.canonical(rank);
      if (!run.missing.contains(id)) continue;
      const auto age = cursor.next();
      EXPECT_TRUE(age);
      if (!age) break;
      seen.ages[id] = {std::string(age->since), age->runs};
      if (age->fresh) seen.fresh.insert(id);
    }
    return seen;
  }
  Ages ages_of_history() {
    const auto runs = runs_of_job(series, "id");
    EXPECT_TRUE(runs);
    Ages all;
    const auto done = visit_ages(*runs, directory.path(), {}, [&](const MissingAge& age) -> Result<void> {
      all[std::string(age.id)] = {std::string(age.since), age.runs};
      return {};
    });
    EXPECT_TRUE(done) << done.error().to_string();
    return all;
  }

  TempDir directory;
  RunSeries series{directory.path() / "runs", "/etc/firmquery/nightly.yaml", "firms_{timestamp}"};
  bool with_series = true;
  Random random{test_seed()};
};

TEST_F(Since, AFirstRunHasNothingToCompareWith) {
  MadeRun run = night(1);
  run.missing = {"3", "5"};
  const Seen seen = look_back(run);
  EXPECT_FALSE(seen.history);
  EXPECT_THAT(seen.warnings, IsEmpty());
  EXPECT_EQ(seen.ages, (Ages{{"3", {run.read_at, 1}}, {"5", {run.read_at, 1}}}));
}

TEST_F(Since, CountsAsDiffDoesAndChainsTheAges) {
  MadeRun first = night(1), second = night(2);
  first.found = {{"1", {{"a", "b"}}}, {"2", {{"a", "b"}}}};
  first.missing = {"3", "4", "5", "7"};
  first.ages = {{{"3", {"2025-12-01T00:00:00.000Z", 30}},
                 {"4", {first.read_at, 1}},
                 {"5", {first.read_at, 1}},
                 {"7", {first.read_at, 1}}}};
  publish(first);
  second.found = {{"1", {{"a", "b"}}}, {"4", {{"a", "b"}}}};
  second.missing = {"2", "3", "6"};
  second.unresolved = {"7"};
  const Seen seen = look_back(second);
  ASSERT_TRUE(seen.history);
  EXPECT_EQ(seen.history->since.run_id, first.run_id);
  EXPECT_EQ(seen.history->since.directory, "firms_" + first.run_id);
  EXPECT_EQ(seen.history->since.read_at, first.read_at);
  EXPECT_EQ(seen.history->since.missing, 4u);
  EXPECT_EQ(seen.history->newly, 1u);
  EXPECT_EQ(seen.history->resolved, 1u);  // 4; 7 was not read
  EXPECT_EQ(seen.history->persisting, 1u);
  EXPECT_EQ(seen.history->added, 1u);
  EXPECT_EQ(seen.history->not_asked, 1u);
  EXPECT_EQ(seen.history->oldest_first_missing, "2025-12-01T00:00:00.000Z");
  EXPECT_EQ(seen.history->oldest_runs_missing, 31u);
  EXPECT_EQ(seen.fresh, std::set<std::string>{"2"});
  EXPECT_EQ(seen.ages, (Ages{{"2", {second.read_at, 1}},
                             {"3", {"2025-12-01T00:00:00.000Z", 31}},
                             {"6", {second.read_at, 1}}}));
}

// Of an earlier version: what is still there says more than the last one alone.
TEST_F(Since, WithoutColumnsTheRunsThatExistSayTheAges) {
  for (const int n : {1, 2, 3}) {
    MadeRun run = night(n);
    run.missing = {"3"};
    if (n > 1) run.missing.insert("4");
    publish(run);
  }
  MadeRun now = night(4);
  now.missing = {"3", "4"};
  EXPECT_EQ(look_back(now).ages, (Ages{{"3", {night(1).read_at, 4}}, {"4", {night(2).read_at, 3}}}));
  // One of them cannot be read: the last one can.
  write_text(directory_of(night(2)) / "missing.csv", "id\n4\n3\n");
  const Seen seen = look_back(now);
  EXPECT_EQ(seen.ages, (Ages{{"3", {night(3).read_at, 2}}, {"4", {night(3).read_at, 2}}}));
  EXPECT_TRUE(seen.history);
}

TEST_F(Since, WhatCannotBeReadIsAWarningAndAgesBeginAnew) {
  MadeRun then = night(2), now = night(3);
  then.missing = now.missing = {"3", "4"};
  then.ages = {{{"3", {then.read_at, 7}}, {"4", {then.read_at, 7}}}};
  publish(then);
  EXPECT_EQ(look_back(now).ages.at("3").second, 8u);
  const Ages anew = {{"3", {now.read_at, 1}}, {"4", {now.read_at, 1}}};
  const auto missing = directory_of(then) / "missing.csv";
  const std::string header = "id,suggestion,rule,matches,first_missing,runs_missing\n";
  for (const std::string& text :
       {header + "3,,,,2026-01-02T02:00:00.000Z,7\n",
        header + "3,,,,2026-01-02T02:00:00.000Z,7\n4,,,,yesterday,7\n",
        header + "3,,,,2026-01-02T02:00:00.000Z,0\n4,,,,2026-01-02T02:00:00.000Z,7\n", std::string("other\n"),
        std::string()}) {
    write_text(missing, text);
    const Seen seen = look_back(now);
    EXPECT_EQ(seen.ages, anew) << text;
    EXPECT_FALSE(seen.history);
    ASSERT_EQ(seen.warnings.size(), 1u) << text;
    EXPECT_THAT(seen.warnings[0], HasSubstr("ages begin anew"));
  }
  // Somebody removes it.
  std::filesystem::remove(missing);
  EXPECT_EQ(look_back(now).ages, anew);
  // And of another type.
  std::filesystem::remove_all(directory_of(then));
  then.type = IdType::text;
  publish(then);
  const Seen seen = look_back(now);
  EXPECT_EQ(seen.ages, anew);
  ASSERT_EQ(seen.warnings.size(), 1u);
  EXPECT_THAT(seen.warnings[0], HasSubstr("of type text, and those of this run of type int"));
  // A run whose report cannot be read is passed over.
  MadeRun before = night(1);
  before.missing = {"3"};
  before.ages = {{{"3", {before.read_at, 5}}}};
  publish(before);
  write_text(directory_of(then) / "report.json", "{}");
  EXPECT_EQ(look_back(now).ages.at("3").second, 6u);
}

TEST_F(Since, WhatIsNewIsNotKnownWhereTheResultsAreGone) {
  MadeRun then = night(1), now = night(2);
  then.found = {{"1", {{"a", "b"}}}};
  then.missing = {"3"};
  then.ages = {{{"3", {then.read_at, 7}}}};
  publish(then);
  now.missing = {"3", "4"};
  std::filesystem::remove(directory_of(then) / "results.csv");
  const Seen seen = look_back(now);
  EXPECT_FALSE(seen.history);
  EXPECT_EQ(seen.ages, (Ages{{"3", {then.read_at, 8}}, {"4", {now.read_at, 1}}}));
  ASSERT_EQ(seen.warnings.size(), 1u);
  EXPECT_THAT(seen.warnings[0], HasSubstr("what is new"));
}

TEST_F(Since, APartialRunIsNeitherARunNorABreak) {
  MadeRun first = night(1), partial = night(2), third = night(3);
  first.missing = {"3"};
  first.ages = {{{"3", {first.read_at, 1}}}};
  publish(first);
  partial.found = {{"3", {{"a", "b"}}}};
  partial.unresolved = {"4"};
  partial.status = "partial";
  publish(partial);
  third.missing = {"3"};
  const Seen seen = look_back(third);
  EXPECT_EQ(seen.ages.at("3"), std::pair(first.read_at, std::uint64_t{2}));
  EXPECT_EQ(seen.history->since.run_id, first.run_id);
}

// Thirty nights against set arithmetic: lists that change, IDs that return and that cannot be read, directories that are
// removed, and versions that knew no ages.
TEST_F(Since, IsSetArithmeticOverRandomSeries) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  random.seed(seed);
  for (int round = 0; round < 4; ++round) {
    std::filesystem::remove_all(series.folder);
    std::filesystem::create_directory(series.folder);
    const bool removes = round % 2 == 1;
    std::optional<MadeRun> before;
    Ages streaks;
    for (int n = 1; n <= 30; ++n) {
      SCOPED_TRACE(fmt::format("round {}, night {}", round, n));
      MadeRun run = night(n);
      const bool partial = random() % 6 == 0, same_list = before && random() % 2 == 0;
      for (int i = 0; i < 100; ++i) {
        const std::string id = std::to_string(i * 7 - 60);
        const bool was_there = before && (before->found.contains(id) || before->missing.contains(id));
        if (same_list ? !was_there : random() % 8 == 0) continue;
        if (partial && random() % 10 == 0) {
          run.unresolved.insert(id);
        } else if (random() % 3 == 0) {
          run.missing.insert(id);
        } else {
          run.found[id] = {{"a", "b"}};
        }
      }
      run.status = run.unresolved.empty() ? "complete" : "partial";

      // A baseline of some IDs, some of which stand in it twice.
      struct Line {
        int until;
        std::string first;
      };
      std::multimap<std::string, Line> accepted;
      std::string text = "id,reason,first_missing,until\n";
      for (int lines = static_cast<int>(random() % 40); lines > 0; --lines) {
        const std::string id = std::to_string(static_cast<int>(random() % 100) * 7 - 60);
        const int until = static_cast<int>(random() % 40) - 5;
        const std::string first =
            random() % 2 == 0 ? "" : fmt::format("2026-01-{:02}T02:00:00.000Z", 1 + random() % 30);
        const auto day =
            std::chrono::sys_days(std::chrono::year(2026) / 1 / 1) + std::chrono::days(until - 1);
        text += fmt::format("{},\"a, b\",{},{}\n", id, first, utc_text(day).substr(0, 10));
        accepted.emplace(id, Line{until, first});
      }
      const auto file = directory.write("baseline.csv", text);
      const Seen seen = look_back(run, file);
      ASSERT_THAT(seen.warnings, IsEmpty());

      Ages expected;
      for (const std::string& id : run.missing) {
        const auto streak = streaks.find(id);
        expected[id] = streak == streaks.end() ? std::pair(run.read_at, std::uint64_t{1})
                                               : std::pair(streak->second.first, streak->second.second + 1);
      }
      ASSERT_EQ(seen.ages, expected);
      ASSERT_EQ(seen.history.has_value(), before.has_value());
      if (removes) run.ages = expected;
      if (!removes && random() % 3 != 0) run.ages = expected;  // else of a version that had none
      publish(run);

      BaselineReport judged;
      std::set<std::string> fresh;
      if (before) {
        for (const std::string& id : run.missing) {
          if (before->found.contains(id)) fresh.insert(id);
        }
        ASSERT_EQ(seen.fresh, fresh);
        const auto a = open_run_to_compare(directory_of(*before)), b = open_run_to_compare(directory_of(run));
        ASSERT_TRUE(a && b);
        Quiet quiet;
        DiffOptions options;
        options.rows = false;
        options.scratch = directory.path();
        const auto difference = diff_runs(*a, *b, options, quiet);
        ASSERT_TRUE(difference) << difference.error().to_string();
        EXPECT_EQ(seen.history->newly, difference->missing.newly);
        EXPECT_EQ(seen.history->resolved, difference->missing.resolved);
        EXPECT_EQ(seen.history->persisting, difference->missing.persisting);
        EXPECT_EQ(seen.history->added, difference->missing.added);
        EXPECT_EQ(seen.history->not_asked, difference->missing.not_asked);
        EXPECT_EQ(seen.history->since.missing, before->missing.size());
        std::string oldest;
        std::uint64_t most = 0;
        for (const auto& [id, age] : expected) {
          if (oldest.empty() || age.first < oldest) oldest = age.first;
          most = std::max(most, age.second);
        }
        EXPECT_EQ(seen.history->oldest_first_missing, oldest);
        EXPECT_EQ(seen.history->oldest_runs_missing, most);
      }
      for (const std::string& id : run.missing) {
        bool any = false, accepts = false, returned = false;
        for (auto [line, end] = accepted.equal_range(id); line != end; ++line) {
          any = true;
          if (line->second.until < n) continue;
          const bool back = before && !line->second.first.empty() && expected[id].first > line->second.first;
          (back ? returned : accepts) = true;
        }
        if (accepts) {
          ++judged.accepted;
          continue;
        }
        judged.returned += any && returned ? 1 : 0;
        judged.expired += any && !returned ? 1 : 0;
        ++judged.missing;
        judged.newly += fresh.contains(id) ? 1 : 0;
        judged.oldest_runs_missing = std::max(judged.oldest_runs_missing, expected[id].second);
      }
      ASSERT_TRUE(seen.baseline);
      EXPECT_EQ(seen.baseline->lines, accepted.size());
      EXPECT_EQ(seen.baseline->accepted, judged.accepted);
      EXPECT_EQ(seen.baseline->expired, judged.expired);
      EXPECT_EQ(seen.baseline->returned, judged.returned);
      EXPECT_EQ(seen.baseline->missing, judged.missing);
      EXPECT_EQ(seen.baseline->newly, judged.newly);
      EXPECT_EQ(seen.baseline->oldest_runs_missing, judged.oldest_runs_missing);

      if (run.status != "complete") continue;
      streaks = expected;
      EXPECT_EQ(ages_of_history(), streaks);
      if (removes && before && random() % 2 == 0) std::filesystem::remove_all(directory_of(*before));
      before = std::move(run);
    }
  }
}

TEST_F(Since, ABaselineNeedsNoHistory) {
  with_series = false;
  MadeRun run = night(10);
  run.missing = {"3", "4", "5", "6"};
  const auto file =
      directory.write("baseline.csv",
                      "\xEF\xBB\xBFid,until,first_missing\r\n3,2026-01-10,\r\n4,2026-01-09,2026-01-01\r\n\r\n"
                      "5,2026-01-10T02:00:00+01:00,\r\n+06,2026-01-10T04:00:00.5+01:30,2025-01-01T00:00:00Z");
  const Seen seen = look_back(run, file);
  EXPECT_FALSE(seen.history);
  ASSERT_TRUE(seen.baseline);
  EXPECT_EQ(seen.baseline->lines, 4u);
  EXPECT_EQ(seen.baseline->accepted, 2u);  // 3 and 6
  EXPECT_EQ(seen.baseline->expired, 2u);
  EXPECT_EQ(seen.baseline->missing, 2u);
}

TEST(BaselineFile, NamesTheLineAndTheRemedy) {
  const TempDir directory;
  const auto error_of = [&](const std::string& text) {
    const auto file = directory.write("baseline.csv", text);
    const auto read = Baseline::read(file, IdType::integer, directory.path(), {});
    EXPECT_FALSE(read) << text;
    if (read) return std::string();
    EXPECT_EQ(read.error().kind, ErrorKind::usage);
    EXPECT_FALSE(read.error().remedy.empty());
    const std::string said = read.error().to_string();
    return said.substr(said.find("baseline.csv"));
  };
  EXPECT_THAT(error_of(""), HasSubstr("empty"));
  EXPECT_THAT(error_of("id,reason\n1,x\n"), HasSubstr("baseline.csv:1: a baseline has no column until"));
  EXPECT_THAT(error_of("id;until\n1;2026-12-31\n"), HasSubstr("separated by commas"));
  EXPECT_THAT(error_of("id,until\n1,2026-12-31\n2,\n"),
              HasSubstr("baseline.csv:3: 2 is accepted without an end\n  say until when"));
  EXPECT_THAT(error_of("id,until\n1,2026-02-30\n"),
              HasSubstr("baseline.csv:2: until: \"2026-02-30\" is no time"));
  EXPECT_THAT(error_of("id,until\n1,never\n"), HasSubstr("write a date"));
  EXPECT_THAT(error_of("id,until,first_missing\n1,2026-12-31,x\n"),
              HasSubstr("first_missing: \"x\" is no time"));
  EXPECT_THAT(error_of("id,until\n\"1\n\",2026-12-31\nabc,2026-12-31\n"),
              HasSubstr("baseline.csv:4: \"abc\" is no ID of type int"));
  EXPECT_THAT(error_of("id,until\n1\n"), HasSubstr("baseline.csv:2: 1 fields, but the header has 2"));
  EXPECT_THAT(error_of("id,until,reason\n1,2026-12-31,\"open\n"), HasSubstr("baseline.csv:2"));
  const auto absent = Baseline::read(directory.path() / "absent.csv", IdType::integer, directory.path(), {});
  ASSERT_FALSE(absent);
  EXPECT_THAT(absent.error().to_string(), HasSubstr("No such file"));
}

}  // namespace
}  // namespace firmquery
