// What a run leaves, read back in typed form: by tests of the files a run writes, and of what was altered since.
#include "firmquery/output/run_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using test::TempDir;
using testing::ElementsAre;
using testing::HasSubstr;

class RunReaderTest : public testing::Test {
 protected:
  void SetUp() override {
    report_.run_id = "20260101T000000Z-0a1b2c";
    report_.status = "partial";
    report_.key = "id";
    report_.id_type = "int";
    dir_.write("results.csv", "id,\"na\nme\",note\n1,\"a,\"\"b\"\"\n\",\n2,,\"\"\n");
    dir_.write("missing.csv", "id\n3\n10\n");
    dir_.write("unresolved.csv", "id\n20\n");
    dir_.write("rejected.csv", "line,raw,reason\n4,\"x,\ny\",not_an_integer\n");
    dir_.write("duplicates.csv", "line,id,first_line\n5,1,2\n");
    set_header("id,\"na\nme\",note\n");
    seal();
  }
  void set_header(const std::string& header) {
    std::filesystem::remove(dir_ / "journal.jsonl");
    auto journal = Journal::open(dir_.path());
    ASSERT_TRUE(journal &&
                journal->job({"2026-01-01T00:00:00.000Z", report_.run_id, "id", "select", "ids.csv", {}}));
    ASSERT_TRUE(journal->list({4, {}, "", header, {{0, 4}}, ""}));
  }
  void seal() { dir_.write("report.json", to_json(report_)); }

  RunReader reader() {
    auto opened = RunReader::open(dir_.path());
    if (!opened) throw std::runtime_error(opened.error().to_string());
    return *std::move(opened);
  }

  static std::vector<std::string> all(Result<IdReader> ids) {
    std::vector<std::string> found;
    if (!ids) return {ids.error().message};
    for (std::string_view id;;) {
      const auto more = ids->next(id);
      if (!more) found.push_back(more.error().message);
      if (!more || !*more) return found;
      found.emplace_back(id);
    }
  }

  TempDir dir_;
  Report report_;
};

TEST_F(RunReaderTest, GivesTheRowsWithTheirFieldsAndAsTheyCame) {
  const auto rows = reader().results();
  ASSERT_TRUE(rows) << rows.error().to_string();
  EXPECT_THAT((*rows)->columns(), ElementsAre("id", "na\nme", "note"));
  std::vector<std::string> fields, records;
  while ((*rows)->next().value()) {
    records.emplace_back((*rows)->csv());
    ASSERT_TRUE((*rows)->each_field([&](std::string_view value, bool is_null) {
      fields.push_back(is_null ? "NULL" : std::string(value));
    }));
  }
  EXPECT_THAT(fields, ElementsAre("1", "a,\"b\"\n", "NULL", "2", "NULL", ""));
  EXPECT_THAT(records, ElementsAre("1,\"a,\"\"b\"\"\n\",\n", "2,,\"\"\n"));
}

TEST_F(RunReaderTest, UndoesWhatMakesAFileSafeForSpreadsheets) {
  report_.spreadsheet_safe = true;
  seal();
  set_header("=id,name\n");
  dir_.write("results.csv", "'=id,name\n1,'=1+1\n-2,\"'@a,b\"\n3,''quoted\n");
  const auto rows = reader().results();
  ASSERT_TRUE(rows);
  EXPECT_THAT((*rows)->columns(), ElementsAre("=id", "name"));
  std::vector<std::string> records;
  while ((*rows)->next().value()) records.emplace_back((*rows)->csv());
  EXPECT_THAT(records, ElementsAre("1,=1+1\n", "-2,\"@a,b\"\n", "3,'quoted\n"));
}

TEST_F(RunReaderTest, GivesTheListsInTypedForm) {
  const RunReader run = reader();
  EXPECT_THAT(all(run.missing()), ElementsAre("3", "10"));
  EXPECT_THAT(all(run.unresolved()), ElementsAre("20"));
  auto rejected = run.rejected();
  ASSERT_TRUE(rejected);
  RejectedLine line;
  ASSERT_TRUE(rejected->next(line).value());
  EXPECT_EQ(line.line, 4u);
  EXPECT_EQ(line.raw, "x,\ny");
  EXPECT_EQ(line.reason, "not_an_integer");
  EXPECT_FALSE(rejected->next(line).value());
  auto duplicates = run.duplicates();
  ASSERT_TRUE(duplicates);
  DuplicateLine repeat;
  ASSERT_TRUE(duplicates->next(repeat).value());
  EXPECT_EQ(repeat.line, 5u);
  EXPECT_EQ(repeat.id, "1");
  EXPECT_EQ(repeat.first_line, 2u);
}

TEST_F(RunReaderTest, FurtherColumnsOfMissingIdsAreLeftToWhoWantsThem) {
  dir_.write("missing.csv", "id,first_missing\n3,2026-01-01\n10,2026-01-02\n");
  EXPECT_THAT(all(reader().missing()), ElementsAre("3", "10"));
}

TEST_F(RunReaderTest, GivesThePlacesOfRejects) {
  dir_.write("rejected.csv",
             "line,raw,reason,column,byte_offset,cell\n"
             "4,x,not_an_integer,\"firm, id\",31,\n"
             "17,1.2E+19,scientific,B,,\"'My, sheet'!B17\"\n"
             "18,y,not_an_integer,,,\n");
  auto rejected = reader().rejected();
  ASSERT_TRUE(rejected) << rejected.error().to_string();
  RejectedLine line;
  ASSERT_TRUE(rejected->next(line).value());
  EXPECT_EQ(line.column, "firm, id");
  EXPECT_EQ(line.offset, 31u);
  EXPECT_EQ(line.cell, "");
  ASSERT_TRUE(rejected->next(line).value());
  EXPECT_EQ(line.line, 17u);
  EXPECT_EQ(line.offset, std::nullopt);
  EXPECT_EQ(line.cell, "'My, sheet'!B17");
  ASSERT_TRUE(rejected->next(line).value());
  EXPECT_EQ(line.column, "");
  EXPECT_FALSE(rejected->next(line).value());
  // An earlier version wrote three columns; others are no file of ours.
  dir_.write("rejected.csv", "line,raw,reason\n4,x,null\n");
  auto earlier = reader().rejected();
  ASSERT_TRUE(earlier && earlier->next(line).value());
  dir_.write("rejected.csv", "line,raw,reason,row\n");
  EXPECT_EQ(reader().rejected().error().message, "column 4 is row, not column");
  dir_.write("rejected.csv", "line,raw,reason,column,byte_offset,cell\n4,x,null,a,b,\n");
  EXPECT_EQ(reader().rejected()->next(line).error().message, "record 1: b is not a byte offset");
}

TEST_F(RunReaderTest, SaysWhatIsWrongWithAFile) {
  const auto missing = [&](const std::string& text) {
    dir_.write("missing.csv", text);
    return all(reader().missing()).back();
  };
  EXPECT_EQ(missing(""), "the file is empty, without even a header");
  EXPECT_EQ(missing("key\n1\n"), "column 1 is key, not id");
  EXPECT_EQ(missing("id\n10\n3\n"), "record 2 (3) does not come after 10");
  EXPECT_EQ(missing("id\n03\n"), "record 1 (03) is not a canonical ID of type int");
  EXPECT_EQ(missing("id\n3,4\n"), "record 1 does not have the 1 fields of the header");
  EXPECT_EQ(missing("id\n3"), "the last record has no line end");
  dir_.write("rejected.csv", "line,raw,reason\nfour,x,not_an_integer\n");
  RejectedLine line;
  auto rejected = reader().rejected();
  EXPECT_EQ(rejected->next(line).error().message, "record 1: four is not a line number");
}

TEST_F(RunReaderTest, RefusesWhatIsNoRun) {
  const TempDir empty;
  EXPECT_EQ(RunReader::open(empty.path()).error().kind, ErrorKind::usage);
  dir_.write("report.json", "{}");
  EXPECT_EQ(RunReader::open(dir_.path()).error().place, (dir_ / "report.json").string());
}

TEST(ResultFormats, AFileNameHasTheFormatThatWritesIt) {
  for (const ResultFormat& format : result_formats()) {
    EXPECT_EQ(find_result_format(format.name), &format);
    for (const Compression compression : {Compression::none, Compression::gzip, Compression::zstd}) {
      if (result_file(format, compression).compression != compression) continue;
      const std::string name = ResultFile{&format, compression}.name();
      EXPECT_EQ(result_file_of(name).format, &format) << name;
      EXPECT_EQ(result_file_of(name).compression, compression) << name;
      const ArtifactEntry* entry = find_artifact(name);
      ASSERT_NE(entry, nullptr);
      EXPECT_EQ(entry->artifact, Artifact::results);
    }
  }
  EXPECT_EQ(result_file_of("results").format, nullptr);
  EXPECT_EQ(find_artifact("results"), nullptr);
  EXPECT_EQ(find_artifact("results."), nullptr);
}

TEST(Artifacts, PartsAndTemporaryFilesAreToldFromOthers) {
  EXPECT_EQ(part_path("run", 3).filename().string(), ".results.csv.3.part");
  EXPECT_TRUE(is_part_name(".results.csv.12.part"));
  EXPECT_TRUE(is_temporary_name(".missing.csv.part"));
  for (const char* name :
       {".results.csv.part", ".results.csv..part", ".results.csv.x.part", "results.csv.1.part"})
    EXPECT_FALSE(is_part_name(name)) << name;
  for (const ArtifactEntry& entry : artifacts()) EXPECT_EQ(&entry_of(entry.artifact), &entry);
}

}  // namespace
}  // namespace firmquery
