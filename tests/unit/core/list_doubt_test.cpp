// Input that is no list, and columns that nobody named.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/cleaned.hpp"

namespace firmquery {
namespace {

using test::clean_text;
using test::Cleaned;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::string_literals;

CleanOptions key_of_type(IdType type) {
  CleanOptions options;
  options.type = type;
  options.key_name = "firm_root_id";
  return options;
}

TEST(ListDoubt, SaysWhatIsNoText) {
  const auto error = [](const std::string& bytes) { return clean_text(bytes).error; };
  EXPECT_THAT(error("PK\x03\x04....[Content_Types].xml....xl/workbook.xml"),
              HasSubstr("an Excel workbook (XLSX), not text"));
  EXPECT_THAT(error("PK\x03\x04....a.txt"), HasSubstr("a ZIP archive"));
  EXPECT_THAT(error("\xD0\xCF\x11\xE0rest"), HasSubstr("export the sheet with the IDs as CSV"));
  EXPECT_THAT(error("\x1F\x8Brest"), HasSubstr("decompress it first"));
  EXPECT_THAT(error("%PDF-1.7\n"), HasSubstr("a PDF document"));
  EXPECT_THAT(error("\x7F"
                    "ELF" +
                    std::string(100, '\0')),
              HasSubstr("a program (ELF)"));
  EXPECT_THAT(error("a\nb\n" + std::string(40, '\0')), HasSubstr("binary data"));
  EXPECT_THAT(error("BZh"), IsEmpty());
  EXPECT_THAT(clean_text("7\0"
                         "8\n9\n"s)
                  .rejects(),
              ElementsAre("control_character: 7\0"
                          "8"s));
  EXPECT_THAT(clean_text("7\0\n\0"s
                         "8\0\n\0"s,
                         key_of_type(IdType::text))
                  .error,
              IsEmpty());  // UTF-16
}

TEST(ListDoubt, AQueryIsNoList) {
  CleanOptions options;
  options.source_name = "firms.SQL";
  EXPECT_THAT(clean_text("select id from firm\n", options).error,
              HasSubstr("are --ids and --query swapped?"));
  EXPECT_THAT(clean_text("select id from firm where id in (7, 8)\n", options).ids(), ElementsAre("7", "8"));
  EXPECT_THAT(clean_text("select 1 where id in ({ID_PLACEHOLDER})").error, HasSubstr("is an SQL query"));
  EXPECT_THAT(clean_text("select 1 FROM {IDS} i").error, HasSubstr("is an SQL query"));
  options.format = InputFormat::lines;
  EXPECT_THAT(clean_text("{IDS}\n7\n", options).ids(), ElementsAre("{IDS}", "7"));
}

TEST(ListDoubt, AGuessedColumnIsSaid) {
  const Cleaned guessed = clean_text("a;b\n7;x\n8;y\n", key_of_type(IdType::integer));
  EXPECT_THAT(guessed.ids(), ElementsAre("7", "8"));
  EXPECT_EQ(
      guessed.profile.guess,
      "the IDs were taken from column 1 (a), the first of 2, none being named firm_root_id: --column names "
      "another");
  EXPECT_EQ(clean_text("a;firm_root_id\n7;1\n", key_of_type(IdType::integer)).profile.guess, "");
  EXPECT_EQ(clean_text("7\n8\n", key_of_type(IdType::integer)).profile.guess, "");
  EXPECT_EQ(clean_text("7;\n8;\n", key_of_type(IdType::integer)).profile.guess, "");
  CleanOptions named = key_of_type(IdType::integer);
  named.column = "1";
  EXPECT_EQ(clean_text("a;b\n7;x\n8;y\n", named).profile.guess, "");
}

TEST(ListDoubt, AGuessedColumnMustLookLikeTheType) {
  const std::string text = "name;city;customer_no\nBob;Rome;12\nAnn;Oslo;13\n";
  const Cleaned wrong = clean_text(text, key_of_type(IdType::integer));
  EXPECT_THAT(wrong.error,
              HasSubstr("column 1 (name), the first of 3, none being named firm_root_id, does not "
                        "look like integers: \"Bob\""));
  EXPECT_THAT(wrong.error,
              HasSubstr("--column 3 (customer_no) looks like integers; the columns are 1 (name), "
                        "2 (city), 3 (customer_no)"));
  EXPECT_THAT(clean_text("x;y\na;b\n", key_of_type(IdType::uuid)).error,
              HasSubstr("no column looks like UUIDs"));
  EXPECT_THAT(clean_text("*Bob;12\n*Ann;13\n", key_of_type(IdType::integer)).error,
              HasSubstr("--column 2 looks like integers"));
  EXPECT_THAT(clean_text(";x\n;y\n1;z\n", key_of_type(IdType::integer)).profile.guess, HasSubstr("column 1"));
  CleanOptions headed = key_of_type(IdType::text);
  headed.header = HeaderMode::present;
  EXPECT_THAT(clean_text("a;b\n;7\n;8\n", headed).error, HasSubstr("--column 2 (b) looks like IDs"));
  CleanOptions named = key_of_type(IdType::integer);
  named.column = "name";
  EXPECT_EQ(clean_text(text, named).counts.rejected, 2u);
  CleanOptions grouped = key_of_type(IdType::integer);
  grouped.numbers.groups = DigitGroups::point;
  EXPECT_THAT(clean_text("a;b\n1.234;x\n5.678;y\n", grouped).ids(), ElementsAre("1234", "5678"));
}

}  // namespace
}  // namespace firmquery
