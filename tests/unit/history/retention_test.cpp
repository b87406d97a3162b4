#include "firmquery/history/retention.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/file_lock.hpp"
#include "firmquery/output/files.hpp"
#include "firmquery/output/run_directory.hpp"
#include "support/made_run.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using namespace test;
namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Time = std::chrono::system_clock::time_point;

// The 20th of January 2026 at noon.
const Time kNow = Time(std::chrono::seconds(1'768'910'400));

class OldRuns : public ::testing::Test {
 protected:
  static std::string name(int night) { return fmt::format("firms_{:02}", night); }
  fs::path path(int night) const { return series.folder / name(night); }

  MadeRun night(int n) const {
    MadeRun run;
    run.job_file = series.job_file;
    run.pattern = series.pattern;
    run.read_at = fmt::format("2026-01-{:02}T02:00:00.000Z", n);
    run.run_id = fmt::format("202601{:02}T020000Z-0a1b2c", n);
    run.missing = {"1"};
    return run;
  }
  // With a manifest of its files, as a finished run has one.
  void add(int n, const MadeRun& run) {
    write_run(path(n), run, random);
    Manifest manifest;
    manifest.run_id = run.run_id;
    for (const auto& entry : fs::directory_iterator(path(n)))
      manifest.files.push_back({entry.path().filename().string(), 0, 1, std::string(64, 'a')});
    directory.write("runs/" + name(n) + "/audit.jsonl", "{}\n");
    directory.write("runs/" + name(n) + "/.lock", "");
    ASSERT_TRUE(write_manifest(path(n), manifest));
  }
  void add_nights(int last) {
    for (int n = 1; n <= last; ++n) add(n, night(n));
  }
  Removal remove(const Retention& retention, bool dry_run = false, const fs::path& spared = {}) {
    auto removal = remove_old_runs(series, "id", retention, kNow, spared, dry_run);
    EXPECT_TRUE(removal) << removal.error().to_string();
    return removal.value_or(Removal());
  }
  std::set<std::string> there() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(series.folder)) {
      if (entry.path().filename() != kRunIndexName) names.insert(entry.path().filename().string());
    }
    return names;
  }
  static std::vector<std::string> names(const Removal& removal) {
    std::vector<std::string> all;
    for (const auto& run : removal.removed) all.push_back(run.directory.filename().string());
    return all;
  }
  void expect_stays(int n, const std::string& why) {
    const auto before = there();
    const Removal removal = remove({1, {}});
    ASSERT_THAT(removal.left, SizeIs(1)) << why;
    EXPECT_EQ(removal.left[0].directory, path(n));
    EXPECT_THAT(removal.left[0].why, HasSubstr(why));
    EXPECT_FALSE(removal.left[0].failed);
    EXPECT_EQ(there(), before);
    EXPECT_TRUE(fs::exists(path(n) / "missing.csv"));
  }

  TempDir directory;
  RunSeries series{directory.path() / "runs", "/etc/nightly.yaml", "firms_{timestamp}"};
  Random random{test_seed()};
};

TEST_F(OldRuns, GoButForTheNewest) {
  fs::create_directory(series.folder);
  add_nights(5);
  const Removal removal = remove({2, {}});
  EXPECT_THAT(names(removal), ElementsAre(name(1), name(2), name(3)));
  EXPECT_THAT(removal.left, IsEmpty());
  EXPECT_GT(removal.removed[0].bytes, 100u);
  EXPECT_EQ(removal.removed[0].read_at, night(1).read_at);
  EXPECT_EQ(there(), (std::set<std::string>{name(4), name(5)}));
  EXPECT_THAT(names(remove({2, {}})), IsEmpty());
  // The index has them.
  const auto starts = read_index(series, "id");
  ASSERT_TRUE(starts);
  ASSERT_THAT(*starts, SizeIs(3));
  EXPECT_EQ((*starts)[0].run_id, night(1).run_id);
  EXPECT_EQ((*starts)[0].status, "complete");
  EXPECT_NE((*starts)[0].removed_at, "");
  EXPECT_EQ((*starts)[0].figures->missing, 1u);
}

TEST_F(OldRuns, GoByAge) {
  fs::create_directory(series.folder);
  add_nights(5);
  EXPECT_THAT(names(remove({{}, 17})), ElementsAre(name(1), name(2), name(3)));
  // The newest complete one stays, however old.
  EXPECT_THAT(names(remove({{}, 1})), ElementsAre(name(4)));
  EXPECT_EQ(there(), std::set<std::string>{name(5)});
}

TEST_F(OldRuns, GoWhereBothSaySo) {
  fs::create_directory(series.folder);
  add_nights(6);
  EXPECT_THAT(names(remove({2, 17})), ElementsAre(name(1), name(2), name(3)));
  EXPECT_THAT(names(remove({3, 1})), IsEmpty());
}

TEST_F(OldRuns, ADryRunTouchesNothing) {
  fs::create_directory(series.folder);
  add_nights(3);
  fs::remove(path(1) / ".lock");
  fs::create_directory(series.folder / removed_name("x"));
  const auto files = [&] {
    std::set<std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(series.folder)) all.insert(entry.path());
    return all;
  };
  const auto before = files();
  EXPECT_THAT(names(remove({1, {}}, true)), ElementsAre(name(1), name(2)));
  EXPECT_EQ(files(), before);
}

TEST_F(OldRuns, AreNoRunsOfOthers) {
  fs::create_directory(series.folder);
  add_nights(1);
  MadeRun other = night(2);
  other.job_file = "/etc/other.yaml";
  add(2, other);
  other = night(3);
  other.pattern = "other";
  add(3, other);
  other = night(4);
  other.key = "other";
  other.columns = {"other"};
  add(4, other);
  add(9, night(9));
  directory.write("runs/notes.txt", "text");
  directory.write("runs/letters/journal.jsonl", "{}\n");
  directory.write("runs/.x.removed/letter", "text");
  fs::create_directory_symlink(path(9), series.folder / "link");
  fs::create_directory(series.folder / "empty");
  auto expected = there();
  EXPECT_THAT(names(remove({1, {}})), ElementsAre(name(1)));
  expected.erase(name(1));
  EXPECT_EQ(there(), expected);
}

// Neither are those that are not finished, and they count for nothing.
TEST_F(OldRuns, AreComplete) {
  fs::create_directory(series.folder);
  add_nights(2);
  MadeRun partial = night(3);
  partial.status = "partial";
  partial.unresolved = {"2"};
  write_run(path(3), partial, random);
  add(4, night(4));
  fs::remove(path(4) / "manifest.json");  // killed before its last step
  add(5, night(5));
  directory.write("runs/" + name(5) + "/report.json", "{}");
  EXPECT_THAT(names(remove({1, {}})), ElementsAre(name(1)));
  EXPECT_EQ(there(), (std::set<std::string>{name(2), name(3), name(4), name(5)}));
}

TEST_F(OldRuns, StayWhereSomethingElseIsInThem) {
  fs::create_directory(series.folder);
  add_nights(2);
  directory.write("runs/" + name(1) + "/notes.txt", "text");
  expect_stays(1, "notes.txt");
  fs::remove(path(1) / "notes.txt");
  directory.write("runs/" + name(1) + "/results.old.csv", "text");
  expect_stays(1, "results.old.csv");
  fs::remove(path(1) / "results.old.csv");
  directory.write("runs/" + name(1) + "/deeper/file", "text");
  expect_stays(1, "deeper");
  fs::remove_all(path(1) / "deeper");
  // In the place of a file of the run.
  directory.write("precious", "text");
  fs::remove(path(1) / "report.html");
  fs::remove(path(1) / "audit.jsonl");
  fs::create_symlink(directory / "precious", path(1) / "audit.jsonl");
  expect_stays(1, "audit.jsonl");
  fs::remove(path(1) / "audit.jsonl");
  EXPECT_THAT(names(remove({1, {}})), ElementsAre(name(1)));
  EXPECT_TRUE(fs::exists(directory / "precious"));
}

TEST_F(OldRuns, StayWhileAProcessWorksOnThem) {
  fs::create_directory(series.folder);
  add_nights(2);
  {
    auto lock = lock_file(path(1) / ".lock", false, "test", OnOverlap::fail, {});
    ASSERT_TRUE(lock && *lock);
    expect_stays(1, "works on it");
  }
  // So does that of this start.
  EXPECT_THAT(names(remove({1, {}}, false, path(1))), IsEmpty());
  EXPECT_THAT(names(remove({1, {}})), ElementsAre(name(1)));
}

// Killed after any number of its files: half a run is never listed as one, and the next removal makes an end of it.
TEST_F(OldRuns, OfAKilledRemovalGoNextTime) {
  fs::create_directory(series.folder);
  add(1, night(1));
  const std::size_t files = [&] {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(path(1))) ++count;
    return count;
  }();
  ASSERT_GT(files, 6u);
  add(9, night(9));
  for (std::size_t gone = 0; gone <= files; ++gone) {
    if (!fs::exists(path(1))) add(1, night(1));
    // As the removal goes: the manifest before the journal, and that the last.
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(path(1)))
      names.push_back(entry.path().filename().string());
    const auto rank = [](const std::string& name) {
      return name == "journal.jsonl" ? 2 : name == "manifest.json" ? 1 : 0;
    };
    std::sort(names.begin(), names.end(),
              [&](const auto& a, const auto& b) { return std::pair(rank(a), a) < std::pair(rank(b), b); });
    const fs::path half = series.folder / removed_name(name(1));
    fs::rename(path(1), half);
    for (std::size_t i = 0; i < gone; ++i) fs::remove(half / names[i]);
    const auto runs = runs_of_job(series, "id");
    ASSERT_TRUE(runs);
    ASSERT_THAT(*runs, SizeIs(1)) << gone;
    const Removal removal = remove({5, {}});
    EXPECT_THAT(removal.left, IsEmpty()) << gone << ": " << removal.left[0].why;
    EXPECT_EQ(there(), std::set<std::string>{name(9)}) << gone;
  }
}

TEST_F(OldRuns, ThatCannotBeRemovedAreNamed) {
  fs::create_directory(series.folder);
  add_nights(3);
  directory.write("runs/" + removed_name(name(1)) + "/letter", "text");  // in the way
  const Removal removal = remove({1, {}});
  ASSERT_THAT(removal.left, SizeIs(1));
  EXPECT_EQ(removal.left[0].directory, path(1));
  EXPECT_TRUE(removal.left[0].failed);
  EXPECT_THAT(names(removal), ElementsAre(name(2)));  // it does not keep the others
  EXPECT_TRUE(fs::exists(path(1) / "journal.jsonl"));
}

// Against the sentence of the documentation, over random histories.
TEST_F(OldRuns, AreThoseBeyondWhatIsKept) {
  random.seed(test_seed());
  for (int round = 0; round < 300; ++round) {
    std::vector<JobRun> runs(random() % 12);
    for (std::size_t i = 0; i < runs.size(); ++i) {
      runs[i].began_at = fmt::format("2026-01-{:02}T02:00:00.000Z", i + 1);
      if (random() % 4 == 0) continue;
      runs[i].report.emplace().status = random() % 3 == 0 ? "partial" : "complete";
    }
    Retention retention;
    if (random() % 2 == 0) retention.runs = 1 + random() % 5;
    if (random() % 2 == 0) retention.days = 8 + random() % 12;
    std::vector<std::size_t> expected;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      if (!runs[i].complete() || retention.empty()) continue;
      std::size_t newer = 0;
      for (std::size_t j = i + 1; j < runs.size(); ++j) newer += runs[j].complete() ? 1 : 0;
      const double age_days = 20 - static_cast<double>(i + 1) + 10.0 / 24;
      const bool by_count = !retention.runs || newer >= *retention.runs;
      const bool by_age = !retention.days || age_days > static_cast<double>(*retention.days);
      if (newer > 0 && by_count && by_age) expected.push_back(i);
    }
    EXPECT_EQ(runs_beyond(runs, retention, kNow), expected) << "round " << round;
  }
}

}  // namespace
}  // namespace firmquery
