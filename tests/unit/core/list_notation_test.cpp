// Lists as people and spreadsheets of other countries write them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/cleaned.hpp"

namespace firmquery {
namespace {

using test::clean_text;
using test::Cleaned;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

CleanOptions in_notation(IdType type, DigitGroups groups = DigitGroups::none,
                         DecimalMark decimal = DecimalMark::none) {
  CleanOptions options;
  options.type = type;
  options.numbers = {groups, decimal};
  return options;
}

struct GroupCase {
  DigitGroups groups;
  const char* first;
  const char* second;
};
constexpr GroupCase kGroups[] = {
    {DigitGroups::point, "1.234.567", "-12.345"},
    {DigitGroups::comma, "1,234,567", "-12,345"},
    {DigitGroups::apostrophe, "1'234'567",
     "-12\xE2\x80\x99"
     "345"},
    {DigitGroups::space,
     "1\xC2\xA0"
     "234\xE2\x80\xAF"
     "567",
     "-12 345"},
    {DigitGroups::space,
     "1\xE2\x80\x89"
     "234\xE2\x80\x87"
     "567",
     "-12 345"},
};

TEST(ListNotation, GroupsAreReadWhereTheirMarkIsNamed) {
  for (const auto& [groups, first, second] : kGroups) {
    const std::string text = std::string(first) + "\n42\n" + second + "\n";
    SCOPED_TRACE(text);
    EXPECT_THAT(clean_text(text, in_notation(IdType::integer, groups)).ids(),
                ElementsAre("1234567", "42", "-12345"));
    EXPECT_THAT(clean_text(text, in_notation(IdType::numeric, groups)).ids(),
                ElementsAre("1234567", "42", "-12345"));
    EXPECT_THAT(clean_text(text, in_notation(IdType::text, groups)).ids(),
                ElementsAre("1234567", "42", "-12345"));
    const Cleaned one = clean_text(first, in_notation(IdType::integer, groups));
    EXPECT_THAT(one.ids(), ElementsAre("1234567")) << one.error;
  }
}

TEST(ListNotation, GroupsAreRejectedWithTheOptionThatReadsThem) {
  for (const auto& [groups, first, second] : kGroups) {
    CleanOptions options = in_notation(IdType::integer);
    options.format = InputFormat::lines;
    const Cleaned cleaned = clean_text(std::string(first) + "\n42\n", options);
    EXPECT_THAT(cleaned.rejects(), ElementsAre("thousands: " + std::string(first)));
    const std::string option(groups == DigitGroups::apostrophe ? "\"'\"" : to_option(groups));
    EXPECT_THAT(cleaned.profile.suspicions.front(), HasSubstr("--thousands " + option + " reads them"));
    EXPECT_THAT(cleaned.profile.suspicions.front(), HasSubstr("line 1"));
    EXPECT_EQ(cleaned.profile.examples.at("thousands").text, first);
  }
}

TEST(ListNotation, WhatCanBeBothIsNotRead) {
  const Cleaned comma = clean_text("1,234\n", in_notation(IdType::integer));
  EXPECT_THAT(comma.error, HasSubstr("can be read as numbers such as \"1,234\" or as a pasted list"));
  EXPECT_THAT(comma.error, HasSubstr("--thousands ,"));
  const Cleaned point = clean_text("1.234\n5\n", in_notation(IdType::integer));
  EXPECT_THAT(point.rejects(), ElementsAre("decimal: 1.234"));
  EXPECT_THAT(point.profile.suspicions, Contains(HasSubstr("--thousands . reads them")));
  CleanOptions lines = in_notation(IdType::integer, DigitGroups::none, DecimalMark::comma);
  lines.format = InputFormat::lines;
  EXPECT_THAT(clean_text("1,234\n1.234\n5,00\n", lines).rejects(),
              ElementsAre("decimal: 1,234", "decimal: 1.234"));
}

TEST(ListNotation, AFractionOfZerosIsAWholeNumber) {
  const CleanOptions comma = in_notation(IdType::integer, DigitGroups::none, DecimalMark::comma);
  EXPECT_THAT(clean_text("10,00\n-7,0\n12,50\n3\n", comma).ids(), ElementsAre("10", "-7", "3"));
  EXPECT_THAT(clean_text("10,00\n", comma).ids(), ElementsAre("10"));
  EXPECT_THAT(clean_text("1.234,00\n", in_notation(IdType::integer, DigitGroups::point)).ids(),
              ElementsAre("1234"));
  EXPECT_THAT(
      clean_text("10.00\n5\n", in_notation(IdType::integer, DigitGroups::none, DecimalMark::point)).ids(),
      ElementsAre("10", "5"));
  EXPECT_THAT(clean_text("1'234.00\n", in_notation(IdType::integer, DigitGroups::apostrophe)).ids(),
              IsEmpty());
}

TEST(ListNotation, NumericKeysHaveFractions) {
  const CleanOptions options = in_notation(IdType::numeric, DigitGroups::point);
  const Cleaned cleaned = clean_text("1.234,50\n0,75\n1.23\n1.234\n", options);
  EXPECT_THAT(cleaned.ids(), ElementsAre("1234.5", "0.75", "1234"));
  EXPECT_THAT(cleaned.rejects(), ElementsAre("not_a_number: 1.23"));
}

TEST(ListNotation, ADecimalCommaIsNamed) {
  CleanOptions options = in_notation(IdType::integer);
  options.format = InputFormat::lines;
  const Cleaned cleaned = clean_text("10,00\n11,5\n3\n", options);
  EXPECT_THAT(cleaned.rejects(), ElementsAre("decimal_comma: 10,00", "decimal_comma: 11,5"));
  EXPECT_THAT(cleaned.profile.suspicions.front(), HasSubstr("--decimal , reads whole numbers"));
  for (const char* text : {"10,00\n", "10,00\n11,00\n", "10,00\n7\n"}) {
    EXPECT_THAT(clean_text(text).error, HasSubstr("say --decimal , for numbers")) << text;
  }
  EXPECT_THAT(clean_text("1.234,00\n2.345,00\n").error, HasSubstr("say --thousands . for numbers"));
}

TEST(ListNotation, TextKeepsPointsAndBlanksAndSaysSo) {
  const Cleaned codes = clean_text("1.234.567\n2.345.678\nA\n");
  EXPECT_THAT(codes.ids(), ElementsAre("1.234.567", "2.345.678", "A"));
  EXPECT_THAT(codes.profile.suspicions, Contains(HasSubstr("--thousands . reads them as whole numbers")));
  EXPECT_THAT(clean_text("10.123.101.200\n10.1.2.3\n8.8.8.8\n").profile.suspicions, IsEmpty());
  CleanOptions lines = in_notation(IdType::text);
  lines.format = InputFormat::lines;
  EXPECT_THAT(clean_text("1'234\n1\xC2\xA0"
                         "234\n10,00\nx\n",
                         lines)
                  .rejects(),
              ElementsAre("thousands: 1'234",
                          "thousands: 1\xC2\xA0"
                          "234",
                          "decimal_comma: 10,00"));
}

TEST(ListNotation, CommasSeparateColumnsWhereNumbersAreQuoted) {
  const CleanOptions options = in_notation(IdType::integer, DigitGroups::comma);
  EXPECT_THAT(clean_text("id,name\n\"1,234\",x\n\"12,345,678\",y\n", options).ids(),
              ElementsAre("1234", "12345678"));
  EXPECT_THAT(clean_text("1.234,x\n12.345,y\n", in_notation(IdType::integer, DigitGroups::point)).ids(),
              ElementsAre("1234", "12345"));
  EXPECT_THAT(clean_text("id;name\n1,234;x\n12,345,678;y\n", options).ids(), ElementsAre("1234", "12345678"));
  EXPECT_THAT(clean_text("1,234; 12,345,678; 5", options).ids(), ElementsAre("1234", "12345678", "5"));
}

TEST(ListNotation, TheFormulaOfSpreadsheetsIsText) {
  const Cleaned lines = clean_text("=\"0000030\"\n=\" 31 \"\n");
  EXPECT_THAT(lines.ids(), ElementsAre("0000030", "31"));
  EXPECT_EQ(lines.profile.text_formula, 2u);
  CleanOptions second = in_notation(IdType::text);
  second.column = "2";
  EXPECT_THAT(clean_text("x;\"=\"\"0000030\"\"\"\ny;=\"31\"\n", second).ids(), ElementsAre("0000030", "31"));
  EXPECT_THAT(clean_text("('a', =\"b\")").ids(), ElementsAre("a", "b"));
  EXPECT_THAT(clean_text("=\"\"\nx\n").rejects(), ElementsAre("empty: =\"\""));
  EXPECT_THAT(clean_text("=\"a\"\"b\"\n=\"\n=\"'007\"\n'=\"8\"\n").ids(),
              ElementsAre("=\"a\"\"b\"", "=\"", "007", "8"));
}

TEST(ListNotation, TheSeparatorLineIsAHeader) {
  const Cleaned cleaned = clean_text("sep=;\r\nid;name\r\n7;x\r\n8;y\r\n", in_notation(IdType::integer));
  EXPECT_THAT(cleaned.ids(), ElementsAre("7", "8"));
  EXPECT_EQ(cleaned.counts, (InputCounts{4, 0, 2, 2, 0}));
  EXPECT_EQ(cleaned.seen.front().line, 3u);
  EXPECT_EQ(cleaned.profile.delimiter, ';');
  EXPECT_EQ(cleaned.profile.column, "id");
  EXPECT_THAT(clean_text("\xEF\xBB\xBF\"SEP=,\"\n7\n8\n").ids(), ElementsAre("7", "8"));
  EXPECT_THAT(clean_text("sep=x\n7\n").counts.header, 0u);
  EXPECT_THAT(clean_text("7\nsep=;\n").counts.header, 0u);
  EXPECT_EQ(clean_text("sep=;").counts, (InputCounts{1, 0, 1, 0, 0}));
}

}  // namespace
}  // namespace firmquery
