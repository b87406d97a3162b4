#include "firmquery/history/run_index.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "firmquery/history/job_history.hpp"
#include "support/made_run.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using namespace test;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RunIndex : public ::testing::Test {
 protected:
  static IndexedStart start_of(int night, const std::string& status, int exit_code) {
    IndexedStart start;
    start.began_at = "2026-01-0" + std::to_string(night) + "T02:00:00.000Z";
    start.ended_at = "2026-01-0" + std::to_string(night) + "T02:01:00.000Z";
    start.status = status;
    start.exit_code = exit_code;
    return start;
  }
  static IndexedStart run_of(int night, int exit_code) {
    IndexedStart start = start_of(night, "complete", exit_code);
    start.run_id = "id" + std::to_string(night);
    start.directory = "firms_" + std::to_string(night);
    start.figures = IndexedStart::Figures{start.began_at, {"exported snapshot", "1-2"}, 10, 7, 3, 0, 8, 1.5};
    return start;
  }
  void add(const IndexedStart& start) {
    const auto added = add_to_index(series, "id", start);
    ASSERT_TRUE(added) << added.error().to_string();
  }
  std::vector<IndexedStart> starts() const {
    auto read = read_index(series, "id");
    EXPECT_TRUE(read) << read.error().to_string();
    return read.value_or(std::vector<IndexedStart>());
  }
  std::filesystem::path file() const { return directory / "history.jsonl"; }

  TempDir directory;
  RunSeries series{directory.path(), "/etc/firm query/nightly.yaml", "firms_{timestamp}"};
};

TEST_F(RunIndex, ComesBackAsItWasWritten) {
  EXPECT_THAT(starts(), IsEmpty());
  add(run_of(1, 0));
  IndexedStart second = start_of(2, "skipped", 7);
  second.job = "caf\xC3\xA9 \"nightly\"\n";
  second.seconds = 0.25;
  add(second);
  const auto read = starts();
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].run_id, "id1");
  EXPECT_EQ(read[0].directory, "firms_1");
  EXPECT_EQ(read[0].exit_code, 0);
  ASSERT_TRUE(read[0].figures);
  EXPECT_EQ(read[0].figures->read_at, "2026-01-01T02:00:00.000Z");
  EXPECT_EQ(read[0].figures->snapshot.value, "1-2");
  EXPECT_EQ(read[0].figures->unique, 10u);
  EXPECT_EQ(read[0].figures->found, 7u);
  EXPECT_EQ(read[0].figures->missing, 3u);
  EXPECT_EQ(read[0].figures->rows, 8u);
  EXPECT_EQ(read[0].figures->total_s, 1.5);
  EXPECT_EQ(read[1].status, "skipped");
  EXPECT_EQ(read[1].exit_code, 7);
  EXPECT_EQ(read[1].job, second.job);
  EXPECT_EQ(read[1].seconds, 0.25);
  EXPECT_FALSE(read[1].figures);
}

TEST_F(RunIndex, HasTheStartsOfItsSeriesAlone) {
  add(run_of(1, 0));
  for (const RunSeries& other : {RunSeries{series.folder, "/etc/other.yaml", series.pattern},
                                 RunSeries{series.folder, series.job_file, "other"}})
    ASSERT_TRUE(add_to_index(other, "id", run_of(2, 0)));
  ASSERT_TRUE(add_to_index(series, "other", run_of(3, 0)));
  ASSERT_EQ(starts().size(), 1u);
  EXPECT_EQ(starts()[0].run_id, "id1");
  // A name that is no text.
  series.job_file = "/etc/\xFF.yaml";
  add(run_of(4, 0));
  ASSERT_EQ(starts().size(), 1u);
}

TEST_F(RunIndex, PassesOverWhatIsNotItsOwn) {
  add(run_of(1, 0));
  const std::string whole = read_text(file());
  std::string wrong = whole;
  wrong.replace(wrong.find("\"exit\":0"), 8, "\"exit\":[]");
  std::string later = whole;
  later.replace(later.find("\"schema\":1"), 10, "\"schema\":2");
  for (const std::string& foreign :
       {std::string("text\n"), std::string("\n\n"), std::string("[1]\n{}\n"), std::string("\xFF\0\n", 3),
        wrong, later, std::string("{\"schema\":1,\"event\":\"start\"\n"), std::string(70'000, '[') + "\n"}) {
    directory.write("history.jsonl", foreign);
    EXPECT_THAT(starts(), IsEmpty()) << foreign.substr(0, 100);
    add(run_of(2, 0));
    ASSERT_EQ(starts().size(), 1u);
    EXPECT_EQ(starts()[0].run_id, "id2");
  }
}

// Wherever a crash has cut the last line, that line alone is lost, and nothing that comes after it.
TEST_F(RunIndex, LosesNoMoreThanTheLineThatACrashHasCut) {
  add(run_of(1, 0));
  const std::string first = read_text(file());
  add(run_of(2, 0));
  const std::string both = read_text(file());
  for (std::size_t size = first.size(); size < both.size(); ++size) {
    directory.write("history.jsonl", both.substr(0, size));
    ASSERT_EQ(starts().size(), 1u) << size;
    add(run_of(3, 0));
    const auto read = starts();
    // Without its line feed alone the second is whole, once that is there.
    ASSERT_EQ(read.size(), size + 1 == both.size() ? 3u : 2u) << size;
    EXPECT_EQ(read.back().run_id, "id3");
  }
}

TEST_F(RunIndex, TakesLinesOfSeveralProcessesAtOnce) {
  constexpr int kProcesses = 4, kLines = 30;
  for (int process = 0; process < kProcesses; ++process) {
    if (::fork() != 0) continue;
    bool added = true;
    for (int n = 0; n < kLines; ++n) added &= add_to_index(series, "id", run_of(process, n)).has_value();
    ::_exit(added ? 0 : 1);
  }
  for (int process = 0; process < kProcesses; ++process) {
    int status = 0;
    ::wait(&status);
    EXPECT_EQ(status, 0);
  }
  std::map<std::string, int> next;
  for (const IndexedStart& start : starts()) EXPECT_EQ(start.exit_code, next[start.run_id]++);
  EXPECT_EQ(next.size(), static_cast<std::size_t>(kProcesses));
  for (const auto& [run, count] : next) EXPECT_EQ(count, kLines) << run;
}

TEST_F(RunIndex, RemembersWhatWasRemoved) {
  add(run_of(1, 1));
  IndexedStart removed = run_of(1, 0);
  removed.exit_code.reset();
  removed.removed_at = "2026-02-01T00:00:00.000Z";
  ASSERT_TRUE(note_removed(series, "id", removed));
  IndexedStart unknown = run_of(2, 0);
  unknown.exit_code.reset();
  unknown.removed_at = "2026-02-01T00:00:00.000Z";
  ASSERT_TRUE(note_removed(series, "id", unknown));  // its start has left no line
  const auto read = starts();
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].exit_code, 1);
  EXPECT_EQ(read[0].removed_at, removed.removed_at);
  EXPECT_EQ(read[1].run_id, "id2");
  EXPECT_FALSE(read[1].exit_code);
  EXPECT_EQ(read[1].figures->missing, 3u);
}

TEST_F(RunIndex, AddsToTheDirectoriesWhatTheseCannotSay) {
  Random random(1);
  MadeRun made;
  made.job_file = series.job_file;
  made.pattern = series.pattern;
  made.run_id = "id3";
  made.read_at = "2026-01-03T02:00:00.500Z";
  made.missing = {"1"};
  write_run(directory / "firms_3", made, random);
  add(start_of(1, "refused", 2));
  IndexedStart half = run_of(2, 130);
  half.status = "interrupted";
  add(half);
  add(run_of(2, 0));  // gone on with, and then removed by hand
  IndexedStart third = run_of(3, 4);
  add(third);
  third.exit_code = 1;
  add(third);
  IndexedStart same_name = run_of(1, 0);  // an earlier run in a directory of that name
  same_name.directory = "firms_3";
  add(same_name);
  auto runs = runs_of_job(series, "id");
  ASSERT_TRUE(runs);
  add_index(*runs, starts());
  std::vector<std::string> lines;
  for (const JobRun& run : *runs) {
    lines.push_back(std::string(run.read_at()) + " " + std::string(run.status()) + " " +
                    std::to_string(run.exit_code.value_or(-1)) + (run.removed() ? " removed" : "") +
                    (run.complete() ? " there" : ""));
  }
  EXPECT_THAT(lines,
              ElementsAre("2026-01-01T02:00:00.000Z refused 2", "2026-01-01T02:00:00.000Z complete 0 removed",
                          "2026-01-02T02:00:00.000Z complete 0 removed",
                          "2026-01-03T02:00:00.500Z complete 1 there"));
  // Without an index everything that the directories say is still there.
  std::filesystem::remove(file());
  runs = runs_of_job(series, "id");
  add_index(*runs, starts());
  ASSERT_EQ(runs->size(), 1u);
  EXPECT_FALSE((*runs)[0].exit_code);
}

}  // namespace
}  // namespace firmquery
