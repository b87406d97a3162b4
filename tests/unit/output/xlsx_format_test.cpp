// What a workbook of results holds beside the rows that come back (result_format_test.cpp): the types of its cells, its
// sheets, and what it does where a sheet or a cell is full, or the disk.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firmquery/output/digested_file.hpp"
#include "firmquery/output/result_format.hpp"
#include "firmquery/output/xlsx_reader.hpp"
#include "orchestrator/output/xlsx_book.hpp"
#include "orchestrator/output/xlsx_text.hpp"
#include "support/temp_dir.hpp"
#include "support/zip_file.hpp"

namespace firmquery {
namespace {

using test::read_text;
using test::read_zip;
using test::TempDir;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kSheet1 = "xl/worksheets/sheet1.xml";

class Workbook : public testing::Test {
 protected:
  std::filesystem::path path(const std::string& name = "results.xlsx") const { return dir_ / name; }

  // Its notes.
  std::vector<std::string> write(const ResultColumns& columns, const std::vector<std::string>& records,
                                 const std::vector<SideTable>& beside = {},
                                 const std::string& name = "results.xlsx") const {
    auto file = DigestedFile::create(path(name));
    EXPECT_TRUE(file);
    const auto writer = find_result_format("xlsx")->writer(*file, {false, "id", dir_.path()});
    EXPECT_TRUE(writer->open(columns));
    for (const std::string& record : records) {
      const auto written = writer->row(record);
      EXPECT_TRUE(written) << written.error().to_string();
    }
    for (const SideTable& table : beside) EXPECT_TRUE(writer->beside(table));
    const auto finished = writer->finish();
    EXPECT_TRUE(finished) << finished.error().to_string();
    EXPECT_TRUE(file->finish() && file->commit());
    return writer->notes();
  }

  Result<std::unique_ptr<ResultRows>> open(const std::vector<std::string>& columns) const {
    return find_result_format("xlsx")->reader(path(), {}, columns);
  }
  std::vector<std::string> read(const std::vector<std::string>& columns) const {
    const auto rows = open(columns);
    if (!rows) return {rows.error().to_string()};
    std::vector<std::string> records;
    for (;;) {
      const auto more = (*rows)->next();
      if (!more) records.push_back(more.error().to_string());
      if (!more || !*more) return records;
      records.emplace_back((*rows)->csv());
    }
  }

  // Each row as "A2=text", of the sheet.
  std::vector<std::string> cells(std::size_t sheet) const {
    const auto book = XlsxWorkbook::open(path());
    auto rows = book->rows(sheet);
    std::vector<std::string> found;
    while (rows->next().value()) {
      for (const XlsxCell& cell : rows->cells())
        found.push_back(xlsx_address(rows->row(), cell.column) + "=" + std::string(cell.text));
    }
    return found;
  }
  std::vector<std::string> sheets() const {
    const auto book = XlsxWorkbook::open(path());
    std::vector<std::string> names;
    for (const XlsxSheet& sheet : book->sheets()) names.push_back(sheet.name);
    return names;
  }

  TempDir dir_;
};

// Types as in pg_type. What a double, or fifteen digits, would not keep is text.
TEST_F(Workbook, HasNumbersOnlyWhereNoDigitIsLost) {
  struct Case {
    std::uint32_t type;
    std::string value;
    const char* cell;  // what stands behind the address
  };
  const std::string text = R"(" s="1" t="inlineStr"><is><t>)";
  const std::vector<Case> cases = {
      {20, "7", R"(" s="4"><v>7</v>)"},
      {20, "-7", R"(" s="4"><v>-7</v>)"},
      {20, "0", R"(" s="4"><v>0</v>)"},
      {20, "999999999999999", R"(" s="4"><v>999999999999999</v>)"},
      {20, "9007199254740993", nullptr},
      {20, "1234567890123456789", nullptr},
      {25, "7", nullptr},
      {1043, "007", nullptr},
      {1700, "1.50", R"(" s="6"><v>1.50</v>)"},
      {1700, "-0.001", R"(" s="7"><v>-0.001</v>)"},
      {1700, "0.00", R"(" s="6"><v>0.00</v>)"},
      {1700, "123456789012.345", R"(" s="7"><v>123456789012.345</v>)"},
      {1700, "123456789012.3456", nullptr},
      {1700, "0.0000000000000001", nullptr},
      {1700, "NaN", nullptr},
      {1700, "Infinity", nullptr},
      {701, "0.1", R"("><v>0.1</v>)"},
      {701, "0.30000000000000004", R"("><v>0.30000000000000004</v>)"},
      {701, "1e+20", R"("><v>1e+20</v>)"},
      {701, "-0", nullptr},
      {701, "5e-324", nullptr},
      {701, "1.7976931348623157e+308", nullptr},
      {701, "NaN", nullptr},
      {16, "t", R"(" t="b"><v>1</v>)"},
      {16, "f", R"(" t="b"><v>0</v>)"},
      {1082, "2026-11-30", R"(" s="3"><v>46356</v>)"},
      {1082, "1900-03-01", R"(" s="3"><v>61</v>)"},
      {1082, "1900-02-28", nullptr},  // Excel's 1900 has a 29 February
      {1082, "9999-12-31", R"(" s="3"><v>2958465</v>)"},
      {1082, "0044-03-15 BC", nullptr},
      {1082, "infinity", nullptr},
      {1082, "2026-02-30", nullptr},
      {1114, "2026-11-30 12:00:00", nullptr},
      {1184, "2026-11-30 12:00:00.123456+00", nullptr},
      {3802, "1", nullptr},
  };
  for (const Case& one : cases) {
    const ResultColumns columns = {{"id", 20}, {"value", one.type}};
    write(columns, {"5," + one.value + "\n"});
    const std::string expected = one.cell != nullptr ? one.cell : text + one.value + "</t></is>";
    EXPECT_THAT(read_zip(path(), kSheet1), HasSubstr("<c r=\"B2" + expected + "</c>"))
        << one.type << " " << one.value;
    EXPECT_THAT(read({"id", "value"}), ElementsAre("5," + one.value + "\n"));
  }
}

TEST_F(Workbook, HasIdsAsTextWhateverTheirType) {
  write({{"id", 20}, {"n", 20}, {"id", 1700}}, {"5,6,7\n"});
  EXPECT_THAT(read_zip(path(), kSheet1), HasSubstr(R"(<c r="A2" s="1" t="inlineStr"><is><t>5</t></is></c>)"
                                                   R"(<c r="B2" s="4"><v>6</v></c>)"
                                                   R"(<c r="C2" s="1" t="inlineStr"><is><t>7</t></is></c>)"));
}

TEST_F(Workbook, HasFrozenHeaderFilterWidthsAndNoWarningsOfNumbersAsText) {
  write({{"id", 25}, {"a long name of a column", 25}, {"n", 25}},
        {"1,x," + std::string(30, 'y') + "\n", "2,z,\"" + std::string(500, 'w') + "\"\n"});
  const std::string sheet = read_zip(path(), kSheet1);
  EXPECT_THAT(sheet,
              HasSubstr(R"(<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>)"));
  EXPECT_THAT(sheet, HasSubstr(R"(<autoFilter ref="A1:C3"/>)"));
  EXPECT_THAT(sheet, HasSubstr(R"(<ignoredError sqref="A1:C3" numberStoredAsText="1"/>)"));
  EXPECT_THAT(sheet, HasSubstr(R"(<cols><col min="1" max="1" width="8" customWidth="1"/>)"
                               R"(<col min="2" max="2" width="25" customWidth="1"/>)"
                               R"(<col min="3" max="3" width="60" customWidth="1"/></cols>)"));
  EXPECT_THAT(sheet,
              HasSubstr(R"(<c r="B1" s="2" t="inlineStr"><is><t>a long name of a column</t></is></c>)"));
  EXPECT_THAT(read_zip(path(), "xl/workbook.xml"), HasSubstr("'Results'!$A$1:$C$3</definedName>"));
}

TEST_F(Workbook, HasNoCellForNullAndAnEmptyOneForEmptyText) {
  write({{"id", 25}, {"a", 25}, {"b", 25}}, {"1,,\"\"\n", ",,\n"});
  const std::string sheet = read_zip(path(), kSheet1);
  EXPECT_THAT(sheet, Not(HasSubstr("\"B2\"")));
  EXPECT_THAT(sheet, HasSubstr(R"(<c r="C2" s="1" t="inlineStr"><is><t></t></is></c>)"));
  EXPECT_THAT(sheet, HasSubstr(R"(<row r="3"></row>)"));
}

TEST_F(Workbook, TextStaysText) {
  const std::vector<std::string> texts = {"=1+1",
                                          "@x",
                                          "+1",
                                          "'quoted",
                                          " blanks ",
                                          "a & b < c > d ]]>",
                                          "a\tb\nc\rd",
                                          "_x000D_",
                                          "_x0041\r",
                                          "_x0041",
                                          "_x_",
                                          "x_x0041_y",
                                          "\x01\x1f\x7f",
                                          "\xff\xfe",
                                          "\xED\xA0\x80",
                                          "\xEF\xBF\xBE\xEF\xBF\xBF",
                                          "\xF0\x9F\x98\x80",
                                          "#N/A"};
  std::vector<std::string> records;
  for (const std::string& text : texts) records.push_back("1,\"" + text + "\"\n");
  write({{"id", 25}, {"a", 25}}, records);
  const auto rows = open({"id", "a"});
  ASSERT_TRUE(rows) << rows.error().to_string();
  for (const std::string& text : texts) {
    ASSERT_TRUE((*rows)->next().value());
    std::string_view value;
    bool is_null = true;
    ASSERT_TRUE((*rows)->field(1, value, is_null));
    EXPECT_EQ(value, text);
  }
  const std::string sheet = read_zip(path(), kSheet1);
  EXPECT_THAT(sheet, HasSubstr("<is><t xml:space=\"preserve\"> blanks </t>"));
  EXPECT_THAT(sheet, HasSubstr("a\tb\nc_x000D_d"));
  EXPECT_THAT(sheet, HasSubstr("<t>_x005F_x000D_</t>"));
  EXPECT_THAT(sheet, HasSubstr("<t>_x_</t>"));
  EXPECT_THAT(sheet, HasSubstr(">_x005F_x0041_x000D_</t>"));
  EXPECT_THAT(sheet, HasSubstr("<t>_x0001__x001F_\x7f</t>"));
  EXPECT_THAT(sheet, HasSubstr("<t>_xFFFE__xFFFF_</t>"));
  EXPECT_THAT(sheet, HasSubstr("<t>_xDCFF__xDCFE_</t>"));
}

TEST(XlsxCellPrefix, CutsBetweenCharacters) {
  const std::string fits(kXlsxCellUnitsMax, 'x');
  EXPECT_EQ(xlsx_cell_prefix(fits), fits.size());
  EXPECT_EQ(xlsx_cell_prefix(fits + "y"), fits.size());
  // An emoji is two code units, and an umlaut one.
  const std::string pair = fits.substr(1) + "\xF0\x9F\x98\x80";
  EXPECT_EQ(xlsx_cell_prefix(pair), fits.size() - 1);
  std::string umlauts;
  for (std::size_t i = 0; i < kXlsxCellUnitsMax; ++i) umlauts += "\xC3\xA4";
  EXPECT_EQ(xlsx_cell_prefix(umlauts), umlauts.size());
  EXPECT_EQ(xlsx_cell_prefix(umlauts + "x"), umlauts.size());
}

TEST_F(Workbook, CutsATextThatIsTooLongAndKeepsItsRest) {
  const std::string fits(kXlsxCellUnitsMax, 'f'),
      longer = std::string(40'000, 'l') + "end",
      longest = std::string(kXlsxCellUnitsMax - 1, 'a') + "\xF0\x9F\x98\x80" + std::string(70'000, 'b');
  const std::vector<std::string> records = {"1," + fits + ",x\n", "2," + longer + "," + longest + "\n",
                                            "3,,\"\"\n", "4,short," + longer + "\n"};
  const auto notes = write({{"id", 20}, {"doc", 25}, {"more", 25}}, records);
  EXPECT_EQ(read({"id", "doc", "more"}), records);
  EXPECT_THAT(sheets(), ElementsAre("Results", "Cut cells"));
  ASSERT_EQ(notes.size(), 3u);
  EXPECT_EQ(notes[0],
            "Results!B3 (id 2): the text of column doc is longer than the 32767 characters of a cell and was "
            "cut; its "
            "rest is in the sheet \"Cut cells\"");
  EXPECT_THAT(notes[1], testing::StartsWith("Results!C3 (id 2): the text of column more"));
  EXPECT_THAT(notes[2], testing::StartsWith("Results!C5 (id 4): "));
  const auto rest = cells(1);
  ASSERT_EQ(rest.size(), 5u * 6);
  EXPECT_THAT(std::vector(rest.begin() + 5, rest.begin() + 9),
              ElementsAre("A2=Results!B3", "B2=2", "C2=doc", "D2=2"));
  EXPECT_EQ(rest[9], "E2=" + longer.substr(kXlsxCellUnitsMax));
  EXPECT_EQ(rest[13], "D3=2");
  EXPECT_EQ(rest[18], "D4=3");
  EXPECT_FALSE(std::filesystem::exists(dir_ / ".results.xlsx.cut.part"));
}

TEST_F(Workbook, NamesSomeOfManyCutCells) {
  std::vector<std::string> records;
  for (int i = 0; i < 25; ++i) records.push_back(std::to_string(i) + "," + std::string(33'000, 'x') + "\n");
  const auto notes = write({{"id", 20}, {"doc", 25}}, records);
  ASSERT_EQ(notes.size(), 11u);
  EXPECT_EQ(notes.back(), "15 further cells were cut");
  EXPECT_EQ(read({"id", "doc"}), records);
}

SideTable table_of(const std::string& name, const std::vector<std::string>& ids) {
  return {name, {{"key", 25}}, "key", [ids](const SideTable::Take& take) -> Result<void> {
            for (const std::string& id : ids) {
              const ResultField field[] = {{id, false}};
              FQ_TRY(take(field));
            }
            return {};
          }};
}

TEST_F(Workbook, HasTheOtherTablesInSheetsOfTheirOwn) {
  const auto notes = write({{"id", 20}}, {"1\n"},
                           {table_of("Missing", {"007", "12345678901234567890"}), table_of("Rejected", {})});
  EXPECT_THAT(notes, testing::IsEmpty());
  EXPECT_THAT(sheets(), ElementsAre("Results", "Missing", "Rejected"));
  EXPECT_THAT(cells(1), ElementsAre("A1=key", "A2=007", "A3=12345678901234567890"));
  EXPECT_THAT(cells(2), ElementsAre("A1=key"));
  EXPECT_THAT(read({"id"}), ElementsAre("1\n"));
}

TEST_F(Workbook, IsTheSameFileForTheSameRows) {
  const std::vector<std::string> records = {"1,a\n", "2," + std::string(50'000, 'x') + "\n"};
  write({{"id", 20}, {"a", 25}}, records, {table_of("Missing", {"3"})});
  write({{"id", 20}, {"a", 25}}, records, {table_of("Missing", {"3"})}, "again.xlsx");
  EXPECT_EQ(read_text(path()), read_text(path("again.xlsx")));
}

// With sheets of five rows.
TEST_F(Workbook, GoesOnInAnotherSheetWhereOneIsFull) {
  for (const int rows : {0, 1, 4, 5, 8, 9, 700}) {
    auto file = DigestedFile::create(path());
    ASSERT_TRUE(file);
    XlsxBook book(*file, {dir_.path(), 5});
    ASSERT_TRUE(book.begin());
    ASSERT_TRUE(book.begin_table("Results", {{"id", 20}, {"n", 20}}, "id"));
    std::vector<std::string> expected;
    for (int i = 0; i < rows; ++i) {
      const std::string number = std::to_string(i);
      const ResultField fields[] = {{number, false}, {number, false}};
      ASSERT_TRUE(book.row(fields));
      expected.push_back(number + "," + number + "\n");
    }
    ASSERT_TRUE(book.end_table() && book.finish() && file->finish() && file->commit());
    EXPECT_EQ(read({"id", "n"}), expected);
    const std::size_t count = rows == 0 ? 1 : static_cast<std::size_t>(rows + 3) / 4;
    EXPECT_EQ(sheets().size(), count);
    EXPECT_EQ(sheets().back(), count == 1 ? "Results" : "Results " + std::to_string(count));
    EXPECT_THAT(cells(count - 1).front(), "A1=id");
    if (count == 1) {
      EXPECT_THAT(book.notes(), testing::IsEmpty());
    } else {
      const std::string name = "Results " + std::to_string(count);
      EXPECT_THAT(book.notes(), ElementsAre("the " + std::to_string(rows) + " rows of Results are on " +
                                            std::to_string(count) + " sheets, to " + name +
                                            ": a sheet has room for 4 rows"));
    }
  }
}

TEST_F(Workbook, HasRoomForWhatASheetHoldsAndGoesOnBehindIt) {
  auto file = DigestedFile::create(path());
  ASSERT_TRUE(file);
  const auto writer = find_result_format("xlsx")->writer(*file, {false, "id", dir_.path()});
  ASSERT_TRUE(writer->open({{"id", 20}}));
  constexpr int kRows = 1'200'000;
  std::string part;
  for (int i = 0; i < kRows; ++i) part += std::to_string(i) + "\n";
  ASSERT_TRUE(writer->part(dir_.write("part", part), {}));
  ASSERT_TRUE(writer->finish() && file->finish() && file->commit());
  EXPECT_THAT(sheets(), ElementsAre("Results", "Results 2"));
  EXPECT_THAT(writer->notes(),
              ElementsAre("the 1200000 rows of Results are on 2 sheets, to Results 2: a sheet has room "
                          "for 1048575 rows"));
  const auto rows = open({"id"});
  ASSERT_TRUE(rows);
  std::string read;
  while ((*rows)->next().value()) read += (*rows)->csv();
  EXPECT_TRUE(read == part);
}

// A sheet of less than 4 GiB of XML is a part that needs no 64-bit form.
TEST_F(Workbook, GoesOnInAnotherSheetWhereOneHasTooManyBytes) {
  auto file = DigestedFile::create(path());
  ASSERT_TRUE(file);
  XlsxBook book(*file, {dir_.path(), kXlsxRowsMax, 2000});
  ASSERT_TRUE(book.begin());
  ASSERT_TRUE(book.begin_table("Results", {{"id", 20}}, "id"));
  for (int i = 0; i < 100; ++i) {
    const ResultField fields[] = {{"1", false}};
    ASSERT_TRUE(book.row(fields));
  }
  ASSERT_TRUE(book.end_table() && book.finish() && file->finish() && file->commit());
  EXPECT_GT(sheets().size(), 2u);
  EXPECT_EQ(read({"id"}).size(), 100u);
}

// A sink that is full after so many bytes.
class SmallSink : public ByteSink {
 public:
  explicit SmallSink(std::size_t room) : room_(room) {}
  Result<void> write(std::string_view bytes) override {
    if (bytes.size() > room_) return fail(ErrorKind::transient, "No space left on device");
    room_ -= bytes.size();
    return {};
  }
  std::size_t room() const { return room_; }

 private:
  std::size_t room_;
};

TEST_F(Workbook, SaysThatTheDiskIsFullWhereverItIs) {
  const auto write_to = [&](SmallSink& sink) -> Result<void> {
    const auto writer = find_result_format("xlsx")->writer(sink, {false, "id", dir_.path()});
    FQ_TRY(writer->open({{"id", 20}, {"text", 25}}));
    for (int i = 0; i < 3000; ++i)
      FQ_TRY(writer->row(std::to_string(i * 7919) + ",text " + std::to_string(i) + "\n"));
    FQ_TRY(writer->beside(table_of("Missing", {"1"})));
    return writer->finish();
  };
  constexpr std::size_t kEnough = 1u << 20;
  SmallSink large(kEnough);
  ASSERT_TRUE(write_to(large));
  const std::size_t needed = kEnough - large.room();
  for (std::size_t room = 0; room < needed; room += room + 500 < needed ? 499 : 1) {
    SmallSink small(room);
    const auto written = write_to(small);
    ASSERT_FALSE(written) << room;
    EXPECT_EQ(written.error().message, "No space left on device");
  }
  SmallSink enough(needed);
  EXPECT_TRUE(write_to(enough));
}

TEST_F(Workbook, IsRefusedWhenItIsNotWhatWasWritten) {
  const std::string header = R"(<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c></row>)";
  const auto error = [&](const std::string& data, const std::string& sheet = "Results") {
    test::write_zip(path(), test::workbook_parts({{sheet, data}}));
    const auto found = read({"id"});
    return found.empty() ? "" : found.back();
  };
  EXPECT_THAT(error(header), "");
  EXPECT_THAT(error(header, "Other"), HasSubstr("the workbook has no sheet Results"));
  EXPECT_THAT(error(""), HasSubstr("the header does not have the columns of the query"));
  EXPECT_THAT(error(header + R"(<row r="3"/>)"),
              HasSubstr("Results!A3: there are rows missing before this one"));
  EXPECT_THAT(error(header + R"(<row r="2"><c r="B2"><v>1</v></c></row>)"),
              HasSubstr("Results!B2: the cell is not of the results"));
  EXPECT_THAT(error(header + R"(<row r="2"><c r="A2" t="e"><v>#N/A</v></c></row>)"),
              HasSubstr("Results!A2: the cell is not of the results"));
  EXPECT_THAT(error(header + R"(<row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row>)"),
              HasSubstr("Results!A2: the cell is not of the results"));
}

TEST_F(Workbook, RefusesARowOfOtherFields) {
  SmallSink sink(1u << 20);
  const auto writer = find_result_format("xlsx")->writer(sink, {false, "id", dir_.path()});
  ASSERT_TRUE(writer->open({{"id", 20}, {"a", 25}}));
  for (const char* row : {"1\n", "1,2,3\n", "1,\"2\n"}) {
    const auto written = writer->row(row);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().kind, ErrorKind::integrity);
  }
}

}  // namespace
}  // namespace firmquery
