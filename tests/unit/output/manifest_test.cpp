#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "firmquery/output/run_directory.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using test::TempDir;
using ::testing::HasSubstr;

Manifest sample() {
  Manifest manifest;
  manifest.run_id = "20260101T000000Z-0a1b2c";
  manifest.created_at = "2026-01-01T00:00:00.000Z";
  manifest.program_version = "0.1.0";
  manifest.input_path = "ids.csv";
  manifest.input_digest = std::string(32, '0');
  manifest.snapshot = {"as of system time", "1700000000000000000.0000000000"};
  manifest.sql = "SELECT *\nFROM t WHERE \"k\" IN ({ID_PLACEHOLDER})";
  manifest.dialect = "cockroachdb";
  manifest.server_version = "v23.1.0";
  manifest.audit = {4, std::string(64, 'c')};
  manifest.files = {{"results.csv", 3, 40, std::string(64, 'a')},
                    {"report.json", 0, 900, std::string(64, 'b')}};
  return manifest;
}

TEST(Manifest, HasTheNamesOfTheContract) {
  const TempDir dir;
  const auto written = write_manifest(dir.path(), sample());
  ASSERT_TRUE(written) << written.error().to_string();
  const auto json = nlohmann::json::parse(test::read_text(dir / "manifest.json"));
  std::string expected = R"json({"schema": 2, "run_id": "20260101T000000Z-0a1b2c",
    "created_at": "2026-01-01T00:00:00.000Z", "program": {"name": "firmquery", "version": "0.1.0"},
    "input": {"path": "ids.csv", "digest": "00000000000000000000000000000000"},
    "snapshot": {"kind": "as of system time", "value": "1700000000000000000.0000000000"},
    "query": {"sql": "SELECT *\nFROM t WHERE \"k\" IN ({ID_PLACEHOLDER})"},
    "server": {"dialect": "cockroachdb", "version": "v23.1.0"},
    "audit": {"lines": 4, "chain": "C"},
    "files": [{"name": "results.csv", "rows": 3, "bytes": 40, "sha256": "A"},
              {"name": "report.json", "rows": 0, "bytes": 900, "sha256": "B"}]})json";
  expected.replace(expected.find("\"A\"") + 1, 1, std::string(64, 'a'));
  expected.replace(expected.find("\"B\"") + 1, 1, std::string(64, 'b'));
  expected.replace(expected.find("\"C\"") + 1, 1, std::string(64, 'c'));
  EXPECT_EQ(json, nlohmann::json::parse(expected));
}

TEST(Manifest, ReadsBackWhatItWrote) {
  const TempDir dir;
  const Manifest manifest = sample();
  ASSERT_TRUE(write_manifest(dir.path(), manifest));
  const auto back = read_manifest(dir.path());
  ASSERT_TRUE(back) << back.error().to_string();
  EXPECT_EQ(back->run_id, manifest.run_id);
  EXPECT_EQ(back->created_at, manifest.created_at);
  EXPECT_EQ(back->program_version, manifest.program_version);
  EXPECT_EQ(back->input_path, manifest.input_path);
  EXPECT_EQ(back->input_digest, manifest.input_digest);
  EXPECT_EQ(back->snapshot.kind, manifest.snapshot.kind);
  EXPECT_EQ(back->snapshot.value, manifest.snapshot.value);
  EXPECT_EQ(back->sql, manifest.sql);
  EXPECT_EQ(back->dialect, manifest.dialect);
  EXPECT_EQ(back->server_version, manifest.server_version);
  EXPECT_EQ(back->audit, manifest.audit);
  ASSERT_EQ(back->files.size(), 2u);
  EXPECT_EQ(back->files[0].name, "results.csv");
  EXPECT_EQ(back->files[0].rows, 3u);
  EXPECT_EQ(back->files[1].bytes, 900u);
  EXPECT_EQ(back->files[1].sha256, std::string(64, 'b'));
}

TEST(Manifest, KeepsNamesThatAreNotUtf8) {
  const TempDir dir;
  Manifest manifest = sample();
  manifest.input_path = "caf\xE9 100%.csv";
  ASSERT_TRUE(write_manifest(dir.path(), manifest));
  EXPECT_THAT(test::read_text(dir / "manifest.json"),
              HasSubstr("\"percent-encoded\": \"caf%E9 100%25.csv\""));
  EXPECT_EQ(read_manifest(dir.path())->input_path, manifest.input_path);
}

std::string error_with(const std::string& pointer, const nlohmann::json& value) {
  const TempDir dir;
  EXPECT_TRUE(write_manifest(dir.path(), sample()));
  auto json = nlohmann::json::parse(test::read_text(dir / "manifest.json"));
  json[nlohmann::json::json_pointer(pointer)] = value;
  dir.write("manifest.json", json.dump());
  const auto manifest = read_manifest(dir.path());
  return manifest ? "no error" : manifest.error().to_string();
}

TEST(Manifest, NamesWhatIsWrong) {
  EXPECT_THAT(error_with("/schema", 7), HasSubstr("schema 7, not 2"));
  EXPECT_THAT(error_with("/files", "x"), HasSubstr("not a manifest"));
  EXPECT_THAT(error_with("/files/0/bytes", -1), HasSubstr("bytes is not a count"));
  EXPECT_THAT(error_with("/files/0/rows", 1.5), HasSubstr("rows is not a count"));
  EXPECT_THAT(error_with("/run_id", 1), HasSubstr("not a manifest"));
  EXPECT_THAT(error_with("/query", nlohmann::json::object()), HasSubstr("sql"));
  const TempDir dir;
  EXPECT_FALSE(read_manifest(dir.path()));
  dir.write("manifest.json", "{\"schema\":");
  EXPECT_THAT(read_manifest(dir.path()).error().message, HasSubstr("not a JSON object"));
}

}  // namespace
}  // namespace firmquery
