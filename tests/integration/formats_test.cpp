// One query, its rows in several formats at once: each holds the same rows, resumes, verifies, and can be read back.
#include <gmock/gmock.h>

#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/run_reader.hpp"
#include "integration/run_case.hpp"
#include "support/process.hpp"
#include "support/zip_file.hpp"

namespace firmquery::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

constexpr const char* kWrittenQuery =
    "select firm_root_id, name, weight, active, doc from firm where firm_root_id in ({ID_PLACEHOLDER})";

class Formats : public testing::Test {
 protected:
  static PostgresServer& server() {
    static PostgresServer shared;
    static const bool filled = [] {
      shared.execute(
          "create table firm (firm_root_id bigint primary key, name text, weight numeric, active bool, doc "
          "jsonb);"
          "insert into firm select n * 2, case n % 4 when 0 then null when 1 then '' when 2 then e'a, "
          "\"b\"\\n\\t' "
          "else '=1+' || n end, n / 7.0, n % 2 = 0, jsonb_build_object('n', n, 'list', array[n, null]) "
          "from generate_series(1, 30000) n; analyze firm");
      return true;
    }();
    (void)filled;
    return shared;
  }

  Job job(const std::string& ids = numbers(1, 60'000), const std::string& out = "out") const {
    Job job = make_job(directory_, server().dsn(), ids, kWrittenQuery, out);
    job.formats = {"csv", "tsv", "jsonl", "xlsx"};
    return job;
  }

  static Result<RunOutcome> outcome_of(const Job& job, std::stop_token stop = {}) {
    Progress progress;
    SilentLog log;
    return run_job(job, progress, log, std::move(stop));
  }

  static std::vector<std::string> names(const fs::path& directory) {
    std::vector<std::string> found;
    for (const ResultFile& file : RunReader::open(directory)->result_files()) found.push_back(file.name());
    return found;
  }

  // Each file gives the same rows back, byte for byte, and the run verifies.
  static void expect_same_rows(const fs::path& directory, std::size_t rows) {
    const auto verification = verify_run(directory);
    ASSERT_TRUE(verification) << verification.error().to_string();
    EXPECT_EQ(verification->failures, std::vector<std::string>{});
    const auto run = RunReader::open(directory);
    ASSERT_TRUE(run);
    std::optional<Digest> first;
    for (const ResultFile& file : run->result_files()) {
      const auto opened = run->results(file);
      ASSERT_TRUE(opened) << opened.error().to_string();
      Digest digest;
      std::size_t count = 0;
      for (; (*opened)->next().value(); ++count) digest += Digest::of((*opened)->csv());
      EXPECT_EQ(count, rows) << file.name();
      if (!first) first = digest;
      EXPECT_EQ(digest, *first) << file.name();
    }
    EXPECT_TRUE(first);
  }

  TempDir directory_;
};

TEST_F(Formats, HoldTheSameRows) {
  for (const bool safe : {false, true}) {
    for (const Compression compression : {Compression::none, Compression::gzip, Compression::zstd}) {
      Job wanted =
          job(numbers(1, 4000), "out" + std::to_string(safe) + std::string(extension_of(compression)));
      wanted.spreadsheet_safe = safe;
      wanted.compress = compression;
      const auto outcome = outcome_of(wanted);
      ASSERT_TRUE(outcome) << outcome.error().to_string();
      const std::string end(extension_of(compression));
      EXPECT_THAT(names(wanted.out), ElementsAre("results.csv" + end, "results.tsv" + end,
                                                 "results.jsonl" + end, "results.xlsx"));
      expect_same_rows(wanted.out, 2000);
      EXPECT_EQ(outcome->report.files.front().name, "results.csv" + end);
      EXPECT_EQ(outcome->report.files[2].rows, 2000u);
    }
  }
}

TEST_F(Formats, AreReadByOtherPrograms) {
  const auto outcome = outcome_of(job("2\n4\n6\n8\n"));
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  const std::string out = directory_ / "out";
  server().execute("create table copied (like firm); create table tabbed (like firm)");
  const ProcessResult copied = run_process(
      "psql", {server().dsn(), "-v", "ON_ERROR_STOP=1", "-c",
               "\\copy copied from '" + out + "/results.csv' with (format csv, header)", "-c",
               "\\copy tabbed from '" + out + "/results.tsv' with (format csv, header, delimiter e'\\t')"});
  ASSERT_EQ(copied.exit_code, 0) << copied.err;
  EXPECT_EQ(server().value("select count(*) from (select * from copied intersect select * from firm) same"),
            "4");
  EXPECT_EQ(server().value("select count(*) from (select * from tabbed intersect select * from firm) same"),
            "4");
  EXPECT_THAT(read_text(out + "/results.jsonl"),
              HasSubstr(R"({"firm_root_id":2,"name":"","weight":"0.14285714285714285714","active":false,)"
                        R"("doc":{"n": 1, "list": [1, null]}})"));
}

TEST_F(Formats, AnInterruptedRunEndsInAllOfThem) {
  Job slow = job();
  slow.pace = 20'000;
  std::stop_source stop;
  const Outcome outcome = run(
      slow,
      [&](const RunWatch& watch) {
        watch.wait_until([](const Progress& p) { return p.rows() > 3000; });
        stop.request_stop();
      },
      stop.get_token());
  ASSERT_FALSE(outcome.result);
  EXPECT_TRUE(names(slow.out).empty());
  Job rest = job();
  rest.resume = true;
  const auto resumed = outcome_of(rest);
  ASSERT_TRUE(resumed) << resumed.error().to_string();
  EXPECT_EQ(resumed->report.status, "complete");
  expect_same_rows(rest.out, 30'000);
}

bool alter(std::string& text) {
  const std::size_t at = text.find("=1+3");
  if (at != std::string::npos) text[at + 3] = '4';
  return at != std::string::npos;
}

TEST_F(Formats, ADamagedFileOfAnyFormatShows) {
  Job wanted = job(numbers(1, 200));
  ASSERT_TRUE(outcome_of(wanted));
  for (const std::string& name : names(wanted.out)) {
    const std::string before = read_text(wanted.out / name);
    if (name == "results.xlsx") {
      ZipParts parts;
      for (const char* part :
           {"_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"})
        parts.emplace_back(part, read_zip(wanted.out / name, part));
      ASSERT_TRUE(alter(parts.back().second));
      write_zip(wanted.out / name, parts);
      // As long as it was: a comment ends the archive, behind its length.
      std::string bytes = read_text(wanted.out / name);
      const std::size_t lacks = before.size() - bytes.size();
      ASSERT_LT(lacks, 65'536u);
      bytes[bytes.size() - 2] = static_cast<char>(lacks & 0xFF);
      bytes[bytes.size() - 1] = static_cast<char>(lacks >> 8);
      write_text(wanted.out / name, bytes + std::string(lacks, ' '));
    } else {
      std::string altered = before;
      ASSERT_TRUE(alter(altered)) << name;
      write_text(wanted.out / name, altered);
    }
    const auto verification = verify_run(wanted.out);
    ASSERT_TRUE(verification);
    EXPECT_THAT(verification->failures, testing::Contains(HasSubstr(name + " has the SHA-256")));
    EXPECT_THAT(verification->failures,
                testing::Contains(HasSubstr("the values are not those that the journal has the digest of")));
    write_text(wanted.out / name, before);
  }
}

TEST_F(Formats, TheProgramWritesWhatItIsAskedFor) {
  const auto list = directory_.write("list.txt", numbers(1, 100));
  const auto query = directory_.write("query.sql", kWrittenQuery);
  const std::string out = directory_ / "cli";
  const ProcessResult ran =
      run_process(FIRMQUERY_BINARY,
                  {"run", "--ids", list.string(), "--query", query.string(), "--key", "firm_root_id", "--dsn",
                   server().dsn(), "--out", out, "--format", "jsonl,xlsx,tsv,jsonl", "--compress", "zstd"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(names(out), ElementsAre("results.tsv.zst", "results.jsonl.zst", "results.xlsx"));
  const ProcessResult verified = run_process(FIRMQUERY_BINARY, {"verify", out});
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
  EXPECT_THAT(verified.out, HasSubstr("results.jsonl.zst holds the 50 rows of the journal"));
  EXPECT_THAT(verified.out, HasSubstr("results.xlsx holds the 50 rows of the journal"));
  const ProcessResult refused =
      run_process(FIRMQUERY_BINARY, {"run", "--ids", list.string(), "--query", query.string(), "--dsn",
                                     server().dsn(), "--format", "csv,parquet"});
  EXPECT_EQ(refused.exit_code, 2);
}

}  // namespace
}  // namespace firmquery::test
