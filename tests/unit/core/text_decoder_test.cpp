#include "../orchestrator/core/text_decoder.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace firmquery {
namespace {

using namespace std::string_literals;

std::string decode_in_blocks(InputEncoding encoding, std::string_view bytes, std::size_t block_bytes) {
  TextDecoder decoder(encoding);
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += block_bytes)
    text += decoder.decode(bytes.substr(at, block_bytes));
  text += decoder.finish();
  return text;
}

void expect_decoded(InputEncoding encoding, const std::string& bytes, const std::string& expected) {
  for (std::size_t block = 1; block <= bytes.size(); ++block) {
    EXPECT_EQ(decode_in_blocks(encoding, bytes, block), expected) << "blocks of " << block;
  }
}

TEST(TextDecoder, PassesUtf8) {
  expect_decoded(InputEncoding::automatic, "12\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80z",
                 "12\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80z");
}

TEST(TextDecoder, TakesAnInvalidFirstByteForWindows1252) {
  expect_decoded(InputEncoding::automatic, "M\xFCller \x80 \xC3\xA4",
                 "M\xC3\xBCller \xE2\x82\xAC \xC3\x83\xC2\xA4");
  expect_decoded(InputEncoding::automatic, "caf\xE9", "caf\xC3\xA9");  // a cut-off lead byte at the end
}

TEST(TextDecoder, KeepsInvalidBytesOnceUtf8IsCertain) {
  expect_decoded(InputEncoding::automatic, "\xC3\xA4 \xFF 1", "\xC3\xA4 \xFF 1");
  EXPECT_FALSE(is_valid_utf8("\xC3\xA4 \xFF 1"));
}

TEST(TextDecoder, MarksBytesWindows1252DoesNotHave) {
  expect_decoded(InputEncoding::windows1252, "a\x81z", "a\x81z");
  EXPECT_FALSE(is_valid_utf8("a\x81z"));
}

TEST(TextDecoder, ReadsUtf16WithSurrogates) {
  const std::string little = "1\0\x3D\xD8\x00\xDE\n\0"s;
  const std::string big =
      "\0"
      "1\xD8\x3D\xDE\x00\0\n"s;
  expect_decoded(InputEncoding::utf16le, little, "1\xF0\x9F\x98\x80\n");
  expect_decoded(InputEncoding::utf16be, big, "1\xF0\x9F\x98\x80\n");
}

TEST(TextDecoder, LeavesBrokenUtf16Visible) {
  for (const std::string& bytes : {"\x3D\xD8"
                                   "1\0"s,
                                   "\x00\xDE"s, "1\0\x3D\xD8"s,
                                   "1\0"
                                   "2"s}) {
    const std::string text = decode_in_blocks(InputEncoding::utf16le, bytes, bytes.size());
    EXPECT_FALSE(is_valid_utf8(text)) << text;
    expect_decoded(InputEncoding::utf16le, bytes, text);
  }
}

TEST(GuessEncoding, TrustsTheMark) {
  EXPECT_EQ(guess_encoding("\xEF\xBB\xBF"
                           "1",
                           InputEncoding::automatic)
                .encoding,
            InputEncoding::utf8);
  EXPECT_EQ(guess_encoding("\xEF\xBB\xBF"
                           "1",
                           InputEncoding::automatic)
                .bom_bytes,
            3u);
  EXPECT_EQ(guess_encoding("\xFF\xFE"
                           "1\0"s,
                           InputEncoding::automatic)
                .encoding,
            InputEncoding::utf16le);
  EXPECT_EQ(guess_encoding("\xFE\xFF\0"
                           "1"s,
                           InputEncoding::automatic)
                .encoding,
            InputEncoding::utf16be);
  EXPECT_EQ(guess_encoding("\xFF\xFE"
                           "1\0"s,
                           InputEncoding::windows1252)
                .encoding,
            InputEncoding::windows1252);
}

TEST(GuessEncoding, FindsUtf16ByItsNuls) {
  EXPECT_EQ(guess_encoding("1\0"
                           "2\0\n\0"s,
                           InputEncoding::automatic)
                .encoding,
            InputEncoding::utf16le);
  EXPECT_EQ(guess_encoding("\0"
                           "1\0"
                           "2\0\n"s,
                           InputEncoding::automatic)
                .encoding,
            InputEncoding::utf16be);
  EXPECT_EQ(guess_encoding("12\0"
                           "34\n56\n"s,
                           InputEncoding::automatic)
                .encoding,
            InputEncoding::automatic);
}

TEST(AppendReadable, EscapesAndCuts) {
  std::string text;
  append_readable(text, "a\xFF\xC3\xA4", 100);
  EXPECT_EQ(text, "a\\xFF\xC3\xA4");
  text.clear();
  append_readable(text, "ab\xC3\xA4", 3);  // does not cut a character in two
  EXPECT_EQ(text, "ab...");
}

}  // namespace
}  // namespace firmquery
