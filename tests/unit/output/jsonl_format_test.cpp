// What a line of results.jsonl looks like to whoever else reads it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "firmquery/output/digested_file.hpp"
#include "firmquery/output/result_format.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

std::string written(const ResultColumns& columns, const std::string& csv) {
  const test::TempDir dir;
  auto file = DigestedFile::create(dir / "results.jsonl");
  const auto writer = find_result_format("jsonl")->writer(*file, {});
  EXPECT_TRUE(writer->open(columns));
  EXPECT_TRUE(writer->row(csv));
  EXPECT_TRUE(writer->finish());
  EXPECT_TRUE(file->finish() && file->commit());
  std::string line = test::read_text(dir / "results.jsonl");
  EXPECT_TRUE(line.ends_with('\n'));
  line.pop_back();
  EXPECT_TRUE(nlohmann::json::accept(line)) << line;
  return line;
}

std::string value(std::uint32_t type, const std::string& csv) {
  const std::string line = written({{"v", type}, {"end"}}, csv + ",\n");
  EXPECT_TRUE(line.starts_with(R"({"v":)") && line.ends_with(R"(,"end":null})")) << line;
  return line.substr(5, line.size() - 5 - 12);
}

TEST(Jsonl, KeepsNumbersWhereADoubleKeepsTheirDigits) {
  EXPECT_EQ(value(23, "-7"), "-7");
  EXPECT_EQ(value(20, "9007199254740992"), "9007199254740992");
  EXPECT_EQ(value(20, "9007199254740993"), R"("9007199254740993")");
  EXPECT_EQ(value(20, "-9007199254740993"), R"("-9007199254740993")");
  EXPECT_EQ(value(1700, "0.10"), "0.10");
  EXPECT_EQ(value(1700, "12345678.9012345"), "12345678.9012345");
  EXPECT_EQ(value(1700, "12345678.90123456"), R"("12345678.90123456")");
  EXPECT_EQ(value(1700, "0.000000000000000000001"), "0.000000000000000000001");
  EXPECT_EQ(value(1700, "NaN"), R"("NaN")");
  EXPECT_EQ(value(701, "1e+20"), "1e+20");
  EXPECT_EQ(value(701, "-0"), R"("-0")");
  EXPECT_EQ(value(701, "0.1234567890123456"), "0.1234567890123456");  // it is a double
  EXPECT_EQ(value(701, "Infinity"), R"("Infinity")");
}

TEST(Jsonl, TextStaysTextWhateverItLooksLike) {
  EXPECT_EQ(value(25, "7"), R"("7")");
  EXPECT_EQ(value(25, "true"), R"("true")");
  EXPECT_EQ(value(0, "007"), R"("007")");
  EXPECT_EQ(value(25, "\"a\"\"b\\\n\""), R"("a\"b\\\u000a")");
  EXPECT_EQ(value(25, "\"\""), R"("")");
  EXPECT_EQ(value(25, ""), "null");
  EXPECT_EQ(value(25, "\xff"), R"({"percent-encoded":"%FF"})");
}

TEST(Jsonl, TruthAndDocumentsAreJson) {
  EXPECT_EQ(value(16, "t"), "true");
  EXPECT_EQ(value(16, "f"), "false");
  EXPECT_EQ(value(3802, "\"{\"\"a\"\": 1.50}\""), R"({"a": 1.50})");
  EXPECT_EQ(value(114, "\"[1,\n2]\""), R"("[1,\u000a2]")");  // a line feed would end the line
  EXPECT_EQ(value(3802, "\"\"\"x\"\"\""), R"("\"x\"")");
}

TEST(Jsonl, ColumnsOfOneNameAreToldApart) {
  EXPECT_EQ(written({{"id", 23}, {"id", 23}, {"id_2", 23}, {"a\"b"}}, "1,2,3,\n"),
            R"({"id":1,"id_3":2,"id_2":3,"a\"b":null})");
}

}  // namespace
}  // namespace firmquery
