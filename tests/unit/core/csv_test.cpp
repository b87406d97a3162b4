#include "firmquery/core/csv.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>
#include <vector>

namespace firmquery {
namespace {

using CsvField = std::optional<std::string>;  // nullopt: NULL

std::string encode(const std::vector<CsvField>& fields) {
  std::string record;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) record += ',';
    if (fields[i]) append_csv_field(record, *fields[i], fields.size() == 1);
  }
  return record + '\n';
}

std::string lone(std::string_view value) {
  std::string out;
  append_csv_field(out, value, true);
  return out;
}

struct Golden {
  const char* value;
  const char* csv;
};

// The bytes of PostgreSQL 15.18 for COPY (SELECT v ...) TO STDOUT (FORMAT csv), one column.
constexpr Golden kPostgresql[] = {
    {"plain", "plain"},   {"", "\"\""},
    {"\\.", "\"\\.\""},   {"a\\.", "a\\."},
    {"a,b", "\"a,b\""},   {"a\"b", "\"a\"\"b\""},
    {"\"", "\"\"\"\""},   {"\"\"", "\"\"\"\"\"\""},
    {"a\nb", "\"a\nb\""}, {"a\rb", "\"a\rb\""},
    {"\r\n", "\"\r\n\""}, {" lead", " lead"},
    {"trail ", "trail "}, {" ", " "},
    {"\t", "\t"},         {"NULL", "NULL"},
    {"\\N", "\\N"},       {"\xC3\xBC\xE2\x82\xAC", "\xC3\xBC\xE2\x82\xAC"},
    {"'", "'"},           {"a;b|c", "a;b|c"},
    {"\\\\", "\\\\"},     {",", "\",\""},
};

TEST(Csv, WritesTheBytesOfPostgresql) {
  for (const Golden& golden : kPostgresql) EXPECT_EQ(lone(golden.value), golden.csv);
}

TEST(Csv, QuotesTheEndMarkerOnlyWhereItStandsAlone) {
  // Observed: COPY of three columns gives 4,\.,\. and of one column "\."
  EXPECT_EQ(encode({"4", "\\.", "\\."}), "4,\\.,\\.\n");
  EXPECT_EQ(encode({"\\."}), "\"\\.\"\n");
}

TEST(Csv, AppendsWithoutTouchingWhatIsThere) {
  std::string out = "a,";
  append_csv_field(out, "b\"c");
  EXPECT_EQ(out, "a,\"b\"\"c\"");
}

CsvField decode(std::string_view record, std::size_t column) {
  std::string scratch;
  std::string_view value;
  bool is_null = true;
  if (!csv_field(record, column, scratch, value, is_null)) return "(no such field)";
  if (is_null) return std::nullopt;
  return std::string(value);
}

TEST(Csv, ReadsEachFieldOfARecord) {
  const std::string_view record = "1,\"a,b\",,\"\",\"x\"\"y\",last\n";
  EXPECT_EQ(decode(record, 0), "1");
  EXPECT_EQ(decode(record, 1), "a,b");
  EXPECT_EQ(decode(record, 2), std::nullopt);
  EXPECT_EQ(decode(record, 3), "");
  EXPECT_EQ(decode(record, 4), "x\"y");
  EXPECT_EQ(decode(record, 5), "last");
  EXPECT_EQ(decode(record, 6), "(no such field)");
}

TEST(Csv, ReadsNullAtEitherEnd) {
  EXPECT_EQ(decode("\n", 0), std::nullopt);
  EXPECT_EQ(decode("\n", 1), "(no such field)");
  EXPECT_EQ(decode(",\n", 0), std::nullopt);
  EXPECT_EQ(decode(",\n", 1), std::nullopt);
  EXPECT_EQ(decode("a,\n", 1), std::nullopt);
  EXPECT_EQ(decode("a", 0), "a");
}

TEST(Csv, RefusesBrokenQuotes) {
  EXPECT_EQ(decode("\"never closed\n", 0), "(no such field)");
  EXPECT_EQ(decode("\"a\"\"\n", 0), "(no such field)");
  EXPECT_EQ(decode("\"a\"b,c\n", 0), "(no such field)");
  EXPECT_EQ(decode("\"a\"b,c\n", 1), "(no such field)");
}

TEST(Csv, PointsIntoTheRecordWhereNothingWasQuotedTwice) {
  const std::string record = "\"a,b\",c\n";
  std::string scratch;
  std::string_view value;
  bool is_null = false;
  ASSERT_TRUE(csv_field(record, 0, scratch, value, is_null));
  EXPECT_EQ(value.data(), record.data() + 1);
  ASSERT_TRUE(csv_field(record, 1, scratch, value, is_null));
  EXPECT_EQ(value.data(), record.data() + 6);
}

TEST(Csv, ReadsBackWhatItWrote) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  constexpr std::string_view kAlphabet = "ab,\"\n\r \\.;";
  for (int round = 0; round < 20'000; ++round) {
    std::vector<CsvField> fields(1 + random() % 5);
    for (CsvField& field : fields) {
      if (random() % 6 == 0) continue;
      field.emplace();
      for (unsigned length = random() % 7; length > 0; --length)
        *field += kAlphabet[random() % kAlphabet.size()];
    }
    const std::string record = encode(fields);
    for (std::size_t i = 0; i < fields.size(); ++i) ASSERT_EQ(decode(record, i), fields[i]) << record;
    ASSERT_EQ(decode(record, fields.size()), "(no such field)") << record;
  }
}

// Each field in turn is what csv_field() says of its number, also where the record ends with a separator.
TEST(Csv, GivesOneFieldAfterTheOther) {
  for (const std::string record : {"", "a", "a,", ",a", ",", "\"a,\"\"b\"\"\",,\"\"", "1,\"x\ny\",z"}) {
    std::string scratch, expected_scratch;
    std::string_view value, expected;
    bool is_null = false, expected_null = false;
    std::size_t column = 0;
    for (std::size_t position = 0; position <= record.size(); ++column) {
      ASSERT_TRUE(next_csv_field(record, position, scratch, value, is_null)) << record;
      ASSERT_TRUE(csv_field(record, column, expected_scratch, expected, expected_null)) << record;
      EXPECT_EQ(value, expected) << record;
      EXPECT_EQ(is_null, expected_null) << record;
    }
    EXPECT_FALSE(csv_field(record, column, expected_scratch, expected, expected_null)) << record;
  }
  std::size_t position = 0;
  std::string scratch;
  std::string_view value;
  bool is_null = false;
  EXPECT_FALSE(next_csv_field("\"open", position, scratch, value, is_null));
}

std::string safe(std::string_view record) {
  std::string out;
  append_spreadsheet_safe(out, record);
  return out;
}

TEST(SpreadsheetSafe, PutsAnApostropheBeforeFormulas) {
  EXPECT_EQ(safe("1,=1+1,+x,-y,@z\n"), "1,'=1+1,'+x,'-y,'@z\n");
  EXPECT_EQ(safe("\"=cmd(\"\"x\"\",1)\",2\n"), "\"'=cmd(\"\"x\"\",1)\",2\n");
  EXPECT_EQ(safe("\t=1\n"), "'\t=1\n");
  EXPECT_EQ(safe("\"\r=1\"\n"), "\"'\r=1\"\n");
}

TEST(SpreadsheetSafe, LeavesNumbersTextsAndNulls) {
  for (const char* record : {"-1,+2.5,-1e9,1,,\"\"\n", "a=b,c-d,x@y\n", "\"a,b\",\"c\nd\"\n", "\n", ""}) {
    EXPECT_EQ(safe(record), record);
  }
  EXPECT_EQ(safe("-1x,-,+1e,-1.\n"), "'-1x,'-,'+1e,'-1.\n");
}

TEST(SpreadsheetSafe, CanBeUndone) {
  for (const char* value : {"=1", "'x", "''", "-5", "plain", "@", "'=1", ""}) {
    std::string record, scratch;
    append_csv_field(record, value);
    const std::string out = safe(record);
    std::string_view read;
    bool is_null = false;
    ASSERT_TRUE(csv_field(out, 0, scratch, read, is_null)) << out;
    EXPECT_EQ(from_spreadsheet_safe(read), value) << out;
  }
}

TEST(Csv, TheFirstRecordOfAText) {
  EXPECT_EQ(csv_record_size("a,b\nc\n"), 4u);
  EXPECT_EQ(csv_record_size("\n"), 1u);
  EXPECT_EQ(csv_record_size("a,\"x\ny\"\"\n\"\nc\n"), 11u);
  EXPECT_EQ(csv_record_size("a,b"), std::string_view::npos);
  EXPECT_EQ(csv_record_size("a,\"b\n"), std::string_view::npos);
  EXPECT_EQ(csv_record_size(""), std::string_view::npos);
}

}  // namespace
}  // namespace firmquery
