#include "firmquery/core/clean_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/cleaned.hpp"

namespace firmquery {
namespace {

using test::Cleaned;
using test::Collector;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = RowCell::Kind;

struct TestRow {
  std::uint64_t number;
  std::vector<RowCell> cells;
};

Cleaned clean_rows(const std::vector<TestRow>& rows, const CleanOptions& options) {
  Cleaned cleaned;
  Collector sink;
  RowCleaner cleaner(options, sink);
  Result<void> outcome;
  for (const TestRow& row : rows) {
    if (outcome) outcome = cleaner.add_row(row.number, row.cells);
  }
  if (outcome) outcome = cleaner.finish();
  cleaned.seen = sink.seen;
  cleaned.offsets = sink.offsets;
  cleaned.columns = sink.columns;
  cleaned.counts = cleaner.counts();
  cleaned.profile = cleaner.profile();
  if (!outcome) cleaned.error = outcome.error().to_string();
  return cleaned;
}

CleanOptions rows_of_type(IdType type) {
  CleanOptions options;
  options.type = type;
  options.source_name = "book.xlsx";
  return options;
}

RowCell text(std::size_t column, std::string_view value) {
  return {column, value, Kind::text};
}
RowCell number(std::size_t column, std::string_view value) {
  return {column, value, Kind::number};
}

TEST(RowCleaner, ReadsColumnAndHeaderAsOfCsv) {
  const std::vector<TestRow> rows = {{1, {text(0, "name"), text(1, "firm_root_id")}},
                                     {2, {text(0, "Ann"), text(1, " 0017 ")}},
                                     {4, {text(0, "Bob"), number(1, "18")}},
                                     {5, {text(0, "Cid")}},
                                     {6, {text(1, "  ")}},
                                     {7, {text(1, "'19")}}};
  CleanOptions options = rows_of_type(IdType::text);
  options.key_name = "firm_root_id";
  const Cleaned cleaned = clean_rows(rows, options);
  EXPECT_THAT(cleaned.error, IsEmpty());
  EXPECT_THAT(cleaned.ids(), ElementsAre("0017", "18", "19"));
  EXPECT_THAT(cleaned.rejects(), ElementsAre("empty: "));
  EXPECT_EQ(cleaned.seen[2].line, 5u);
  EXPECT_THAT(cleaned.columns, ElementsAre("firm_root_id"));
  EXPECT_THAT(cleaned.offsets, ElementsAre(InputPlace::kNoOffset));
  // Row 3 is not there, and row 6 is blank.
  EXPECT_EQ(cleaned.counts, (InputCounts{7, 2, 1, 3, 1}));
  EXPECT_EQ(cleaned.profile.format, InputFormat::workbook);
  EXPECT_EQ(cleaned.profile.column_index, 1u);
  EXPECT_EQ(cleaned.profile.text_marker, 1u);
}

TEST(RowCleaner, TakesAColumnByNameNumberOrLetter) {
  const std::vector<TestRow> rows = {{1, {text(0, "a"), text(2, "b")}},
                                     {2, {number(0, "1"), number(2, "3")}}};
  CleanOptions options = rows_of_type(IdType::integer);
  for (const char* column : {"C", "c", "3"}) {
    options.column = column;
    const Cleaned cleaned = clean_rows(rows, options);
    EXPECT_THAT(cleaned.ids(), ElementsAre("3")) << column << cleaned.error;
  }
  options.column = "b";  // a name before a letter
  EXPECT_THAT(clean_rows(rows, options).ids(), ElementsAre("3"));
  options.column = "A";  // likewise, without regard to case
  EXPECT_THAT(clean_rows(rows, options).ids(), ElementsAre("1"));
  options.column = "D";
  EXPECT_THAT(clean_rows(rows, options).error, HasSubstr("no column \"D\""));
  options.column = "AAAA";
  EXPECT_THAT(clean_rows(rows, options).error, HasSubstr("no column \"AAAA\""));
  const std::vector<TestRow> bare = {{1, {number(0, "1"), number(1, "2")}},
                                     {2, {number(0, "3"), number(1, "4")}}};
  options.column = "B";
  const Cleaned cleaned = clean_rows(bare, options);
  EXPECT_THAT(cleaned.ids(), ElementsAre("2", "4"));
  EXPECT_EQ(cleaned.profile.column, "B");
}

TEST(RowCleaner, RefusesNumbersThatADoubleHasDamaged) {
  const std::vector<TestRow> rows = {{1, {number(0, "123456789012345")}},
                                     {2, {number(0, "1234567890123456")}},
                                     {3, {number(0, "1.23456789012346E+18")}},
                                     {4, {number(0, "-0.1234567890123456")}},
                                     {5, {text(0, "1234567890123456789")}},
                                     {6, {number(0, "00001234567890123450")}},
                                     {7, {number(0, "1e3")}}};
  CleanOptions options = rows_of_type(IdType::text);
  const Cleaned cleaned = clean_rows(rows, options);
  EXPECT_THAT(cleaned.ids(), ElementsAre("123456789012345", "1234567890123456789"));
  EXPECT_THAT(cleaned.rejects(),
              ElementsAre("inexact_number: 1234567890123456", "scientific: 1.23456789012346E+18",
                          "inexact_number: -0.1234567890123456", "inexact_number: 00001234567890123450",
                          "scientific: 1e3"));
  EXPECT_THAT(cleaned.profile.suspicions, ::testing::Contains(HasSubstr("--allow-lossy")));
}

TEST(RowCleaner, AllowLossyWritesExponentsOut) {
  const std::vector<TestRow> rows = {{1, {number(0, "1234567890123456")}},
                                     {2, {number(0, "1.23456789012346E+18")}},
                                     {3, {number(0, "1e3")}},
                                     {4, {number(0, "-1.5E+1")}},
                                     {5, {number(0, "1.5E-2")}},
                                     {6, {number(0, "12.50E1")}},
                                     {7, {number(0, "0E+7")}},
                                     {8, {number(0, "1E+999")}},
                                     {9, {number(0, "E5")}}};
  CleanOptions options = rows_of_type(IdType::numeric);
  options.allow_lossy = true;
  const Cleaned cleaned = clean_rows(rows, options);
  EXPECT_THAT(cleaned.ids(),
              ElementsAre("1234567890123456", "1234567890123460000", "1000", "-15", "0.015", "125", "0"));
  EXPECT_THAT(cleaned.rejects(), ElementsAre("scientific: 1E+999", HasSubstr("E5")));
}

TEST(RowCleaner, ErrorsAndFormulasWithoutResultAreNoIds) {
  const std::vector<TestRow> rows = {{1, {{0, "#REF!", Kind::error}}},
                                     {2, {{0, "", Kind::error}}},
                                     {3, {text(0, "x")}},
                                     {4, {text(0, "y")}}};
  const Cleaned cleaned = clean_rows(rows, rows_of_type(IdType::text));
  EXPECT_THAT(cleaned.rejects(), ElementsAre("null: #REF!", "empty: "));
}

TEST(RowCleaner, SkipsCommentsAndSaysWhereAColumnWasGuessed) {
  CleanOptions options = rows_of_type(IdType::integer);
  options.comment = "#";
  const std::vector<TestRow> rows = {{1, {text(0, "# made by hand")}},
                                     {2, {text(0, "n"), text(1, "other")}},
                                     {3, {number(0, "7"), number(1, "1")}},
                                     {4, {text(0, "#"), number(1, "8")}}};
  const Cleaned cleaned = clean_rows(rows, options);
  EXPECT_THAT(cleaned.ids(), ElementsAre("7"));
  EXPECT_EQ(cleaned.counts, (InputCounts{4, 2, 1, 1, 0}));
  EXPECT_THAT(cleaned.profile.guess, HasSubstr("column 1 (n), the first of 2"));
}

TEST(RowCleaner, GivesTheSameBeyondTheSample) {
  std::vector<TestRow> rows = {{1, {text(0, "id")}}};
  std::vector<std::string> numbers;
  for (std::uint64_t i = 2; i <= 5000; ++i) numbers.push_back(std::to_string(i));
  for (std::uint64_t i = 2; i <= 5000; ++i) rows.push_back({i, {number(0, numbers[i - 2])}});
  const Cleaned cleaned = clean_rows(rows, rows_of_type(IdType::integer));
  EXPECT_THAT(cleaned.ids(), ::testing::ElementsAreArray(numbers));
  EXPECT_EQ(cleaned.seen.back().line, 5000u);
  CleanOptions small = rows_of_type(IdType::integer);
  small.sample_bytes = 1;
  EXPECT_EQ(clean_rows(rows, small).seen, cleaned.seen);
}

TEST(RowCleaner, RefusesRowsOutOfOrder) {
  const std::vector<TestRow> twice = {{2, {number(0, "1")}}, {2, {number(0, "2")}}};
  EXPECT_THAT(clean_rows(twice, rows_of_type(IdType::integer)).error, HasSubstr("out of order"));
  EXPECT_THAT(clean_rows({{RowCleaner::kRowsMax + 1, {number(0, "1")}}}, rows_of_type(IdType::integer)).error,
              HasSubstr("beyond what a sheet can have"));
  EXPECT_THAT(clean_rows({{RowCleaner::kRowsMax, {number(0, "1")}}}, rows_of_type(IdType::integer)).seen,
              SizeIs(1));
}

TEST(RowCleaner, AnEmptySheetIsAnEmptyList) {
  const Cleaned cleaned = clean_rows({}, rows_of_type(IdType::integer));
  EXPECT_THAT(cleaned.error, IsEmpty());
  EXPECT_EQ(cleaned.counts, InputCounts{});
}

TEST(CellName, CountsInLetters) {
  EXPECT_EQ(cell_name(0, 1), "A1");
  EXPECT_EQ(cell_name(25, 7), "Z7");
  EXPECT_EQ(cell_name(26, 7), "AA7");
  EXPECT_EQ(cell_name(701, 7), "ZZ7");
  EXPECT_EQ(cell_name(702, 7), "AAA7");
  EXPECT_EQ(cell_name(RowCleaner::kColumnsMax - 1, RowCleaner::kRowsMax), "XFD1048576");
  for (std::size_t column = 0; column < RowCleaner::kColumnsMax; ++column) {
    std::string letters = cell_name(column, 0);
    letters.pop_back();
    ASSERT_EQ(column_of_letters(letters), column);
  }
  for (const char* none : {"", "1", "A1", "XFE", "AAAA", "\xC3\x84"})
    EXPECT_EQ(column_of_letters(none), RowCleaner::kColumnsMax) << none;
}

}  // namespace
}  // namespace firmquery
