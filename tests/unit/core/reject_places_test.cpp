// Where a reject stands in the bytes of the input, whatever the encoding, the format and the blocks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/cleaned.hpp"

namespace firmquery {
namespace {

using test::clean_text;
using test::Cleaned;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

CleanOptions integers(InputFormat format = InputFormat::automatic) {
  CleanOptions options;
  options.type = IdType::integer;
  options.format = format;
  return options;
}

// In one block, in blocks of one byte, and with a sample that ends before the end of the text: always the same.
Cleaned clean_in_any_blocks(const std::string& text, CleanOptions options) {
  const Cleaned whole = clean_text(text, options);
  std::vector<std::size_t> cuts(text.size());
  for (std::size_t i = 0; i < cuts.size(); ++i) cuts[i] = i;
  EXPECT_EQ(clean_text(text, options, cuts).offsets, whole.offsets);
  options.sample_bytes = 40;
  EXPECT_EQ(clean_text(text, options, cuts).offsets, whole.offsets);
  EXPECT_EQ(clean_text(text, options).offsets, whole.offsets);
  EXPECT_THAT(whole.error, IsEmpty());
  return whole;
}

std::string utf16(std::u16string_view text, bool little) {
  std::string bytes;
  for (const char16_t unit : text) {
    const char low = static_cast<char>(unit & 0xFF), high = static_cast<char>(unit >> 8);
    bytes += {little ? low : high, little ? high : low};
  }
  return bytes;
}

TEST(RejectPlaces, OfLinesIsWhereTheLineBegins) {
  const std::string text = "17\n  x1\r\n18\rx2\n\n19\nx3";
  const Cleaned cleaned = clean_in_any_blocks(text, integers(InputFormat::lines));
  EXPECT_THAT(cleaned.offsets, ElementsAre(text.find("  x1"), text.find("x2"), text.find("x3")));
  EXPECT_THAT(cleaned.columns, ElementsAre("1", "1", "1"));
}

TEST(RejectPlaces, OfCsvIsWhereTheFieldBegins) {
  const std::string text =
      "\xEF\xBB\xBFname,firm id,city\n"
      "\"a\nb,\",x1,\"Rome\"\n"
      "ann,5,Rome\n"
      "bob,\"x\"\"2\",Rome\n"
      "short\n"
      "\"d\xC3\xA9j\xC3\xA0\",x3,Rome\n";
  CleanOptions options = integers(InputFormat::csv);
  options.column = "firm id";
  const Cleaned cleaned = clean_in_any_blocks(text, options);
  EXPECT_THAT(cleaned.offsets,
              ElementsAre(text.find("x1"), text.find("\"x\"\"2"), text.find("short"), text.find("x3")));
  EXPECT_THAT(cleaned.columns, ElementsAre("firm id", "firm id", "firm id", "firm id"));
}

TEST(RejectPlaces, OfAListIsWhereTheItemBegins) {
  const std::string text = "select * from firm where id in (1, 'x1',\n 2, x2 ,3,\"x3\")";
  const Cleaned cleaned = clean_in_any_blocks(text, integers());
  EXPECT_EQ(cleaned.profile.format, InputFormat::list);
  EXPECT_THAT(cleaned.offsets, ElementsAre(text.find("'x1"), text.find("x2"), text.find("\"x3")));
}

TEST(RejectPlaces, AreOfTheFileWhereItsTextIsUtf16) {
  for (const bool little : {true, false}) {
    SCOPED_TRACE(little);
    const std::u16string text =
        u"\uFEFFid;name\n7;\u00E9t\u00E9 \u20AC \U0001F600\nx1;\U0001F600\n\u20ACx2;b\n8;c\nx3;d\n";
    const std::string bytes = utf16(text, little);
    CleanOptions options = integers(InputFormat::csv);
    options.column = "id";
    const Cleaned cleaned = clean_in_any_blocks(bytes, options);
    EXPECT_THAT(cleaned.offsets,
                ElementsAre(2 * text.find(u"x1"), 2 * text.find(u"\u20ACx2"), 2 * text.find(u"x3")));
  }
}

TEST(RejectPlaces, AreOfTheFileWhereItsTextIsWindows1252) {
  // A euro sign is three bytes in UTF-8; 0x81 is no character at all.
  const std::string text = "7;\xE9t\xE9 \x80\nx1;\x81\x80\n\x80x2;b\n8;c\nx3;\xFC\nx4;d\n";
  CleanOptions options = integers(InputFormat::csv);
  options.column = "1";
  const Cleaned cleaned = clean_in_any_blocks(text, options);
  EXPECT_EQ(cleaned.profile.encoding, InputEncoding::windows1252);
  EXPECT_THAT(cleaned.offsets,
              ElementsAre(text.find("x1"), text.find("\x80x2"), text.find("x3"), text.find("x4")));
}

TEST(RejectPlaces, TheRowsOfAQueryHaveNone) {
  CleanOptions options = integers(InputFormat::csv);
  options.number_records = true;
  options.delimiter = ',';
  EXPECT_THAT(clean_text("1\nx\n", options).offsets, ElementsAre(InputPlace::kNoOffset));
}

}  // namespace
}  // namespace firmquery
