#include "firmquery/output/journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firmquery/output/files.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using ::testing::HasSubstr;

void write_run(const std::filesystem::path& directory) {
  auto journal = Journal::open(directory);
  ASSERT_TRUE(journal);
  ASSERT_TRUE(
      journal->job({"2026-01-01T00:00:00.000Z", "run-1", "id", "select \"x\"\n", "-", {{"ids", "-"}}}));
  ASSERT_TRUE(
      journal->list({10, Digest::of("a"), "cluster/db", "id,n\n", {{0, 5}, {5, 10}}, "time zone UTC"}));
  ASSERT_TRUE(journal->reading({"2026-01-01T00:00:01.000Z", "array", {"none", ""}}));
  ASSERT_TRUE(journal->unit({1, {5, 7}, 100, 2, 3, 2, Digest::of("b"), Digest::of("c")}));
}

TEST(Journal, ReadsWhatItWrote) {
  const test::TempDir dir;
  write_run(dir.path());
  const auto state = read_journal(dir.path());
  ASSERT_TRUE(state) << state.error().to_string();
  EXPECT_EQ(state->job.run_id, "run-1");
  EXPECT_EQ(state->job.sql, "select \"x\"\n");
  EXPECT_EQ(state->job.options, (std::vector<std::pair<std::string, std::string>>{{"ids", "-"}}));
  ASSERT_TRUE(state->list);
  EXPECT_EQ(state->list->shares, (std::vector<Slice>{{0, 5}, {5, 10}}));
  EXPECT_EQ(state->list->digest, Digest::of("a"));
  EXPECT_EQ(state->list->csv_header, "id,n\n");
  EXPECT_EQ(state->list->session, "time zone UTC");
  ASSERT_EQ(state->readings.size(), 1u);
  EXPECT_EQ(state->readings[0].strategy, "array");
  ASSERT_EQ(state->units.size(), 1u);
  EXPECT_EQ(state->units[0].slice, (Slice{5, 7}));
  EXPECT_EQ(state->units[0].part_offset, 100u);
  EXPECT_EQ(state->units[0].bytes_digest, Digest::of("c"));
  EXPECT_FALSE(state->all_read);
}

TEST(Journal, KeepsTheSecondProofOfEachReading) {
  const test::TempDir dir;
  write_run(dir.path());
  RecheckReport recheck;
  recheck.strategy = "array";
  recheck.snapshot = {"exported snapshot", "00000003-1"};
  recheck.missing = {57, 50, 1};
  recheck.found = {943, 100, 0};
  recheck.statements = 3;
  recheck.seconds = 0.25;
  recheck.skipped = "7 of 157 IDs were not asked for again: \"why\"";
  recheck.examples = {"17 was missing, and has a row"};
  {
    auto journal = Journal::open(dir.path());
    ASSERT_TRUE(journal);
    ASSERT_TRUE(journal->recheck(recheck));
    ASSERT_TRUE(journal->all_read());
  }
  const auto state = read_journal(dir.path());
  ASSERT_TRUE(state) << state.error().to_string();
  ASSERT_EQ(state->rechecks.size(), 1u);
  EXPECT_EQ(recheck_to_json(state->rechecks[0]), recheck_to_json(recheck));
  EXPECT_TRUE(state->all_read);
  EXPECT_EQ(state->units[0].reading, 1u);

  const std::string text = *read_file(dir / "journal.jsonl");
  const auto damaged = [&](const std::string& from, const std::string& to) {
    std::string other = text;
    other.replace(other.find(from), from.size(), to);
    const auto read = parse_journal(other, "j");
    return read ? "" : read.error().message;
  };
  EXPECT_THAT(damaged("\"wrong\":1", "\"wrong\":-1"), HasSubstr("missing.wrong"));
  EXPECT_THAT(damaged("\"recheck\":{", "\"rechecked\":{"), HasSubstr("\"recheck\" is missing"));
  EXPECT_THAT(damaged("\"recheck\":{", "\"recheck\":[],\"x\":{"), HasSubstr("not a JSON object"));
}

TEST(Journal, ATornLastLineIsNoLine) {
  const test::TempDir dir;
  write_run(dir.path());
  const std::string text = *read_file(dir / "journal.jsonl");
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto state = parse_journal(std::string_view(text).substr(0, size), "j");
    EXPECT_TRUE(state) << size << ": " << state.error().to_string();
  }
}

TEST(Journal, NamesTheDamagedLine) {
  const test::TempDir dir;
  write_run(dir.path());
  const std::string text = *read_file(dir / "journal.jsonl");
  const auto expect = [](const std::string& damaged, const char* place, const char* what) {
    const auto state = parse_journal(damaged, "j");
    ASSERT_FALSE(state) << damaged;
    EXPECT_EQ(state.error().kind, ErrorKind::integrity);
    EXPECT_EQ(state.error().place, place);
    EXPECT_THAT(state.error().message, HasSubstr(what));
  };
  expect(text + "x\n", "j:5", "not a JSON object");
  expect(text + "{}\n", "j:5", "\"event\" is missing");
  expect(text.substr(text.find('\n') + 1), "j:1", "does not begin with its job");
  expect(text + R"({"event":"unit","share":2,"begin":5,"end":7})"
                "\n",
         "j:5", "no share 2");
  expect(text + R"({"event":"unit","share":0,"begin":4,"end":6})"
                "\n",
         "j:5", "not within its share");
  expect(text + R"({"event":"read"})"
                "\n"
                R"({"event":"read"})"
                "\n",
         "j:6", "follows the end");
}

TEST(Journal, KeepsTextThatIsNotUtf8) {
  const test::TempDir dir;
  const std::string every_byte = [] {
    std::string text;
    for (int byte = 1; byte < 256; ++byte) text += static_cast<char>(byte);
    return text;
  }();
  auto journal = Journal::open(dir.path());
  ASSERT_TRUE(journal &&
              journal->job({"at", "run-1", "k", "select '\xFF'", every_byte, {{"ids", every_byte}}}));
  const auto state = read_journal(dir.path());
  ASSERT_TRUE(state) << state.error().to_string();
  EXPECT_EQ(state->job.ids_path, every_byte);
  EXPECT_EQ(state->job.sql, "select '\xFF'");
  EXPECT_EQ(state->job.options[0].second, every_byte);
}

TEST(Journal, RefusesAnInstantThatIsNoNumber) {
  const test::TempDir dir;
  write_run(dir.path());
  auto journal = Journal::open(dir.path());
  ASSERT_TRUE(journal && journal->reading({"at", "array", {kSystemTime, "1700000000000000000.0000000001"}}));
  ASSERT_TRUE(read_journal(dir.path()));
  ASSERT_TRUE(journal->reading({"at", "array", {kSystemTime, "1; drop table t"}}));
  EXPECT_THAT(read_journal(dir.path()).error().message, HasSubstr("not a decimal number"));
}

TEST(Journal, IsOfTheSchemaOfThisVersion) {
  const auto state = parse_journal(R"({"schema":2,"event":"job"})"
                                   "\n",
                                   "j");
  ASSERT_FALSE(state);
  EXPECT_THAT(state.error().message, HasSubstr("schema 2, not 3: resume with the version that wrote it"));
}

TEST(Journal, EachStartIsKnownByItsLines) {
  const test::TempDir dir;
  write_run(dir.path());
  auto journal = Journal::open(dir.path());
  ASSERT_TRUE(journal && journal->start("2026-01-01T01:00:00.000Z"));
  StartReport second{"", "interrupted", 0, 0, 2, 3, {7, 1.5, 0.5, 1.0}, {9000, 12, 3}, {1, 2, 3, 4, 10.5}};
  ASSERT_TRUE(journal->unit({0, {0, 5}, 50, 4, 6, 5, Digest::of("c"), Digest::of("d")}));
  ASSERT_TRUE(journal->all_read());
  ASSERT_TRUE(journal->end(second));
  ASSERT_TRUE(journal->start("2026-01-01T02:00:00.000Z")) << "the export alone can be left";
  std::string text = *read_file(dir / "journal.jsonl");
  const auto state = parse_journal(text, "j");
  ASSERT_TRUE(state) << state.error().to_string();
  ASSERT_EQ(state->starts.size(), 3u);
  EXPECT_EQ(state->starts[0].status, "killed");
  EXPECT_EQ(state->starts[0].started_at, "2026-01-01T00:00:00.000Z");
  EXPECT_EQ(state->starts[0].ranges, 2u);
  EXPECT_EQ(state->starts[0].rows, 3u);
  EXPECT_GT(state->starts[0].timing.total_s, 0);
  EXPECT_EQ(state->starts[1].status, "interrupted");
  EXPECT_EQ(state->starts[1].ranges, 4u);
  EXPECT_EQ(state->starts[1].retries, 3u);
  EXPECT_EQ(state->starts[1].statements.longest_s, 1.5);
  EXPECT_EQ(state->starts[1].timing.total_s, 10.5);
  EXPECT_EQ(state->starts[2].status, "killed");

  Report report;
  report.starts = state->starts;
  sum_up_starts(report);
  EXPECT_EQ(report.retries, 3u);
  EXPECT_EQ(report.ranges.retried, 2u);
  EXPECT_EQ(report.statements.count, 7u);
  EXPECT_EQ(report.statements.p95_s, 0) << "of the last start";
  EXPECT_GT(report.timing.total_s, 10.5);
}

TEST(Journal, AStartSaysWhatTookLongAndWhatWasTriedAgain) {
  const test::TempDir dir;
  write_run(dir.path());
  auto journal = Journal::open(dir.path());
  StartReport start;
  start.status = "interrupted";
  start.slowest = {{"2026-01-01T00:00:00.000Z", 2, 10, 260, 251, 12.5, false}};
  start.retried_for = {{"40001", "transient", 3, "not UTF-8: \xff"}};
  ASSERT_TRUE(journal &&
              journal->unit({0, {0, 5}, 50, 4, 6, 5, Digest::of("c"), Digest::of("d"), 0, 7.25, 3.5}));
  ASSERT_TRUE(journal->end(start));
  std::string text = *read_file(dir / "journal.jsonl");
  const auto state = parse_journal(text, "j");
  ASSERT_TRUE(state) << state.error().to_string();
  EXPECT_EQ(state->units.back().seconds, 7.25);
  EXPECT_EQ(state->units.back().longest_s, 3.5);
  const StartReport& read = state->starts.back();
  ASSERT_EQ(read.slowest.size(), 1u);
  EXPECT_EQ(read.slowest[0].end, 260u);
  EXPECT_EQ(read.slowest[0].seconds, 12.5);
  EXPECT_FALSE(read.slowest[0].finished);
  ASSERT_EQ(read.retried_for.size(), 1u);
  EXPECT_EQ(read.retried_for[0].message, "not UTF-8: \xff");
  EXPECT_EQ(read.retried_for[0].count, 3u);

  // Journals of this schema that were written before it was noted.
  for (const char* later : {",\"seconds\":7.25,\"longest_s\":3.5"})
    text.erase(text.find(later), std::string(later).size());
  const std::size_t slowest = text.find(",\"slowest\"");
  text.erase(slowest, text.find('\n', slowest) - slowest - 1);
  const auto older = parse_journal(text, "j");
  ASSERT_TRUE(older) << older.error().to_string();
  EXPECT_EQ(older->units.back().seconds, 0);
  EXPECT_TRUE(older->starts.back().slowest.empty());
}

TEST(Journal, ADirectoryWithoutOneIsNoRun) {
  const test::TempDir dir;
  const auto state = read_journal(dir.path());
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().kind, ErrorKind::usage);
}

}  // namespace
}  // namespace firmquery
