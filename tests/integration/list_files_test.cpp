// Lists that are compressed or sheets of workbooks, end to end: the run, its end and its resumption, and what `verify`
// says of it.
#include <gmock/gmock.h>

#include "firmquery/output/compression.hpp"
#include "firmquery/output/run_reader.hpp"
#include "integration/run_case.hpp"
#include "support/process.hpp"
#include "support/zip_file.hpp"

namespace firmquery::test {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

constexpr const char* kQuery = "select id as firm_root_id, name from firm where id in ({ID_PLACEHOLDER})";
constexpr int kIds = 60'000;

struct Bytes : ByteSink {
  Result<void> write(std::string_view more) override {
    bytes += more;
    return {};
  }
  std::string bytes;
};

std::string compressed(std::string_view text, Compression compression) {
  Bytes out;
  auto sink = compress_into(out, compression);
  EXPECT_TRUE(sink && (*sink)->write(text) && (*sink)->finish());
  return out.bytes;
}

class ListFiles : public testing::TestWithParam<const char*> {
 protected:
  static PostgresServer& server() {
    static PostgresServer shared;
    static const bool filled = [] {
      shared.execute(
          "create table firm (id bigint primary key, name text);"
          "insert into firm select n * 2, 'Firm ' || n from generate_series(1, 30000) n; analyze firm");
      return true;
    }();
    (void)filled;
    return shared;
  }

  // 1 to kIds, a repeat of 7 and a reject, under a header.
  fs::path list() const {
    const std::string kind = GetParam();
    const fs::path path = directory_ / ("list." + kind);
    if (kind == "xlsx") {
      std::string rows =
          "<row><c t=\"inlineStr\"><is><t>name</t></is></c><c "
          "t=\"inlineStr\"><is><t>firm_root_id</t></is></c></row>";
      const auto row = [&](const std::string& cell) {
        rows += "<row><c><v>0</v></c><c" + cell + "</c></row>";
      };
      for (int i = 1; i <= kIds; ++i) row("><v>" + std::to_string(i) + "</v>");
      row("><v>7</v>");
      row("><v>1.23E+19</v>");
      write_zip(path, workbook_parts({{"Notes", "<row><c><v>1</v></c></row>"}, {"List", rows}}));
      return path;
    }
    std::string text = "name,firm_root_id\n";
    for (int i = 1; i <= kIds; ++i) text += "0," + std::to_string(i) + "\n";
    text += "0,7\n0,1.23E+19\n";
    directory_.write(path.filename().string(),
                     compressed(text, kind == "gz" ? Compression::gzip : Compression::zstd));
    return path;
  }

  std::vector<std::string> arguments(const std::string& ids, const fs::path& out) const {
    std::vector<std::string> given = {"run",   "--ids",        ids,     "--sql",      kQuery,
                                      "--dsn", server().dsn(), "--out", out.string(), "--quiet"};
    if (std::string(GetParam()) == "xlsx") given.insert(given.end(), {"--sheet", "list"});
    return given;
  }

  static void expect_whole(const fs::path& out) {
    const auto run = RunReader::open(out);
    ASSERT_TRUE(run) << run.error().to_string();
    const Report& report = run->report();
    EXPECT_EQ(report.status, "complete");
    EXPECT_EQ(report.input.unique, static_cast<std::uint64_t>(kIds));
    EXPECT_EQ(report.input.header, 1u);
    EXPECT_EQ(report.input.duplicates, 1u);
    EXPECT_EQ(report.input.rejected, 1u);
    EXPECT_EQ(report.result.found, kIds / 2u);
    EXPECT_EQ(report.result.missing, kIds / 2u);
    const auto verification = verify_run(out);
    ASSERT_TRUE(verification) << verification.error().to_string();
    EXPECT_EQ(verification->failures, std::vector<std::string>{});
    auto rejected = run->rejected();
    ASSERT_TRUE(rejected) << rejected.error().to_string();
    RejectedLine line;
    ASSERT_TRUE(rejected->next(line).value_or(false));
    EXPECT_EQ(line.line, kIds + 3u);
    EXPECT_EQ(line.raw, "1.23E+19");
    EXPECT_EQ(line.column, "firm_root_id");
    const bool workbook = std::string(GetParam()) == "xlsx";
    EXPECT_EQ(line.cell, workbook ? "List!B60003" : "");
    EXPECT_EQ(line.offset.has_value(), !workbook);
  }

  // Reads slowly enough to be ended in the middle, and ends it.
  void begin_and_stop(std::vector<std::string> run, const std::string& input_file,
                      const fs::path& out) const {
    run.insert(run.end(), {"--pace", "8000", "--connections", "1", "--strategy", "array"});
    std::string command = "cat '" + input_file + "' | " FIRMQUERY_BINARY;
    for (const std::string& argument : run) command += " '" + argument + "'";
    command += " & pid=$!; for i in $(seq 400); do grep -qs '\"unit\"' '" + (out / "journal.jsonl").string() +
               "' && break; sleep 0.05; done; kill -9 $pid; wait $pid";
    (void)run_process("/bin/sh", {"-c", command});
  }

  TempDir directory_;
};
INSTANTIATE_TEST_SUITE_P(Each, ListFiles, testing::Values("gz", "zst", "xlsx"),
                         [](const auto& kind) { return std::string(kind.param); });

TEST_P(ListFiles, AreReadVerifiedAndCleaned) {
  const fs::path path = list();
  const auto ran = run_process(FIRMQUERY_BINARY, arguments(path.string(), directory_ / "out"));
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  expect_whole(directory_ / "out");
  std::vector<std::string> clean = {"clean", "--ids",   path.string(), "--id-type",
                                    "int",   "--quiet", "--column",    "firm_root_id"};
  std::vector<std::string> plan = {"plan", "--ids", path.string(), "--sql", kQuery, "--dsn", server().dsn()};
  for (auto* command : {&clean, &plan}) {
    if (std::string(GetParam()) == "xlsx") command->insert(command->end(), {"--sheet", "2"});
  }
  const auto cleaned = run_process(FIRMQUERY_BINARY, clean);
  EXPECT_EQ(cleaned.exit_code, 0) << cleaned.err;
  EXPECT_TRUE(cleaned.out == numbers(1, kIds)) << cleaned.out.substr(0, 200);
  const auto planned = run_process(FIRMQUERY_BINARY, plan);
  EXPECT_EQ(planned.exit_code, 0) << planned.err;
  plan[0] = "doctor";
  const auto examined = run_process(FIRMQUERY_BINARY, plan);
  EXPECT_EQ(examined.exit_code, 0) << examined.out;
  EXPECT_THAT(examined.out, HasSubstr("60000 unique IDs, 1 rejected, 1 duplicates"));
}

TEST_P(ListFiles, AreGoneOnWithAfterAKill) {
  const fs::path path = list();
  for (const bool piped : {false, true}) {
    SCOPED_TRACE(piped);
    const fs::path out = directory_ / (piped ? "piped" : "named");
    begin_and_stop(arguments(piped ? "-" : path.string(), out), path.string(), out);
    ASSERT_TRUE(fs::exists(out / "journal.jsonl"));
    ASSERT_FALSE(fs::exists(out / "manifest.json")) << "the run was not ended in the middle";
    const auto resumed =
        run_process(FIRMQUERY_BINARY, {"resume", out.string(), "--quiet", "--pace", "1000000"});
    ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
    expect_whole(out);
    EXPECT_EQ(RunReader::open(out)->report().starts.size(), 2u);
  }
}

// The list is known again by its IDs: a changed one is refused.
TEST_P(ListFiles, ThatHaveChangedAreNotGoneOnWith) {
  const fs::path path = list();
  const fs::path out = directory_ / "out";
  begin_and_stop(arguments(path.string(), out), path.string(), out);
  directory_.write(path.filename().string(), "1\n2\n3\n");
  const auto resumed = run_process(FIRMQUERY_BINARY, {"resume", out.string(), "--quiet"});
  EXPECT_EQ(resumed.exit_code, 2) << resumed.err;
}

}  // namespace
}  // namespace firmquery::test
