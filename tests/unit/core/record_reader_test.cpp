#include "../orchestrator/core/record_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace firmquery {
namespace {

using ::testing::ElementsAre;
using Records = std::vector<std::pair<std::uint64_t, std::string>>;

Records read_in_blocks(std::string_view text, char delimiter, std::size_t block_bytes, bool digits_first) {
  RecordReader reader(delimiter);
  Records records;
  Record record;
  for (std::size_t at = 0; at < text.size(); at += block_bytes) {
    reader.start(text.substr(at, block_bytes));
    while (true) {
      std::string_view digits;
      std::int64_t value = 0;
      std::uint64_t line = 0;
      while (digits_first && reader.next_digits(digits, value, line)) {
        EXPECT_EQ(std::stoll(std::string(digits)), value);
        records.emplace_back(line, digits);
      }
      if (!reader.next(record)) break;
      records.emplace_back(record.line, record.text);
    }
  }
  if (reader.finish(record)) records.emplace_back(record.line, record.text);
  return records;
}

void expect_records(const std::string& text, char delimiter, const Records& expected) {
  for (std::size_t block = 1; block <= text.size(); ++block) {
    EXPECT_EQ(read_in_blocks(text, delimiter, block, false), expected) << "blocks of " << block;
    if (delimiter == 0) {
      EXPECT_EQ(read_in_blocks(text, delimiter, block, true), expected) << "blocks of " << block;
    }
  }
}

TEST(RecordReader, EndsLinesAtLfCrlfAndCr) {
  expect_records("1\n22\r\n333\r4\r\r\n\n5", 0,
                 {{1, "1"}, {2, "22"}, {3, "333"}, {4, "4"}, {5, ""}, {6, ""}, {7, "5"}});
  expect_records("1\r", 0, {{1, "1"}});
  expect_records("1\r\n", 0, {{1, "1"}});
  expect_records("123456789012345678\n1234567890123456789\n", 0,
                 {{1, "123456789012345678"}, {2, "1234567890123456789"}});
}

TEST(RecordReader, LeavesNulAndQuotesInLines) {
  const std::string text(
      "1\0"
      "2\n\"3\n",
      7);
  expect_records(text, 0,
                 {{1, std::string("1\0"
                                  "2",
                                  3)},
                  {2, "\"3"}});
}

TEST(RecordReader, KeepsLineEndsInsideQuotes) {
  expect_records("\"a\r\nb\nc\",1\n\"d\"\"\n\",2\r\n3,\"x\"", ',',
                 {{1, "\"a\r\nb\nc\",1"}, {4, "\"d\"\"\n\",2"}, {6, "3,\"x\""}});
}

TEST(RecordReader, OpensQuotesAtTheStartOfAFieldOnly) {
  expect_records("5\" pipe,1\n  \"q\n\",2\na\"b\n", ',',
                 {{1, "5\" pipe,1"}, {2, "  \"q\n\",2"}, {4, "a\"b"}});
}

TEST(RecordReader, TellsAnUnclosedQuote) {
  RecordReader reader(',');
  Record record;
  reader.start("1\n\"2\n3\n");
  EXPECT_TRUE(reader.next(record));
  EXPECT_FALSE(reader.next(record));
  EXPECT_TRUE(reader.finish(record));
  EXPECT_TRUE(reader.in_quotes());
  EXPECT_EQ(record.line, 2u);
}

TEST(RecordReader, CutsRecordsWithoutEndAlikeInAnyBlocks) {
  const std::string text = std::string(kRecordBytesMax + 10, 'x') + "\n1\n";
  for (const std::size_t block : {text.size(), std::size_t{4096}, kRecordBytesMax, kRecordBytesMax + 5}) {
    RecordReader reader;
    Record record;
    std::vector<std::pair<std::size_t, bool>> sizes;
    for (std::size_t at = 0; at < text.size(); at += block) {
      reader.start(std::string_view(text).substr(at, block));
      while (reader.next(record)) sizes.emplace_back(record.text.size(), record.cut);
    }
    EXPECT_THAT(sizes, ElementsAre(std::pair(kRecordBytesMax, true), std::pair(std::size_t{1}, false)));
  }
}

TEST(Fields, AreUnquoted) {
  EXPECT_THAT(split_fields("1,\"a,b\",\"say \"\"hi\"\"\", \"x\" ,", ','),
              ElementsAre("1", "a,b", "say \"hi\"", "x ", ""));
  EXPECT_THAT(split_fields("\"\"", ','), ElementsAre(""));
  EXPECT_THAT(split_fields("\"a\"b;\"\"\"\"", ';'), ElementsAre("ab", "\""));
  EXPECT_THAT(split_fields("", ','), ElementsAre(""));
}

TEST(Fields, AreFoundByNumber) {
  std::string scratch;
  Field field;
  ASSERT_TRUE(find_field("1\t\"\"\t3", '\t', 1, scratch, field));
  EXPECT_TRUE(field.quoted);
  EXPECT_EQ(field.text, "");
  ASSERT_TRUE(find_field("1\t\"\"\t3", '\t', 2, scratch, field));
  EXPECT_EQ(field.text, "3");
  EXPECT_FALSE(find_field("1\t2", '\t', 2, scratch, field));
}

}  // namespace
}  // namespace firmquery
