#include "firmquery/core/clean.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/cleaned.hpp"

namespace firmquery {
namespace {

using test::clean_text;
using test::Cleaned;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::string_literals;

CleanOptions of_type(IdType type) {
  CleanOptions options;
  options.type = type;
  return options;
}

CleanOptions with_column(std::string column, IdType type = IdType::text) {
  CleanOptions options = of_type(type);
  options.column = std::move(column);
  return options;
}

CleanOptions with_format(InputFormat format, IdType type = IdType::text) {
  CleanOptions options = of_type(type);
  options.format = format;
  return options;
}

void expect_balanced(const Cleaned& cleaned) {
  const InputCounts& counts = cleaned.counts;
  EXPECT_EQ(counts.lines, counts.blank + counts.header + counts.rejected + counts.accepted);
  EXPECT_EQ(counts.accepted, cleaned.ids().size());
  EXPECT_EQ(counts.rejected, cleaned.rejects().size());
}

TEST(CleanLines, CountsEachLineOnce) {
  const Cleaned cleaned = clean_text("007\n\n 42 \r\nabc\r \t\n+5\n-0\n7", of_type(IdType::integer));
  EXPECT_EQ(cleaned.error, "");
  EXPECT_THAT(cleaned.ids(), ElementsAre("7", "42", "5", "0", "7"));
  EXPECT_THAT(cleaned.rejects(), ElementsAre("not_an_integer: abc"));
  EXPECT_EQ(cleaned.counts, (InputCounts{8, 2, 0, 5, 1}));
  EXPECT_EQ(cleaned.seen.back().line, 8u);
  EXPECT_EQ(cleaned.profile.format, InputFormat::lines);
  EXPECT_EQ(cleaned.profile.leading_zero, 1u);
}

TEST(CleanLines, KeepsTextAsItStands) {
  const Cleaned cleaned = clean_text("007\nA 1\nM\xC3\xBCller\n9223372036854775808\n", of_type(IdType::text));
  EXPECT_THAT(cleaned.ids(), ElementsAre("007", "A 1", "M\xC3\xBCller", "9223372036854775808"));
  EXPECT_EQ(cleaned.profile.lengths.at(6), 1u);  // characters, not bytes
  EXPECT_EQ(cleaned.profile.digits_only, 2u);
  EXPECT_EQ(cleaned.profile.other_alphabet, 2u);
}

TEST(CleanLines, HandlesTheEndsOfTheIntegers) {
  const Cleaned cleaned = clean_text("9223372036854775807\n-9223372036854775808\n9223372036854775808\n",
                                     of_type(IdType::integer));
  EXPECT_THAT(cleaned.ids(), ElementsAre("9223372036854775807", "-9223372036854775808"));
  EXPECT_THAT(cleaned.rejects(), ElementsAre("out_of_range: 9223372036854775808"));
}

TEST(CleanLines, EmptyInputHasNoRecords) {
  for (const std::string& text : {""s, "\xEF\xBB\xBF"s, "\xFF\xFE"s}) {
    const Cleaned cleaned = clean_text(text);
    EXPECT_EQ(cleaned.error, "");
    EXPECT_EQ(cleaned.counts, InputCounts{});
  }
  EXPECT_EQ(clean_text("\n\n").counts, (InputCounts{2, 2, 0, 0, 0}));
  EXPECT_EQ(clean_text("", with_column("id")).error, "");
}

TEST(CleanLines, CommentsAreBlank) {
  CleanOptions options = of_type(IdType::integer);
  options.comment = "#";
  EXPECT_EQ(clean_text("# 1\n2\n#3\n", options).counts, (InputCounts{3, 2, 0, 1, 0}));
  options.comment = "9";
  EXPECT_THAT(clean_text("1\n92\n3\n", options).ids(), ElementsAre("1", "3"));
}

TEST(CleanLines, StripsTheTextMarkerOfSpreadsheets) {
  const Cleaned cleaned = clean_text("'007\n'008\n009\n");
  EXPECT_THAT(cleaned.ids(), ElementsAre("007", "008", "009"));
  EXPECT_EQ(cleaned.profile.text_marker, 2u);
  EXPECT_THAT(clean_text("''a\nb\n").ids(), ElementsAre("''a", "b"));
}

TEST(CleanLines, RejectsWithTheRawField) {
  const Cleaned cleaned = clean_text("1.23E+12\n12.0\n1,234\nNULL\n5\n6\n7\n8\n9\n"s +
                                         "1\0"
                                         "2\n"s,
                                     of_type(IdType::integer));
  EXPECT_EQ(cleaned.error, "");
  EXPECT_THAT(cleaned.rejects(), ElementsAre("scientific: 1.23E+12", "decimal: 12.0", "thousands: 1,234",
                                             "null: NULL", "control_character: 1\0"s + "2"));
  EXPECT_EQ(cleaned.profile.problems.at("scientific"), 1u);
  EXPECT_THAT(cleaned.profile.suspicions.front(), HasSubstr("1 ID is in scientific notation"));
}

TEST(CleanLines, CutsWhatIsTooLong) {
  const Cleaned cleaned =
      clean_text("1\n"s + std::string(3 << 20, '5') + "\n2\n" + std::string(1025, '6') + "\n");
  EXPECT_THAT(cleaned.ids(), ElementsAre("1", "2"));
  EXPECT_THAT(cleaned.rejects(), ElementsAre("too_long: " + std::string(1024, '5') + "...",
                                             "too_long: " + std::string(1024, '6') + "..."));
}

TEST(CleanEncoding, ReadsTheSameListInEachEncoding) {
  const std::string utf16le =
                        "\xFF\xFE"
                        "4\0\xFC\0\r\0\n\0"
                        "5\0"s,
                    utf16be =
                        "\xFE\xFF\0"
                        "4\0\xFC\0\r\0\n\0"
                        "5"s;
  for (const std::string& bytes : {"4\xC3\xBC\r\n5"s,
                                   "\xEF\xBB\xBF"
                                   "4\xC3\xBC\r\n5"s,
                                   "4\xFC\r\n5"s, utf16le, utf16be}) {
    EXPECT_THAT(clean_text(bytes).ids(), ElementsAre("4\xC3\xBC", "5")) << bytes;
  }
  EXPECT_EQ(clean_text("4\xFC\r\n5").profile.encoding, InputEncoding::windows1252);
  EXPECT_EQ(clean_text(utf16be).profile.encoding, InputEncoding::utf16be);
}

TEST(CleanEncoding, SwitchesBehindTheSample) {
  CleanOptions options;
  options.sample_bytes = 4;
  const Cleaned cleaned = clean_text("111\n222\nM\xFCller\n", options, {9});
  EXPECT_THAT(cleaned.ids(), ElementsAre("111", "222", "M\xC3\xBCller"));
}

TEST(CleanEncoding, SeesTheMarkHoweverShortTheSample) {
  CleanOptions options;
  options.sample_bytes = 0;
  EXPECT_EQ(clean_text("\xEF\xBB\xBF", options).counts.lines, 0u);
  EXPECT_THAT(clean_text("\xEF\xBB\xBF"
                         "1\n2\n",
                         options, {1, 2, 3})
                  .ids(),
              ElementsAre("1", "2"));
}

TEST(CleanEncoding, RejectsWhatIsNotUtf8InUtf8) {
  const Cleaned cleaned = clean_text("M\xC3\xBCller\na\xFFz\n1\n");
  EXPECT_THAT(cleaned.ids(), ElementsAre("M\xC3\xBCller", "1"));
  EXPECT_THAT(cleaned.rejects(), ElementsAre("invalid_encoding: a\\xFFz"));
  ASSERT_FALSE(cleaned.profile.suspicions.empty());
  EXPECT_THAT(cleaned.profile.suspicions.front(), HasSubstr("not text in utf-8"));
}

TEST(CleanHeader, IsFoundByNameTypeAndShape) {
  CleanOptions options = of_type(IdType::integer);
  EXPECT_EQ(clean_text("Firm Root\n1\n2\n", options).counts.header, 1u);
  EXPECT_EQ(clean_text("1\nFirm Root\n2\n", options).counts.header, 0u);
  EXPECT_EQ(clean_text("NULL\n1\n", options).rejects().size(), 1u);
  EXPECT_EQ(clean_text("Firma\n1001\n1002\n").counts.header, 1u);
  EXPECT_EQ(clean_text("alpha\nbeta\ngamma\n").counts.header, 0u);
  EXPECT_EQ(clean_text("alpha\nbeta\ngamma\n").profile.letters_only, 3u);
  options = of_type(IdType::text);
  options.key_name = "kennung";
  EXPECT_EQ(clean_text("Kennung\nbeta\ngamma\n", options).counts.header, 1u);
  options.header = HeaderMode::absent;
  EXPECT_EQ(clean_text("Kennung\nbeta\ngamma\n", options).counts.header, 0u);
  options.header = HeaderMode::present;
  EXPECT_EQ(clean_text("1\n2\n", options).counts, (InputCounts{2, 0, 1, 1, 0}));
}

TEST(CleanCsv, TakesTheKeyColumnElseTheFirst) {
  CleanOptions options = of_type(IdType::integer);
  options.key_name = "firm_root_id";
  const std::string text = "name,FIRM_ROOT_ID\n\"Smith, John\",1\n\"He said \"\"hi\"\"\n\",2\nX,3\n";
  const Cleaned cleaned = clean_text(text, options);
  EXPECT_EQ(cleaned.error, "");
  EXPECT_THAT(cleaned.ids(), ElementsAre("1", "2", "3"));
  EXPECT_EQ(cleaned.profile.column, "FIRM_ROOT_ID");
  EXPECT_EQ(cleaned.profile.format, InputFormat::csv);
  EXPECT_EQ(cleaned.seen[2].line, 5u);
  EXPECT_THAT(clean_text("1,Smith\n2,Jones\n").ids(), ElementsAre("1", "2"));
}

TEST(CleanCsv, FindsTheDelimiter) {
  EXPECT_EQ(clean_text("id;amount\n1;2,5\n2;3,5\n").profile.delimiter, ';');
  EXPECT_EQ(clean_text("1|a b\n2|c d\n").profile.delimiter, '|');
  const Cleaned tsv = clean_text("1\tx, y\n2\tz, z\n");
  EXPECT_EQ(tsv.profile.format, InputFormat::tsv);
  EXPECT_THAT(tsv.ids(), ElementsAre("1", "2"));
  EXPECT_THAT(clean_text("\"001\"\n\"002\"\n").ids(), ElementsAre("001", "002"));
}

TEST(CleanCsv, ColumnByNameAndNumber) {
  const std::string text = "a,b,c\n1,x1,9\n2,x2,8\n";
  EXPECT_THAT(clean_text(text, with_column("B")).ids(), ElementsAre("x1", "x2"));
  EXPECT_THAT(clean_text(text, with_column("3")).ids(), ElementsAre("9", "8"));
  EXPECT_EQ(clean_text(text, with_column("3")).counts.header, 1u);
  EXPECT_THAT(clean_text("1\n2\n", with_column("1")).ids(), ElementsAre("1", "2"));
  EXPECT_THAT(clean_text("1,2\n3,4\n", with_column("2", IdType::integer)).ids(), ElementsAre("2", "4"));
  const Cleaned missing = clean_text(text, with_column("x"));
  EXPECT_THAT(missing.error, HasSubstr("input:1: no column \"x\"; the columns are a, b, c"));
  EXPECT_THAT(clean_text(text, with_column("4")).error, HasSubstr("no column \"4\""));
  EXPECT_THAT(clean_text(text, with_column("0")).error, HasSubstr("no column \"0\""));
  EXPECT_THAT(clean_text("a,a\n1,2\n", with_column("a")).error, HasSubstr("2 times"));
}

TEST(CleanCsv, RejectsAnAbsentOrEmptyColumnAndSkipsBlankRows) {
  const Cleaned cleaned = clean_text("id,n\n1,a\n,b\n\n,\n2\n\"\",c\n", with_column("n"));
  EXPECT_THAT(cleaned.ids(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(cleaned.rejects(), ElementsAre("empty: 2"));
  const Cleaned first = clean_text("id,n\n1,a\n,b\n\n,\n2\n\"\",c\n", with_column("id"));
  EXPECT_THAT(first.rejects(), ElementsAre("empty: ", "empty: "));
  EXPECT_EQ(first.counts, (InputCounts{7, 2, 1, 2, 2}));
  expect_balanced(first);
}

TEST(CleanCsv, AnUnclosedQuoteIsAnError) {
  EXPECT_THAT(clean_text("id,n\n1,a\n2,\"b\n3,c\n").error, HasSubstr("input:3: a quote is never closed"));
}

TEST(CleanList, ReadsPastedLists) {
  const auto ids = ElementsAre("1", "2", "3");
  for (const char* text :
       {"1,2,3", "1, 2, 3,", "1;2;3\n", "1 2 3\n", "1\t2  3", "1,2\n3", "1,\n2,\n3", "1;\n2;\n3;\n",
        "'1','2','3'", "'1',\n'2',\n'3'\n", "\"1\", \"2\", \"3\"", "(1,2,3)", "(1,\n 2,\n 3\n);",
        "'1'\n'2'\n'3'\n", "id IN (1,2,3)", "SELECT *\nFROM t\nWHERE id in (\n'1', '2', '3')\nAND x = (4)"}) {
    const Cleaned cleaned = clean_text(text, of_type(IdType::integer));
    EXPECT_EQ(cleaned.error, "") << text;
    EXPECT_THAT(cleaned.ids(), ids) << text;
    EXPECT_EQ(cleaned.counts, (InputCounts{3, 0, 0, 3, 0})) << text;
    EXPECT_EQ(cleaned.profile.format, InputFormat::list) << text;
  }
}

TEST(CleanList, CountsItems) {
  const Cleaned cleaned = clean_text("1,,2,'',NULL, 'O''Brien' ,\n", with_format(InputFormat::list));
  EXPECT_THAT(cleaned.ids(), ElementsAre("1", "2", "O'Brien"));
  EXPECT_THAT(cleaned.rejects(), ElementsAre("empty: ", "null: NULL"));
  EXPECT_EQ(cleaned.counts, (InputCounts{6, 1, 0, 3, 2}));
}

TEST(CleanList, KeepsBlanksInsideItemsWhereCommasSeparate) {
  EXPECT_THAT(clean_text("New York, San Juan, Bonn").ids(), ElementsAre("New York", "San Juan", "Bonn"));
}

TEST(CleanList, KnowsTheLineOfAnItem) {
  const Cleaned cleaned = clean_text("WHERE id IN (\r\n1,\r\n'a\nb', 3\r\n)", of_type(IdType::text));
  ASSERT_EQ(cleaned.seen.size(), 3u);
  EXPECT_EQ(cleaned.seen[0].line, 2u);
  EXPECT_EQ(cleaned.seen[1].line, 3u);
  EXPECT_EQ(cleaned.seen[2].line, 4u);
}

TEST(CleanList, RefusesWhatItCannotTell) {
  EXPECT_THAT(clean_text("1,2,3\n4,5,6\n").error,
              HasSubstr("can be read as CSV with 3 columns or as a pasted list of 6 IDs"));
  EXPECT_THAT(clean_text("1,2,3\n4,5,6\n").error, HasSubstr("say --input-format csv or --input-format list"));
  EXPECT_THAT(clean_text("1,234\n567\n").error, HasSubstr("thousands"));
  EXPECT_THAT(clean_text("WHERE a IN (1,2) OR b IN (3,4)").error, HasSubstr("a second parenthesised list"));
  EXPECT_THAT(clean_text("(1,2),\n(3,4)").error, HasSubstr("a second parenthesised list"));
  EXPECT_THAT(clean_text("'1','2").error + clean_text("('1','2").error, HasSubstr("a quote is never closed"));
}

TEST(CleanList, TheFormatOptionDecides) {
  EXPECT_THAT(clean_text("1,2\n3,4\n", with_format(InputFormat::csv)).ids(), ElementsAre("1", "3"));
  EXPECT_THAT(clean_text("1,2\n3,4\n", with_format(InputFormat::list)).ids(),
              ElementsAre("1", "2", "3", "4"));
  EXPECT_THAT(clean_text("1,2\n3,4\n", with_format(InputFormat::lines)).ids(), ElementsAre("1,2", "3,4"));
}

TEST(CleanList, SuspectsACutOffList) {
  const Cleaned cleaned = clean_text("WHERE id IN (1, 2, 3");
  EXPECT_THAT(cleaned.ids(), ElementsAre("1", "2", "3"));
  ASSERT_FALSE(cleaned.profile.suspicions.empty());
  EXPECT_THAT(cleaned.profile.suspicions.front(), HasSubstr("closing parenthesis is missing"));
}

TEST(CleanDetection, LeavesOrdinaryLinesAlone) {
  for (const char* text :
       {"Firm in (liquidation)\nOther firm\nThird\n", "(null)\n1\n2\n", "(555) 1234\n(555) 5678\n",
        "Alice\nBob\nSmith, John\n", "5\" pipe\n6\" pipe\n", "New York\n", "567\n1,234\n890\n1\n"}) {
    const Cleaned cleaned = clean_text(text);
    EXPECT_EQ(cleaned.error, "") << text;
    EXPECT_EQ(cleaned.profile.format, InputFormat::lines) << text;
  }
}

TEST(CleanProfile, SuspectsSpreadsheets) {
  std::string text;
  for (int i = 1; i <= 4; ++i) text += std::to_string(i) + "23456789012345000\n";
  const Cleaned zeros = clean_text(text);
  EXPECT_EQ(zeros.profile.ends_in_zeros, 4u);
  ASSERT_THAT(zeros.profile.suspicions, ElementsAre(HasSubstr("4 of 4 IDs with 16 digits or more")));
  text.clear();
  for (int i = 0; i < 39; ++i) text += std::to_string(10000 + i) + "\n";
  const Cleaned shorter = clean_text(text + "123\n");
  EXPECT_THAT(shorter.profile.suspicions, ElementsAre(HasSubstr("leading zeros may have been lost in 1 ID")));
  EXPECT_THAT(clean_text(text).profile.suspicions, IsEmpty());
}

TEST(CleanProfile, SeesHeadersInTheMiddle) {
  const Cleaned cleaned = clean_text("firm_id\n1\n2\nfirm_id\n3\n", of_type(IdType::integer));
  EXPECT_THAT(cleaned.ids(), ElementsAre("1", "2", "3"));
  EXPECT_THAT(cleaned.profile.suspicions, ElementsAre(HasSubstr("looks like a header, the first on line 4")));
}

// Each field as it stands, before what becomes of it.
class RawCollector : public test::Collector {
 public:
  bool wants_raw() const override { return true; }
  void raw(std::string_view field) override { fields.emplace_back(field); }
  std::vector<std::string> fields;
};

TEST(CleanRaw, IsGivenBeforeEachIdAndEachReject) {
  RawCollector sink;
  Cleaner cleaner(with_column("id", IdType::integer), sink);
  const std::string long_field(2000, '7');
  ASSERT_TRUE(cleaner.feed("id,name\n 007 ,a\n\n'42,b\n,\n\"x\"\"y\",c\n" + long_field + ",d\n8"));
  ASSERT_TRUE(cleaner.finish());
  EXPECT_THAT(sink.fields, ElementsAre(" 007 ", "'42", "x\"y", long_field, "8"));
  EXPECT_EQ(sink.seen.size(), sink.fields.size());
}

TEST(CleanRaw, LinesOfDigitsAreGivenToo) {
  RawCollector sink;
  Cleaner cleaner(of_type(IdType::text), sink);
  ASSERT_TRUE(cleaner.feed("007\n12\n") && cleaner.finish());
  EXPECT_THAT(sink.fields, ElementsAre("007", "12"));
}

TEST(CleanRows, RecordsAreNumberedAndOnlyTheDelimiterThatWasNamedSeparates) {
  CleanOptions options = with_format(InputFormat::csv);
  options.delimiter = ',';
  options.header = HeaderMode::absent;
  options.number_records = true;
  const Cleaned cleaned = clean_text("id\n\"a\n\nb\"\n\n1;2\n3\t4\n", options);
  EXPECT_THAT(cleaned.ids(), ElementsAre("id", "1;2"));
  EXPECT_EQ(cleaned.seen.at(1).line, 2u);
  EXPECT_EQ(cleaned.seen.at(2).line, 4u);
  EXPECT_EQ(cleaned.seen.at(3).line, 5u);
  EXPECT_EQ(cleaned.counts, (InputCounts{5, 1, 0, 2, 2}));
}

}  // namespace
}  // namespace firmquery
