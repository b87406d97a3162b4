// The clean command from end to end over small lists.
#include "golden.hpp"

namespace firmquery::test {
namespace {

const std::vector<std::string> kCleanedFiles = {"out/ids.csv", "out/rejected.csv", "out/duplicates.csv",
                                                "out/report.json"};

TEST(Clean, PlainLines) {
  expect_golden("clean/lines", {.arguments = {"clean", "--ids", "list.txt"},
                                .files = {{"list.txt", "30\n4\n\n 100 \n4\n007\n"}}});
}

TEST(Clean, IntegersSortByValue) {
  expect_golden("clean/int",
                {.arguments = {"clean", "--ids", "list.txt", "--id-type", "int"},
                 .files = {{"list.txt", "30\n4\n\n 100 \n4\n007\n-5\nabc\n99999999999999999999\n"}}});
}

TEST(Clean, CsvWithHeaderIntoADirectory) {
  expect_golden(
      "clean/directory",
      {.arguments = {"clean", "--ids", "list.csv", "--column", "firm", "--out", "out"},
       .files = {{"list.csv", "name,firm\n\"Smith, J\",F001\nJones,F002\nJones,F002\nDoe,1.23E+12\nRoe,\n"}},
       .shown = kCleanedFiles});
}

TEST(Clean, IdsThatNeedQuotes) {
  expect_golden("clean/quotes", {.arguments = {"clean", "--ids", "list.csv", "--header", "yes", "--key",
                                               "a,b", "--out", "out", "--input-format", "csv"},
                                 .files = {{"list.csv", "id\n\"x,y\"\n\"say \"\"hi\"\"\"\n\\.\n"}},
                                 .shown = kCleanedFiles});
}

TEST(Clean, PastedListFromStandardInput) {
  expect_golden("clean/pasted", {.arguments = {"clean", "--ids", "-", "--id-type", "int"},
                                 .input = "IN ('12', '7', '12',\n 3)"});
}

TEST(Clean, JsonReplacesTheIds) {
  expect_golden("clean/json", {.arguments = {"clean", "--ids", "list.txt", "--json", "--quiet"},
                               .files = {{"list.txt", "b\na\nb\n"}}});
}

TEST(Clean, QuietPrintsOnlyIds) {
  expect_golden("clean/quiet", {.arguments = {"clean", "--ids", "list.txt", "--quiet"},
                                .files = {{"list.txt", "b2\na1\nb2\n"}}});
}

TEST(Clean, RulesOfSpelling) {
  expect_golden("clean/accept-rules", {.arguments = {"clean", "--ids", "list.txt", "--id-type", "int",
                                                     "--header", "no", "--accept-rule", "strip-separators",
                                                     "--accept-rule", "look-alikes", "--out", "out"},
                                       .files = {{"list.txt", "12-34\nO7\n7\nBob\n1234\n"}},
                                       .shown = kCleanedFiles});
}

TEST(Clean, AWrongRule) {
  expect_golden("clean/wrong-rule", {.arguments = {"clean", "--ids", "list.txt", "--accept-rule", "uper"},
                                     .exit_code = 2,
                                     .files = {{"list.txt", "1\n"}}});
}

TEST(Clean, CommentsAreBlank) {
  expect_golden("clean/comment", {.arguments = {"clean", "--ids", "list.txt", "--comment", "#"},
                                  .files = {{"list.txt", "# a list\n10\n20\n"}}});
}

TEST(Clean, GuardRail) {
  expect_golden("clean/guard-rail",
                {.arguments = {"clean", "--ids", "list.txt", "--max-input-ids", "2", "--out", "out"},
                 .exit_code = 2,
                 .files = {{"list.txt", "1\n2\n3\n"}},
                 .shown = {"out"}});
}

TEST(Clean, DirectoryInUse) {
  expect_golden("clean/directory-in-use", {.arguments = {"clean", "--ids", "list.txt", "--out", "out"},
                                           .exit_code = 2,
                                           .files = {{"list.txt", "1\n"}, {"out/mine.txt", "keep"}},
                                           .shown = {"out/mine.txt", "out/ids.csv"}});
}

TEST(Clean, OptionsFromTheEnvironment) {
  expect_golden("clean/environment",
                {.arguments = {"clean", "--ids", "list.txt"},
                 .files = {{"list.txt", "10\n9\n"}},
                 .environment = {{"FIRMQUERY_ID_TYPE", "int"}, {"FIRMQUERY_QUIET", "yes"}}});
}

TEST(Clean, AnEmptyListIsAnError) {
  expect_golden("clean/empty", {.arguments = {"clean", "--ids", "-"}, .exit_code = 2});
  expect_golden("clean/empty-allowed", {.arguments = {"clean", "--ids", "list.csv", "--allow-empty"},
                                        .files = {{"list.csv", "firm_root_id,name\n\n"}}});
}

TEST(Clean, AListOfRejectsIsAnErrorThatLeavesThem) {
  const std::map<std::string, std::string> files = {{"list.txt", "7\n1.234.567\n2.345.678\nBob\n12.500\n"}};
  expect_golden("clean/rejects",
                {.arguments = {"clean", "--ids", "list.txt", "--id-type", "int", "--out", "out"},
                 .exit_code = 2,
                 .files = files,
                 .shown = kCleanedFiles});
  expect_golden(
      "clean/thousands",
      {.arguments = {"clean", "--ids", "list.txt", "--id-type", "int", "--thousands", "."}, .files = files});
  expect_golden(
      "clean/rejects-accepted",
      {.arguments = {"clean", "--ids", "list.txt", "--id-type", "int", "--accept-rejected"}, .files = files});
}

TEST(Clean, AColumnThatNobodyNamed) {
  const std::map<std::string, std::string> files = {
      {"list.csv", "sep=;\r\nname;customer\r\nBob;=\"0012\"\r\nAnn;=\"0013\"\r\n"}};
  expect_golden("clean/column-guessed",
                {.arguments = {"clean", "--ids", "list.csv", "--header", "yes"}, .files = files});
  expect_golden(
      "clean/column-wrong",
      {.arguments = {"clean", "--ids", "list.csv", "--id-type", "int"}, .exit_code = 2, .files = files});
  expect_golden("clean/column-named",
                {.arguments = {"clean", "--ids", "list.csv", "--column", "customer"}, .files = files});
}

TEST(Clean, WhatIsNoList) {
  expect_golden("clean/query",
                {.arguments = {"clean", "--ids", "firms.sql"},
                 .exit_code = 2,
                 .files = {{"firms.sql", "select 1 from f where id in ({ID_PLACEHOLDER})\n"}}});
  expect_golden("clean/notation-twice",
                {.arguments = {"clean", "--ids", "list.txt", "--thousands", ",", "--decimal", ","},
                 .exit_code = 2,
                 .files = {{"list.txt", "1\n"}}});
}

TEST(Clean, FullDiskIsAnError) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const TempDir directory;
  directory.write("list.txt", "1\n2\n");
  ProcessOptions options;
  options.directory = directory.path();
  options.environment = clean_environment(directory);
  const ProcessResult result = run_process(
      "sh", {"-c", std::string(FIRMQUERY_BINARY) + " clean --ids list.txt --quiet > /dev/full"}, options);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(flat(result.err).find("standard output"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace firmquery::test
