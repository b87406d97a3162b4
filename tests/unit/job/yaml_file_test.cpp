#include "../orchestrator/job/yaml_file.hpp"

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using test::TempDir;

class YamlFileTest : public testing::Test {
 protected:
  YamlFile read(std::string_view text) {
    path_ = directory_.write("jobs/job.yaml", text);
    return read_yaml_file(path_, true);
  }
  // The error, with the directory left out.
  std::string only_error(std::string_view text) {
    const YamlFile file = read(text);
    if (file.errors.size() != 1) return std::to_string(file.errors.size()) + " errors";
    std::string message = file.errors[0].to_string();
    const std::string folder = path_.parent_path().string() + "/";
    if (const std::size_t at = message.find(folder); at != std::string::npos)
      message.erase(at, folder.size());
    return message;
  }
  static std::string value(const YamlFile& file, std::string_view option) {
    for (const Given& given : file.given) {
      if (given.option->name == option) return given.items.back();
    }
    return "(none)";
  }

  TempDir directory_;
  std::filesystem::path path_;
};

TEST_F(YamlFileTest, NestedAndFlatNamesMeanTheSame) {
  const YamlFile nested = read("processing:\n  chunk_size: 7\nquery:\n  key: firm\n");
  const YamlFile flat = read("chunk_size: 7\nkey: firm\n");
  for (const YamlFile& file : {nested, flat}) {
    ASSERT_TRUE(file.errors.empty()) << file.errors[0].to_string();
    EXPECT_EQ(value(file, "chunk-size"), "7");
    EXPECT_EQ(value(file, "key"), "firm");
  }
}

TEST_F(YamlFileTest, QueryIsASectionOrAFile) {
  EXPECT_EQ(value(read("query: q.sql\n"), "query"), (directory_ / "jobs/q.sql").string());
  EXPECT_EQ(value(read("query: {file: q.sql}\n"), "query"), (directory_ / "jobs/q.sql").string());
}

TEST_F(YamlFileTest, PathsAreRelativeToAJobFileOnly) {
  const YamlFile job = read("input: {ids: ../ids.txt}\nlog_file: /var/log/x\nkey: a/b\n");
  EXPECT_EQ(value(job, "ids"), (directory_ / "ids.txt").string());
  EXPECT_EQ(value(job, "log-file"), "/var/log/x");
  EXPECT_EQ(value(job, "key"), "a/b");
  EXPECT_EQ(value(read("ids: '-'\n"), "ids"), "-");
  EXPECT_EQ(value(read("ids: 'sql:select a/b from t'\n"), "ids"), "sql:select a/b from t");
  const YamlFile user = read_yaml_file(directory_.write("user.yaml", "ids: ids.txt\n"), false);
  EXPECT_EQ(value(user, "ids"), "ids.txt");
}

TEST_F(YamlFileTest, Lists) {
  const YamlFile file = read("fail_on: [missing>5, 'rejected>1%']\nformat: [csv, jsonl]\n");
  ASSERT_TRUE(file.errors.empty()) << file.errors[0].to_string();
  ASSERT_EQ(file.given.size(), 2u);
  EXPECT_EQ(file.given[0].items, (std::vector<std::string>{"missing>5", "rejected>1%"}));
  EXPECT_EQ(value(file, "format"), "csv,jsonl");
}

TEST_F(YamlFileTest, FormatsOfThePlan) {
  const YamlFile file = read("output:\n  formats: {csv: true, excel: true}\n");
  ASSERT_TRUE(file.errors.empty()) << file.errors[0].to_string();
  EXPECT_EQ(value(file, "format"), "csv");
  ASSERT_EQ(file.notices.size(), 1u);
  EXPECT_NE(file.notices[0].find("job.yaml:2: excel"), std::string::npos) << file.notices[0];
}

TEST_F(YamlFileTest, UnknownKeysAreErrorsWithASuggestion) {
  EXPECT_EQ(only_error("\nprocessing:\n  chunksize: 5\n"),
            "job.yaml:3: unknown key \"chunksize\" in \"processing\"\n  did you mean \"chunk_size\"?");
  EXPECT_EQ(only_error("chunk_sise: 5\n"),
            "job.yaml:1: unknown key \"chunk_sise\"\n  did you mean \"chunk_size\"?");
  EXPECT_EQ(
      only_error("database:\n  chunk_size: 5\n"),
      "job.yaml:2: unknown key \"chunk_size\" in \"database\"\n  did you mean \"processing.chunk_size\"?");
  EXPECT_EQ(
      only_error("database:\n  chunk_sze: 5\n"),
      "job.yaml:2: unknown key \"chunk_sze\" in \"database\"\n  did you mean \"processing.chunk_size\"?");
  EXPECT_EQ(only_error("frobnicate: 5\n"),
            "job.yaml:1: unknown key \"frobnicate\"\n  firmquery config init prints every key");
}

TEST_F(YamlFileTest, WrongValuesNameLineKeyAndRange) {
  EXPECT_EQ(only_error("key: a\nchunk_size: none\n"),
            "job.yaml:2: chunk_size: \"none\" is not a whole number from 1 to 10000");
  EXPECT_EQ(only_error("chunk_size:\n"),
            "job.yaml:1: \"chunk_size\" has no value\n  give it one or remove the line");
  EXPECT_EQ(only_error("chunk_size: {a: 1}\n"),
            "job.yaml:1: \"chunk_size\" takes one value, not a list or keys of its own");
  EXPECT_EQ(only_error("key: a\nkey: b\n"), "job.yaml:2: \"key\" was given in line 1 already");
}

TEST_F(YamlFileTest, SecretsAreRefusedAndNotRepeated) {
  for (const char* text :
       {"password: hunter2\n", "database: {password: hunter2}\n", "database: {passwd: hunter2}\n"}) {
    const std::string message = only_error(text);
    EXPECT_NE(message.find("does not belong"), std::string::npos) << message;
    EXPECT_NE(message.find("password_file"), std::string::npos) << message;
    EXPECT_EQ(message.find("hunter2"), std::string::npos) << message;
  }
}

TEST_F(YamlFileTest, EmptyFilesAndSectionsAreFine) {
  EXPECT_TRUE(read("").errors.empty());
  EXPECT_TRUE(read("# nothing\n").errors.empty());
  EXPECT_TRUE(read("processing:\ninput:\n").errors.empty());
}

}  // namespace
}  // namespace firmquery
