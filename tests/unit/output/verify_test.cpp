#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "firmquery/core/digest.hpp"
#include "firmquery/output/files.hpp"
#include "firmquery/output/journal.hpp"
#include "firmquery/output/run_directory.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using test::TempDir;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

Digest digest_of(const std::vector<std::string>& ids) {
  Digest sum;
  for (const auto& id : ids) sum += Digest::of(id);
  return sum;
}

// A finished run of five IDs: 1 and 3 have rows; 2, 10 and 20 have none.
class FinishedRun : public ::testing::Test {
 protected:
  void SetUp() override {
    report_.run_id = "20260101T000000Z-0a1b2c";
    report_.status = "complete";
    report_.key = "firm_root_id";
    report_.key_type = "bigint";
    report_.id_type = "int";
    report_.input = {9, 0, 1, 7, 1, 2, 5, digest_of({"1", "2", "3", "10", "20"})};
    report_.result.rows = 3;
    report_.result.found = 2;
    report_.result.missing = 3;
    report_.result.found_digest = digest_of({"1", "3"});
    report_.result.missing_digest = digest_of({"2", "10", "20"});
    set_results("firm_root_id,\"na\nme\"\n", "1,\"a\nb\"\n1,\"say \"\"hi\"\"\n\"\n3,\n");
    dir_.write("missing.csv", "firm_root_id\n2\n10\n20\n");
    dir_.write("rejected.csv", "line,raw,reason\n4,\"x,\ny\",not_an_integer\n");
    dir_.write("duplicates.csv", "line,id,first_line\n5,1,2\n6,1,2\n");
    seal();
  }

  // results.csv, and what the journal will say of it: the rows of two ranges would stand here one after the
  // other.
  void set_results(const std::string& header, const std::string& rows) {
    dir_.write("results.csv", header + rows);
    csv_header_ = header;
    unit_ = {
        0, {0, 5}, rows.size(), 1, report_.result.rows, report_.result.found, report_.result.found_digest,
        {}};
    ByteDigest bytes;
    bytes.update(rows);
    unit_.bytes_digest = bytes.value();
  }

  std::vector<FileReport> describe(const std::vector<const char*>& names) {
    std::vector<FileReport> files;
    for (const char* name : names) {
      const auto digest = digest_file(dir_ / name);
      if (digest) files.push_back({name, 0, digest->bytes, digest->sha256});
    }
    return files;
  }

  void write_journal() {
    fs::remove(dir_ / "journal.jsonl");
    auto journal = Journal::open(dir_.path());
    ASSERT_TRUE(journal);
    ASSERT_TRUE(journal->job(
        {report_.started_at, report_.run_id, report_.key, kQuery + std::string(";\n"), "ids.csv", {}}));
    ASSERT_TRUE(journal->list({report_.input.unique, report_.input.digest, "", csv_header_, {{0, 5}}, ""}));
    for (const ReadingReport& reading : report_.readings) ASSERT_TRUE(journal->reading(reading));
    ASSERT_TRUE(journal->unit(unit_));
    ASSERT_TRUE(journal->all_read());
  }

  // Writes journal, report, audit log and manifest of what is there, as the run itself would have.
  void seal() {
    report_.readings = {{"2026-01-01T00:00:01.000Z", "array", {"exported snapshot", "0001"}}};
    report_.snapshot = report_.readings[0].snapshot;
    report_.files = describe({"results.csv", "missing.csv", "rejected.csv", "duplicates.csv"});
    write_journal();
    dir_.write("report.json", to_json(report_));
    manifest_.run_id = report_.run_id;
    manifest_.created_at = report_.finished_at;
    manifest_.input_path = "ids.csv";
    manifest_.input_digest = report_.input.digest.to_hex();
    manifest_.snapshot = report_.snapshot;
    manifest_.sql = kQuery;
    manifest_.files = report_.files;
    for (const FileReport& file : describe({"journal.jsonl", "report.json"})) manifest_.files.push_back(file);
    fs::remove(dir_ / "audit.jsonl");
    auto audit = AuditLog::open(dir_ / "audit.jsonl");
    const ResultReport& result = report_.result;
    ASSERT_TRUE(audit && audit->event("start", {{"run_id", report_.run_id}, {"ids", "ids.csv"}}));
    ASSERT_TRUE(audit->event("end",
                             {{"run_id", report_.run_id},
                              {"status", report_.status},
                              {"found", std::to_string(result.found)},
                              {"missing", std::to_string(result.missing)},
                              {"unresolved", std::to_string(result.unresolved)},
                              {"rows", std::to_string(result.rows)}},
                             manifest_.files));
    manifest_.audit = audit->end();
    ASSERT_TRUE(write_manifest(dir_.path(), manifest_));
  }

  std::vector<std::string> failures() {
    const auto verification = verify_run(dir_.path());
    EXPECT_TRUE(verification) << verification.error().to_string();
    return verification ? verification->failures : std::vector<std::string>{};
  }

  // Failures with other bytes in a file of the run, sealed so that only its meaning can give it away.
  std::vector<std::string> failures_with(const char* name, std::string_view text) {
    const std::string before = test::read_text(dir_ / name);
    dir_.write(name, text);
    seal();
    auto found = failures();
    dir_.write(name, before);
    return found;
  }

  static constexpr const char* kQuery = "select * from firm where firm_root_id in ({ID_PLACEHOLDER})";
  TempDir dir_;
  Report report_;
  std::string csv_header_;
  JournalUnit unit_;
  Manifest manifest_;
};

TEST_F(FinishedRun, Holds) {
  dir_.write(".lock", "");
  const auto verification = verify_run(dir_.path());
  ASSERT_TRUE(verification) << verification.error().to_string();
  EXPECT_THAT(verification->failures, IsEmpty());
  // Manifest, 6 files, no strangers, proof, statements, 4 CSV files, audit.
  EXPECT_EQ(verification->checks.size(), 15u);
  EXPECT_THAT(verification->checks, Contains(HasSubstr("missing.csv holds the 3 missing IDs")));
  EXPECT_THAT(verification->checks, Contains(HasSubstr("results.csv holds the 3 rows")));
}

TEST_F(FinishedRun, ShowsOneChangedByteInAnyFile) {
  for (const FileReport& file : manifest_.files) {
    const std::string before = test::read_text(dir_ / file.name);
    std::string after = before;
    after[after.size() / 2] ^= 1;
    dir_.write(file.name, after);
    EXPECT_THAT(failures(), Contains(HasSubstr(file.name + " has the SHA-256")));
    dir_.write(file.name, before + "x");
    EXPECT_THAT(failures(),
                Contains(HasSubstr(file.name + " has " + std::to_string(before.size() + 1) + " bytes")));
    fs::remove(dir_ / file.name);
    EXPECT_THAT(failures(), Contains(HasSubstr(file.name)));
    dir_.write(file.name, before);
  }
  EXPECT_THAT(failures(), IsEmpty());
}

TEST_F(FinishedRun, ShowsFilesThatAreNotItsOwn) {
  dir_.write("extra.csv", "");
  dir_.write(".results.csv.part", "");
  EXPECT_THAT(failures(),
              ElementsAre(".results.csv.part is not in the manifest", "extra.csv is not in the manifest"));
}

TEST_F(FinishedRun, ShowsTotalsThatDoNotAddUp) {
  ++report_.result.found;
  seal();
  EXPECT_THAT(failures(),
              Contains(HasSubstr("unique is 5, but found + missing + unresolved is 3 + 3 + 0 = 6")));
}

TEST_F(FinishedRun, ShowsAMissingListThatDiffersFromTheReport) {
  const auto expect = [&](std::string_view text, const char* message) {
    EXPECT_THAT(failures_with("missing.csv", text), ElementsAre(HasSubstr(message))) << text;
  };
  expect("firm_root_id\n2\n10\n21\n", "the digest of its IDs is");
  expect("firm_root_id\n2\n10\n", "it holds 2 IDs, but the report has 3");
  expect("firm_root_id\n2\n10\n20\n30\n", "it holds 4 IDs");
  expect("firm_root_id\n10\n2\n20\n", "record 2 (2) does not come after 10");
  expect("firm_root_id\n2\n2\n10\n", "does not come after 2");
  expect("firm_root_id\n02\n10\n20\n", "record 1 (02) is not a canonical ID of type int");
  expect("firm_root_id\n2\n\n20\n", "record 2 has no ID");
  expect("id\n2\n10\n20\n", "column 1 is id, not firm_root_id");
  expect("", "the file is empty");
  expect("firm_root_id\n2\n10\n20", "the last record has no line end");
  expect("firm_root_id\n2\n10\n\"20\n", "a quote is never closed");
}

TEST_F(FinishedRun, OrdersMissingTextByBytes) {
  report_.id_type = "text";
  EXPECT_THAT(failures_with("missing.csv", "firm_root_id\n10\n2\n20\n"), IsEmpty());
  EXPECT_THAT(failures_with("missing.csv", "firm_root_id\n2\n10\n20\n"),
              ElementsAre(HasSubstr("does not come after 2")));
}

TEST_F(FinishedRun, ReadsTextIdsThatNeedQuotes) {
  report_.id_type = "text";
  const std::vector<std::string> ids = {"a \"b\"", "a,b", "a\\."};
  report_.result.missing_digest = digest_of(ids);
  report_.input.digest = report_.result.found_digest + report_.result.missing_digest;
  EXPECT_THAT(failures_with("missing.csv", "firm_root_id\n\"a \"\"b\"\"\"\n\"a,b\"\na\\.\n"), IsEmpty());
}

TEST_F(FinishedRun, CountsRecordsAndNotLines) {
  const std::string header = csv_header_;
  EXPECT_THAT(failures_with("results.csv", header + "1,a\n3,b\n"),
              ElementsAre(HasSubstr("it holds 2 records, but the report has 3 rows")));
  EXPECT_THAT(failures_with("results.csv", ""), ElementsAre(HasSubstr("the file is empty")));
  EXPECT_THAT(failures_with("results.csv", "k\n1\n"),
              ElementsAre(HasSubstr("does not have the columns of the query")));
  EXPECT_THAT(failures_with("results.csv", header + "1\n2\n\"3\n"),
              ElementsAre(HasSubstr("a quote is never closed")));
  EXPECT_THAT(failures_with("rejected.csv", "line,raw,reason\n"),
              ElementsAre(HasSubstr("the report has 1 rejected")));
  EXPECT_THAT(failures_with("duplicates.csv", "line,id,first_line\n1,1,1\n"),
              ElementsAre(HasSubstr("the report has 2 duplicates")));
}

TEST_F(FinishedRun, NeedsEveryFileOfARun) {
  for (const char* name : {"results.csv", "missing.csv", "rejected.csv", "duplicates.csv", "journal.jsonl"}) {
    const std::string before = test::read_text(dir_ / name);
    fs::remove(dir_ / name);
    std::erase_if(manifest_.files, [&](const FileReport& file) { return file.name == name; });
    ASSERT_TRUE(write_manifest(dir_.path(), manifest_));
    EXPECT_THAT(
        failures(),
        Contains(HasSubstr((name == std::string("results.csv") ? "a file of results" : std::string(name)) +
                           " is not listed")));
    dir_.write(name, before);
    seal();
  }
  EXPECT_THAT(failures(), IsEmpty());
  manifest_.files.push_back(manifest_.files[0]);
  ASSERT_TRUE(write_manifest(dir_.path(), manifest_));
  EXPECT_THAT(failures(), ElementsAre("manifest.json: results.csv is listed twice"));
}

// None of them keeps the reader waiting or leads it elsewhere.
TEST_F(FinishedRun, ReadsRegularFilesOnly) {
  for (const char* name : {"results.csv", "missing.csv", "rejected.csv", "duplicates.csv", "journal.jsonl",
                           "report.json", "manifest.json", "audit.jsonl"}) {
    const fs::path path = dir_ / name;
    fs::rename(path, dir_ / ".lock");
    const auto expect_refused = [&] {
      EXPECT_THAT(failures(), Contains(AllOf(HasSubstr(name), HasSubstr("not a regular file"))));
      fs::remove(path);
    };
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    expect_refused();
    fs::create_symlink("/dev/zero", path);
    expect_refused();
    fs::create_symlink(".lock", path);
    expect_refused();
    fs::create_directory(path);
    expect_refused();
    fs::rename(dir_ / ".lock", path);
  }
  EXPECT_THAT(failures(), IsEmpty());
}

TEST_F(FinishedRun, ShowsOtherKeysAndValuesInTheResults) {
  const std::string results = test::read_text(dir_ / "results.csv");
  const auto with = [&](const char* from, const char* to) {
    std::string text = results;
    text.replace(text.rfind(from), std::string_view(from).size(), to);
    return text;
  };
  // With every hash recomputed but the journal's.
  EXPECT_THAT(failures_with("results.csv", with("3,", "2,")),
              ElementsAre(HasSubstr("the keys are not those of the journal")));
  EXPECT_THAT(failures_with("results.csv", with("3,", "x,")),
              ElementsAre(HasSubstr("the key \"x\" is not an ID of type int")));
  EXPECT_THAT(failures_with("results.csv", with("hi", "ho")),
              ElementsAre(HasSubstr("records 1 to 3: the values are not those")));
  // And with the journal's too.
  unit_.found_digest = digest_of({"1", "2"});
  dir_.write("results.csv", with("3,", "2,"));
  ByteDigest bytes;
  bytes.update(with("3,", "2,").substr(csv_header_.size()));
  unit_.bytes_digest = bytes.value();
  seal();
  EXPECT_THAT(failures(), ElementsAre(HasSubstr("but the report has 2 with")));
}

TEST_F(FinishedRun, HoldsOneStatementAgainstTheOther) {
  const auto expect = [&](const char* what) {
    ASSERT_TRUE(write_manifest(dir_.path(), manifest_));
    EXPECT_THAT(failures(), ElementsAre(HasSubstr(what)));
    seal();
  };
  manifest_.sql += " limit 10";
  expect(" limit 10\", journal.jsonl says");
  manifest_.snapshot.value = "0002";
  expect("instant: manifest.json says \"exported snapshot 0002\", report.json says");
  manifest_.input_digest = std::string(32, '0');
  ASSERT_TRUE(write_manifest(dir_.path(), manifest_));
  EXPECT_THAT(failures(), ElementsAre(HasSubstr("list: manifest.json"), HasSubstr("list: manifest.json")));
  seal();
  manifest_.input_path = "other.csv";
  expect("path of the list: manifest.json says \"other.csv\", audit.jsonl says \"ids.csv\"");
  manifest_.server_version = "99";
  expect("server: manifest.json says \"99\"");
}

TEST_F(FinishedRun, ShowsLinesCutFromTheEndOfTheAuditLog) {
  const std::string audit = test::read_text(dir_ / "audit.jsonl");
  dir_.write("audit.jsonl", audit.substr(0, audit.find('\n') + 1));
  EXPECT_THAT(failures(), Contains(HasSubstr("events: manifest.json says \"2\", audit.jsonl says \"1\"")));
  dir_.write("audit.jsonl", audit);
  auto log = AuditLog::open(dir_ / "audit.jsonl");
  ASSERT_TRUE(log && log->event("end", {}));
  EXPECT_THAT(failures(), Contains(HasSubstr("events: manifest.json says \"2\", audit.jsonl says \"3\"")));
}

TEST_F(FinishedRun, ShowsAReportOfAnotherRun) {
  report_.run_id = "20260101T000000Z-ffffff";
  seal();
  manifest_.run_id = "20260101T000000Z-0a1b2c";
  ASSERT_TRUE(write_manifest(dir_.path(), manifest_));
  EXPECT_THAT(failures(), Contains(HasSubstr("report.json says \"20260101T000000Z-ffffff\"")));
}

TEST_F(FinishedRun, ShowsABrokenAuditChain) {
  const std::string audit = test::read_text(dir_ / "audit.jsonl");
  dir_.write("audit.jsonl", audit.substr(audit.find('\n') + 1));
  EXPECT_THAT(failures(), ElementsAre(HasSubstr("event 2 stands where event 1 should")));
  fs::remove(dir_ / "audit.jsonl");
  EXPECT_THAT(failures(), ElementsAre(HasSubstr("audit.jsonl")));
}

TEST_F(FinishedRun, NeedsItsManifest) {
  fs::remove(dir_ / "manifest.json");
  EXPECT_THAT(failures(), ElementsAre(HasSubstr("manifest.json")));
}

TEST_F(FinishedRun, IsNotLedOutOfItsDirectory) {
  manifest_.files.push_back({"../secret", 0, 0, ""});
  ASSERT_TRUE(write_manifest(dir_.path(), manifest_));
  EXPECT_THAT(failures(), Contains(HasSubstr("\"../secret\" is not the name of a file")));
}

TEST_F(FinishedRun, ReadsFilesLargerThanItsBlocks) {
  std::string results;
  for (int i = 0; i < 3; ++i)
    results += (i < 2 ? "1,\"" : "3,\"") + std::string((1u << 20) - 7, i % 2 ? '\n' : 'x') + "\"\"\n\"\n";
  std::string missing = "firm_root_id\n";
  std::vector<std::string> ids;
  for (int id = 1'000'000; id < 1'400'000; ++id) ids.push_back(std::to_string(id));
  for (const auto& id : ids) missing += id + "\n";
  report_.input.lines += ids.size() - 3;
  report_.input.accepted += ids.size() - 3;
  report_.input.unique += ids.size() - 3;
  report_.result.missing = ids.size();
  report_.result.missing_digest = digest_of(ids);
  report_.input.digest = report_.result.found_digest + report_.result.missing_digest;
  set_results("firm_root_id,text\n", results);
  EXPECT_THAT(failures_with("missing.csv", missing), IsEmpty());
}

TEST(VerifyRun, NeedsADirectory) {
  const TempDir dir;
  const auto verification = verify_run(dir / "none");
  ASSERT_FALSE(verification);
  EXPECT_EQ(verification.error().kind, ErrorKind::usage);
  EXPECT_EQ(verification.error().place, (dir / "none").string());
}

}  // namespace
}  // namespace firmquery
