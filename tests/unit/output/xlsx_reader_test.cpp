// Workbooks as others write them, and what nobody writes.
#include "firmquery/output/xlsx_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/process.hpp"
#include "support/temp_dir.hpp"
#include "support/zip_file.hpp"

namespace firmquery {
namespace {

using test::TempDir;
using test::workbook_parts;
using test::write_zip;
using test::ZipParts;
using testing::ElementsAre;
using testing::HasSubstr;

std::string text_of(const XlsxCell& cell) {
  constexpr const char* kNames[] = {"blank", "number", "text", "boolean", "error", "date"};
  std::string text = kNames[static_cast<std::size_t>(cell.kind)];
  if (cell.kind != XlsxKind::blank) text += ":" + std::string(cell.text);
  if (cell.formula) text += " (formula)";
  return text;
}

class XlsxReader : public testing::Test {
 protected:
  std::filesystem::path path() const { return dir_ / "book.xlsx"; }

  // "A1=text:x", in order; a failure is the last.
  std::vector<std::string> read(std::size_t sheet = 0, const XlsxOptions& options = {}) const {
    const auto book = XlsxWorkbook::open(path(), options);
    if (!book) return {book.error().to_string()};
    auto rows = book->rows(sheet);
    if (!rows) return {rows.error().to_string()};
    std::vector<std::string> found;
    for (;;) {
      const auto more = rows->next();
      if (!more) found.push_back(more.error().to_string());
      if (!more || !*more) return found;
      for (const XlsxCell& cell : rows->cells())
        found.push_back(xlsx_address(rows->row(), cell.column) + "=" + text_of(cell));
    }
  }
  std::vector<std::string> read_data(const std::string& data, const std::string& strings = {}) const {
    write_zip(path(), workbook_parts({{"List", data}}, strings));
    return read();
  }
  std::string open_error() const {
    const auto book = XlsxWorkbook::open(path());
    return book ? "" : book.error().to_string();
  }

  TempDir dir_;
};

TEST_F(XlsxReader, GivesEachKindOfCellAsTheFileHasIt) {
  EXPECT_THAT(
      read_data(R"(<row r="2" spans="1:9"><c r="A2"><v>007.50</v></c><c r="B2" t="s"><v>1</v></c>)"
                R"(<c r="C2" t="inlineStr"><is><t>in &amp; line</t></is></c><c r="D2" t="b"><v>1</v></c>)"
                R"(<c r="E2" t="e"><v>#N/A</v></c><c r="F2" s="3"/><c r="G2"><f>1+1</f><v>2</v></c>)"
                R"(<c r="H2" t="str"><f>"a"</f><v>a</v></c><c r="I2" t="d"><v>2026-01-02</v></c></row>)"
                R"(<row r="4"><c r="XFD4" t="n"><v> 1.23E+19
 </v></c></row>)",
                "<si><t>one</t></si><si><t xml:space=\"preserve\"> two </t></si>"),
      ElementsAre("A2=number:007.50", "B2=text: two ", "C2=text:in & line", "D2=boolean:1", "E2=error:#N/A",
                  "F2=blank", "G2=number:2 (formula)", "H2=text:a (formula)", "I2=date:2026-01-02",
                  "XFD4=number:1.23E+19"));
}

TEST_F(XlsxReader, CountsRowsAndCellsThatSayNoPlace) {
  EXPECT_THAT(
      read_data(
          "<row><c><v>1</v></c><c><v>2</v></c></row><row r=\"5\"><c r=\"C5\"><v>3</v></c><c><v>4</v></c>"
          "</row><row/><row><c><v>5</v></c></row>"),
      ElementsAre("A1=number:1", "B1=number:2", "C5=number:3", "D5=number:4", "A7=number:5"));
}

TEST_F(XlsxReader, JoinsRunsAndLeavesOutHowTheyArePronounced) {
  EXPECT_THAT(
      read_data(
          "<row><c t=\"s\"><v>0</v></c><c t=\"inlineStr\"><is><r><rPr><b/></rPr><t>x</t></r><r><t>y</t></r>"
          "<rPh sb=\"0\" eb=\"1\"><t>no</t></rPh></is></c></row>",
          "<si><r><t>a</t></r><r><rPr><i/></rPr><t>b</t></r><rPh sb=\"0\" eb=\"1\"><t>no</t></rPh></si>"),
      ElementsAre("A1=text:ab", "B1=text:xy"));
}

TEST_F(XlsxReader, UndoesEscapes) {
  const auto cell = [](const std::string& text) {
    return "<c t=\"inlineStr\"><is><t>" + text + "</t></is></c>";
  };
  EXPECT_THAT(read_data("<row>" + cell("a_x000D_\nb") + cell("_x005F_x000D_") + cell("_xD83D__xDE00_") +
                        cell("_xDCFF_") + cell("_x00g0_ _x1") + cell("_xD800_") + "</row>"),
              ElementsAre("A1=text:a\r\nb", "B1=text:_x000D_", "C1=text:\xF0\x9F\x98\x80", "D1=text:\xFF",
                          "E1=text:_x00g0_ _x1", "F1=text:_xD800_"));
}

TEST_F(XlsxReader, TellsAnEmptyTextFromNoValue) {
  EXPECT_THAT(read_data("<row><c t=\"inlineStr\"><is><t></t></is></c><c t=\"inlineStr\"/><c><v></v></c>"
                        "<c t=\"s\"><v>0</v></c></row>",
                        "<si><t/></si>"),
              ElementsAre("A1=text:", "B1=blank", "C1=blank", "D1=text:"));
}

TEST_F(XlsxReader, KnowsTheSheetsInTheirOrder) {
  write_zip(path(), workbook_parts(
                        {{"b &amp; c", "<row><c><v>1</v></c></row>"}, {"A", "<row><c><v>2</v></c></row>"}}));
  const auto book = XlsxWorkbook::open(path());
  ASSERT_TRUE(book) << book.error().to_string();
  ASSERT_EQ(book->sheets().size(), 2u);
  EXPECT_EQ(book->sheets()[0].name, "b & c");
  EXPECT_EQ(book->sheets()[1].name, "A");
  EXPECT_THAT(read(1), ElementsAre("A1=number:2"));
  // Both at once, and one twice.
  auto first = book->rows(0), second = book->rows(1), again = book->rows(0);
  ASSERT_TRUE(first && second && again);
  EXPECT_TRUE(first->next().value() && second->next().value() && again->next().value());
  EXPECT_EQ(first->cells().front().text, "1");
  EXPECT_EQ(second->cells().front().text, "2");
  EXPECT_EQ(again->cells().front().text, "1");
  EXPECT_THAT(second->wrong(2, "this is no ID").value().to_string(),
              HasSubstr("book.xlsx:A!C1: this is no ID"));
}

TEST_F(XlsxReader, ReadsRowsThatCrossPiecesOfTheFile) {
  std::string data;
  for (int row = 0; row < 3000; ++row) {
    data += "<row>";
    for (int column = 0; column < 20; ++column)
      data += "<c t=\"inlineStr\"><is><t>" + std::to_string(row) + std::string(column, 'x') + "</t></is></c>";
    data += "</row>";
  }
  const auto cells = read_data(data);
  ASSERT_EQ(cells.size(), 60'000u);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string row = std::to_string(i / 20);
    ASSERT_THAT(cells[i], testing::EndsWith("=text:" + row + std::string(i % 20, 'x')));
  }
}

TEST_F(XlsxReader, SaysWhereAFileIsDamaged) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"<row r=\"2\"/><row r=\"2\"/>", "line 2: a row \"2\" does not follow row 2"},
      {"<row r=\"1048577\"/>", "a row \"1048577\" does not follow"},
      {"<row r=\"x\"/>", "a row \"x\" does not follow"},
      {"<row><c r=\"B1\"/><c r=\"A1\"/></row>", "a cell \"A1\" does not follow"},
      {"<row><c r=\"XFE1\"/></row>", "a cell \"XFE1\" does not follow"},
      {"<row r=\"3\"><c r=\"A4\"/></row>", "a cell \"A4\" does not follow"},
      {"<row><c t=\"s\"><v>0</v></c></row>", "cell A1 is damaged: the workbook has no such string"},
      {"<row><c t=\"q\"><v>0</v></c></row>", "cell A1 is damaged: its type is \"q\""},
      {"<row><c><v>0</c></row>", "this is no XML: mismatched tag"},
  };
  for (const auto& [data, message] : cases) {
    const auto found = read_data(data);
    ASSERT_FALSE(found.empty()) << data;
    EXPECT_THAT(found.back(), HasSubstr(message));
    EXPECT_THAT(found.back(), HasSubstr("book.xlsx:xl/worksheets/sheet1.xml: line "));
  }
  XlsxOptions own;
  own.damaged = ErrorKind::integrity;
  const auto book = XlsxWorkbook::open(path(), own);
  ASSERT_TRUE(book);
  EXPECT_EQ(book->rows(0)->next().error().kind, ErrorKind::integrity);
}

TEST_F(XlsxReader, SaysWhatIsNoWorkbook) {
  const auto error = [&](std::string_view bytes) {
    dir_.write("book.xlsx", bytes);
    return open_error();
  };
  EXPECT_THAT(error(""), HasSubstr("the file is empty"));
  EXPECT_THAT(error("id\n1\n"), HasSubstr("no Excel workbook (XLSX)"));
  EXPECT_THAT(error("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"),
              HasSubstr("XLS), or one that is protected by a password"));
  EXPECT_THAT(error("PK\x03\x04 cut"), HasSubstr("the ZIP archive cannot be read"));
  write_zip(path(), {{"a.txt", "x"}});
  EXPECT_THAT(open_error(), HasSubstr("no Excel workbook (XLSX)"));
  ZipParts parts = workbook_parts({{"List", ""}});
  for (auto& [name, content] : parts) {
    if (const auto at = content.find("xl/workbook.xml"); at != std::string::npos)
      content.replace(at, 15, "xl/workbook.bin");
  }
  write_zip(path(), parts);
  EXPECT_THAT(open_error(), HasSubstr("binary workbook (XLSB)"));
}

TEST_F(XlsxReader, NoticesAnAlteredPart) {
  write_zip(path(), workbook_parts({{"List", "<row><c><v>" + std::string(100, '7') + "</v></c></row>"}}));
  std::string bytes = test::read_text(path());
  const std::size_t sheet = bytes.find("xl/worksheets/sheet1.xml");
  ASSERT_NE(sheet, std::string::npos);
  bytes[sheet + 60] = static_cast<char>(bytes[sheet + 60] ^ 1);
  dir_.write("book.xlsx", bytes);
  EXPECT_THAT(read().back(), HasSubstr("sheet1.xml"));
}

// What is small in the file and large in memory.
TEST_F(XlsxReader, RefusesBombs) {
  const std::string entity =
      "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>";
  ZipParts parts = workbook_parts({{"List", "<row><c t=\"inlineStr\"><is><t>&b;</t></is></c></row>"}});
  for (auto& [name, content] : parts) {
    if (name.ends_with("sheet1.xml")) content.insert(content.find("<worksheet"), entity);
  }
  write_zip(path(), parts);
  EXPECT_THAT(read().back(), HasSubstr("it has a document type declaration"));

  std::string deep;
  for (int i = 0; i < 200; ++i) deep += "<x>";
  EXPECT_THAT(read_data(deep).back(), HasSubstr("nested more than 128 deep"));

  EXPECT_THAT(read_data("<row><c r=\"" + std::string(3u << 20, 'A') + "\"/></row>").back(),
              HasSubstr("a tag does not end"));

  XlsxOptions tight;
  tight.row_bytes_max = 1000;
  write_zip(path(), workbook_parts({{"List", "<row><c><v>" + std::string(1001, '7') + "</v></c></row>"}}));
  EXPECT_THAT(read(0, tight).back(), HasSubstr("row 1 is longer than 1000 bytes"));

  tight = {};
  tight.shared_strings_bytes_max = 1000;
  std::string strings;
  for (int i = 0; i < 200; ++i) strings += "<si><t>ab</t></si>";
  write_zip(path(), workbook_parts({{"List", "<row><c t=\"s\"><v>1</v></c></row>"}}, strings));
  EXPECT_THAT(read().back(), HasSubstr("A1=text:ab"));
  EXPECT_THAT(read(0, tight).back(), HasSubstr("strings are more than 1000 bytes long"));

  tight = {};
  tight.expansion_allowance_bytes = 1u << 20;
  write_zip(path(), workbook_parts({{"List", "<row><c><v>1</v></c></row>" + std::string(8u << 20, ' ')}}));
  EXPECT_THAT(read().back(), HasSubstr("A1=number:1"));
  EXPECT_THAT(read(0, tight).back(), HasSubstr("it unfolds to more than 200 times its size"));
}

TEST_F(XlsxReader, ReadsAnotherNamespacePrefixAndEncoding) {
  ZipParts parts = workbook_parts({{"List", ""}});
  for (auto& [name, content] : parts) {
    if (!name.ends_with("sheet1.xml")) continue;
    const std::string xml =
        "<?xml version=\"1.0\" encoding=\"UTF-16\"?><x:worksheet xmlns:x=\"urn:x\"><x:sheetData><x:row><x:c "
        "t=\"inlineStr\"><x:is><x:t>7</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>";
    content = "\xFF\xFE";
    for (const char c : xml) content.append({c, '\0'});
  }
  write_zip(path(), parts);
  EXPECT_THAT(read(), ElementsAre("A1=text:7"));
}

TEST_F(XlsxReader, ReadsWhatOpenpyxlAndXlsxWriterWrite) {
  const std::string make =
      "import sys, datetime\n"
      "rows = [['id', 'name', 'n'], ['0012', 'a\\r\\nb _x0041_', 1.5], ['12345678901234567890', '', True],\n"
      "        [7, None, 9007199254740993]]\n"
      "if sys.argv[1] == 'openpyxl':\n"
      "    import openpyxl\n"
      "    book = openpyxl.Workbook(); sheet = book.active; sheet.title = 'List'\n"
      "    for row in rows: sheet.append(row)\n"
      "    book.create_sheet('Other'); book.save(sys.argv[2])\n"
      "else:\n"
      "    import xlsxwriter\n"
      "    book = xlsxwriter.Workbook(sys.argv[2], {'constant_memory': sys.argv[1] == 'constant'})\n"
      "    sheet = book.add_worksheet('List')\n"
      "    for r, row in enumerate(rows):\n"
      "        for c, value in enumerate(row): sheet.write(r, c, value)\n"
      "    book.close()\n";
  const auto script = dir_.write("make.py", make);
  for (const char* kind : {"openpyxl", "xlsxwriter", "constant"}) {
    const auto ran = test::run_process("/usr/bin/python3", {script.string(), kind, path().string()});
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    const auto cells = read();
    EXPECT_THAT(cells, testing::IsSupersetOf({"A1=text:id", "A2=text:0012", "C2=number:1.5",
                                              "A3=text:12345678901234567890", "C3=boolean:1", "A4=number:7"}))
        << kind;
  }
}

TEST_F(XlsxReader, NamesPlaces) {
  EXPECT_EQ(xlsx_address(0, 0), "A1");
  EXPECT_EQ(xlsx_address(9, 25), "Z10");
  EXPECT_EQ(xlsx_address(9, 26), "AA10");
  EXPECT_EQ(xlsx_address(kXlsxRowsMax - 1, kXlsxColumnsMax - 1), "XFD1048576");
}

}  // namespace
}  // namespace firmquery
