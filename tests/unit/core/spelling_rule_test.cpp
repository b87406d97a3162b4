#include "firmquery/core/spelling_rule.hpp"

#include <gtest/gtest.h>

#include <string>

namespace firmquery {
namespace {

// What the rule makes of the ID; "-" where it leaves it alone.
std::string by(const std::string& rule, const std::string& id) {
  const auto parsed = SpellingRule::parse(rule, "--accept-rule");
  EXPECT_TRUE(parsed) << rule;
  std::string spelled;
  return parsed && parsed->apply(id, spelled) ? spelled : "-";
}

TEST(SpellingRule, WhatStandsAroundAnId) {
  EXPECT_EQ(by("trim", " A1 "), "A1");
  EXPECT_EQ(by("trim",
               "\xC2\xA0"
               "A1\xE2\x80\x8B"),
            "A1");  // no-break space, zero-width space
  EXPECT_EQ(by("trim",
               "\xEF\xBB\xBF"
               "A1\xE2\x80\x8E"),
            "A1");  // byte order mark, left-to-right mark
  EXPECT_EQ(by("trim",
               "\xE2\x80\x9C"
               "A 1\xE2\x80\x9D"),
            "A 1");  // quotes
  EXPECT_EQ(by("trim", "A1"), "-");
  EXPECT_EQ(by("trim", "''"), "-");
}

TEST(SpellingRule, BlanksInside) {
  EXPECT_EQ(by("strip-blanks",
               "12 34\xC2\xA0"
               "5"),
            "12345");
  EXPECT_EQ(by("strip-blanks",
               "12\xE2\x80\x8B"
               "34"),
            "1234");
  EXPECT_EQ(by("strip-blanks", "1234"), "-");
  EXPECT_EQ(by("single-blanks", "AB   12"), "AB 12");
  EXPECT_EQ(by("single-blanks",
               "AB\xC2\xA0"
               "12"),
            "AB 12");
  EXPECT_EQ(by("single-blanks", "AB 12"), "-");
}

TEST(SpellingRule, CaseIsThatOfAscii) {
  EXPECT_EQ(by("upper",
               "ab-\xC3\xA4"
               "1"),
            "AB-\xC3\xA4"
            "1");
  EXPECT_EQ(by("lower", "AB1"), "ab1");
  EXPECT_EQ(by("lower", "ab1"), "-");
}

TEST(SpellingRule, ZerosAndDecimals) {
  EXPECT_EQ(by("pad:10", "1234567"), "0001234567");
  EXPECT_EQ(by("pad:10", "12345678901"), "-");
  EXPECT_EQ(by("pad:10", "A123"), "-");
  EXPECT_EQ(by("strip-zeros", "000123"), "123");
  EXPECT_EQ(by("strip-zeros", "0"), "-");
  EXPECT_EQ(by("strip-zeros", "000"), "-");
  EXPECT_EQ(by("strip-zeros", "0.5"), "-");
  EXPECT_EQ(by("strip-decimals", "123.0"), "123");
  EXPECT_EQ(by("strip-decimals", "123,00"), "123");
  EXPECT_EQ(by("strip-decimals", "123.5"), "-");
}

TEST(SpellingRule, Separators) {
  EXPECT_EQ(by("strip-separators", "12-34/5.6 7_8"), "12345678");
  EXPECT_EQ(by("strip-separators", "-12"), "-");  // a sign
  EXPECT_EQ(by("strip-separators", "a@b-c"), "-");
  EXPECT_EQ(by("strip-separators", "1.5"), "-");  // a fraction
  EXPECT_EQ(by("strip-separators", "1.234.567"), "1234567");
  EXPECT_EQ(by("group:3-2-4", "123456789"), "123-45-6789");
  EXPECT_EQ(by("group:3-2-4", "12345678"), "-");
  EXPECT_EQ(by("group:3-2-4", "1234567890"), "-");
  EXPECT_EQ(by("group:8-4-4-4-12", "0f8fad5bd9cb469fa16570867728950e"),
            "0f8fad5b-d9cb-469f-a165-70867728950e");
}

TEST(SpellingRule, LookAlikes) {
  EXPECT_EQ(by("look-alikes", "O12l"), "0121");
  EXPECT_EQ(by("look-alikes", "1S8-B"), "158-8");
  EXPECT_EQ(by("look-alikes", "K12"), "-");
  EXPECT_EQ(by("look-alikes", "OIL"), "-");  // a word
  EXPECT_EQ(by("look-alikes:AA9999", "0B12I4"), "OB1214");
  EXPECT_EQ(by("look-alikes:AA9999", "AB1214"), "-");
  EXPECT_EQ(by("look-alikes:AA9999", "AB12K4"), "-");
  EXPECT_EQ(by("look-alikes:AA-99", "AB-O1"), "AB-01");
}

TEST(SpellingRule, FormsOfOtherScripts) {
  EXPECT_EQ(by("ascii", "\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\xA1"), "12A");  // full-width 12A
  EXPECT_EQ(by("ascii", "\xD9\xA1\xD9\xA2\xD9\xA3"), "123");              // Arabic-Indic
  EXPECT_EQ(by("ascii",
               "\xD0\x90\xD0\x92"
               "12"),
            "AB12");  // Cyrillic
  EXPECT_EQ(by("ascii",
               "12\xE2\x80\x93"
               "34"),
            "12-34");                       // en dash
  EXPECT_EQ(by("ascii", "\xC3\xA4"), "-");  // has no look-alike
  EXPECT_EQ(by("ascii", "AB12"), "-");
}

TEST(SpellingRule, CheckDigits) {
  EXPECT_EQ(by("add-luhn:11", "7992739871"), "79927398713");
  EXPECT_EQ(by("drop-luhn:10", "79927398713"), "7992739871");
  EXPECT_EQ(by("drop-luhn:10", "79927398710"), "-");  // wrong
  EXPECT_EQ(by("add-ean:13", "400638133393"), "4006381333931");
  EXPECT_EQ(by("drop-ean:12", "4006381333931"), "400638133393");
  EXPECT_EQ(by("add-mod11:10", "030640615"), "0306406152");  // ISBN
  EXPECT_EQ(by("add-mod11:10", "080442957"), "080442957X");
  EXPECT_EQ(by("drop-mod11:9", "080442957X"), "080442957");
  EXPECT_EQ(by("add-mod97:8", "123456"), "12345676");
  EXPECT_EQ(by("drop-mod97:6", "12345676"), "123456");
  EXPECT_EQ(by("add-luhn:11", "799273987"), "-");  // another width
}

TEST(SpellingRule, SeveralInARow) {
  EXPECT_EQ(by("strip-separators+pad:10", "12-345"), "0000012345");
  EXPECT_EQ(by("strip-separators+pad:10", "12345"), "0000012345");
  EXPECT_EQ(by("strip-separators+pad:5", "12-345"), "12345");
  EXPECT_EQ(by("strip-separators+pad:5", "12345"), "-");
}

TEST(SpellingRule, ItsOwnResultIsLeftAlone) {
  const char* const ids[] = {"1", "00120", "AB 12", "ab-12", "O1l2", "12.0", " x ", "12-34-56", "0B12I4"};
  const char* const rules[] = {"trim",
                               "strip-blanks",
                               "single-blanks",
                               "upper",
                               "lower",
                               "ascii",
                               "pad:8",
                               "strip-zeros",
                               "strip-decimals",
                               "strip-separators",
                               "group:2-2",
                               "look-alikes",
                               "look-alikes:AA9999",
                               "strip-blanks+pad:8"};
  for (const std::string rule : rules) {
    for (const std::string id : ids) {
      const std::string once = by(rule, id);
      if (once != "-") {
        EXPECT_EQ(by(rule, once), "-") << rule << " of " << id;
      }
    }
  }
}

TEST(SpellingRule, SaysWhatItDoes) {
  EXPECT_EQ(SpellingRule::parse("pad:10", "")->words(), "zeros padded to 10 digits");
  EXPECT_EQ(SpellingRule::parse("strip-separators+pad:8", "")->words(),
            "hyphens and other separators left out and zeros padded to 8 digits");
  EXPECT_EQ(SpellingRule::parse("look-alikes:A99", "")->words(),
            "letters and digits that look alike put right as in A99");
}

TEST(SpellingRule, AWrongOneIsRefusedWithWhatIsMeant) {
  const auto refused = [](const std::string& name) {
    const auto parsed = SpellingRule::parse(name, "--accept-rule");
    EXPECT_FALSE(parsed) << name;
    return parsed ? std::string() : parsed.error().to_string();
  };
  EXPECT_NE(refused("padd:10").find("did you mean \"pad:10\"?"), std::string::npos) << refused("padd:10");
  EXPECT_NE(refused("padd:10").find("strip-separators"), std::string::npos);  // all of them
  EXPECT_NE(refused("pad").find("pad:N"), std::string::npos) << refused("pad");
  EXPECT_NE(refused("group:0").find("group:3-2-4"), std::string::npos);
  for (const char* wrong : {"", "pad:", "pad:0", "pad:1000", "pad:x", "upper:3", "trim+", "+trim", "group:3",
                            "group:3-", "group:-3", "group:3--4", "group:333-4",
                            "look-alikes:", "look-alikes:XZ", "add-luhn", "add-crc:3", "pad:8 "})
    EXPECT_FALSE(refused(wrong).empty()) << wrong;
}

}  // namespace
}  // namespace firmquery
