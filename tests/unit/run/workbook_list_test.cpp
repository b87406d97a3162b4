// Lists that are sheets of workbooks.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

#include "firmquery/run/input.hpp"
#include "support/cleaned.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"
#include "support/zip_file.hpp"

namespace firmquery {
namespace {

using test::ids_of;
using test::read_text;
using test::TempDir;
using test::workbook_parts;
using test::write_zip;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class WorkbookList : public testing::Test {
 protected:
  std::filesystem::path path() const { return dir_ / "book.xlsx"; }
  Result<CleanedInput> read(const std::function<void(InputOptions&)>& set = {}) const {
    InputOptions options;
    options.path = path().string();
    options.clean.type = IdType::text;
    options.accept_rejected = true;
    if (set) set(options);
    return read_input(options, out_.path(), {});
  }
  std::string error(const std::function<void(InputOptions&)>& set = {}) const {
    const auto cleaned = read(set);
    if (cleaned) return "read";
    EXPECT_EQ(cleaned.error().kind, ErrorKind::usage);
    return cleaned.error().to_string();
  }
  void write(const std::string& rows, const std::string& strings = {}) const {
    write_zip(path(), workbook_parts({{"List", rows}}, strings));
  }

  TempDir dir_, out_;
};

TEST_F(WorkbookList, IsReadByItsCells) {
  write(
      "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c></row>"
      "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>2</v></c><c r=\"B2\" "
      "t=\"inlineStr\"><is><t>0017</t></is></c></row>"
      "<row r=\"4\"><c r=\"A4\"><v>9</v></c><c r=\"B4\"><v>1234567890123456789</v></c></row>"
      "<row r=\"5\"><c r=\"B5\"><v>1.23E+19</v></c></row>"
      "<row r=\"6\"><c r=\"B6\"><v>18</v></c></row>"
      "<row r=\"7\"><c r=\"B7\" t=\"b\"><v>1</v></c></row>"
      "<row r=\"8\"><c r=\"B8\" t=\"e\"><v>#N/A</v></c></row>"
      "<row r=\"9\"><c r=\"A9\"><v>1</v></c></row>"
      "<row r=\"10\"><c r=\"B10\"><v>18</v></c></row>"
      "<row r=\"11\"><c r=\"B11\"><f>1+1</f></c></row>",
      "<si><t>name</t></si><si><t>Firm ID</t></si><si><t>Ann</t></si>");
  const auto cleaned = read([](InputOptions& options) { options.clean.column = "firm id"; });
  ASSERT_TRUE(cleaned) << cleaned.error().to_string();
  EXPECT_THAT(ids_of(cleaned->ids), ElementsAre("0017", "18", "TRUE"));
  EXPECT_EQ(read_text(out_ / "rejected.csv"),
            "line,raw,reason,column,byte_offset,cell\n"
            "4,1234567890123456789,inexact_number,Firm ID,,List!B4\n"
            "5,1.23E+19,scientific,Firm ID,,List!B5\n"
            "8,#N/A,null,Firm ID,,List!B8\n"
            "9,\"\",empty,Firm ID,,List!B9\n"
            "11,\"\",empty,Firm ID,,List!B11\n");
  EXPECT_EQ(read_text(out_ / "duplicates.csv"), "line,id,first_line\n10,18,6\n");
  EXPECT_EQ(cleaned->report.lines, 11u);
  EXPECT_EQ(cleaned->report.blank, 1u);
  EXPECT_EQ(cleaned->profile.sheet, "List");
  EXPECT_THAT(cleaned->warnings, ElementsAre(HasSubstr("1 formula of the sheet has no result")));
  const auto lossy = read([](InputOptions& options) {
    options.clean.column = "B";
    options.clean.allow_lossy = true;
  });
  ASSERT_TRUE(lossy) << lossy.error().to_string();
  EXPECT_THAT(ids_of(lossy->ids),
              ElementsAre("0017", "12300000000000000000", "1234567890123456789", "18", "TRUE"));
}

TEST_F(WorkbookList, TakesTheSheetThatIsNamed) {
  const auto one = [](const std::string& id) {
    return "<row r=\"1\"><c r=\"A1\"><v>" + id + "</v></c></row>";
  };
  write_zip(path(), workbook_parts({{"First", one("1")}, {"2", one("2")}, {"Übrig &amp; mehr", one("3")}}));
  const auto of = [&](const std::string& sheet) {
    const auto cleaned = read([&](InputOptions& options) { options.clean.sheet = sheet; });
    return cleaned ? ids_of(cleaned->ids) : std::vector<std::string>{cleaned.error().to_string()};
  };
  EXPECT_THAT(of("first"), ElementsAre("1"));
  EXPECT_THAT(of("2"), ElementsAre("2"));  // a name before a number
  EXPECT_THAT(of("1"), ElementsAre("1"));
  EXPECT_THAT(of("3"), ElementsAre("3"));
  EXPECT_THAT(of("Übrig & mehr"), ElementsAre("3"));
  for (const char* none : {"4", "0", "Firs", "1x"}) {
    EXPECT_THAT(of(none),
                ElementsAre(AllOf(HasSubstr("no sheet \"" + std::string(none) + "\""),
                                  HasSubstr("the sheets are 1 \"First\", 2 \"2\", 3 \"Übrig & mehr\""),
                                  HasSubstr("--sheet"))));
  }
  const auto first = read();
  ASSERT_TRUE(first);
  EXPECT_THAT(first->warnings,
              ElementsAre(HasSubstr("sheet \"First\", the first of 3: --sheet names another")));
}

TEST_F(WorkbookList, QuotesTheNameOfASheetInACell) {
  const std::string rows =
      "<row r=\"1\"><c r=\"A1\" t=\"e\"><v>#N/A</v></c></row><row r=\"2\"><c r=\"A2\"><v>1</v></c></row>";
  write_zip(path(), workbook_parts({{"Bob's list", rows}}));
  ASSERT_TRUE(read());
  EXPECT_THAT(read_text(out_ / "rejected.csv"), HasSubstr("1,#N/A,null,A,,'Bob''s list'!A1\n"));
}

TEST_F(WorkbookList, SaysInWhichCellTheFirstRejectIs) {
  write("<row r=\"3\"><c r=\"C3\"><v>1.5E+20</v></c></row><row r=\"4\"><c r=\"C4\"><v>1.5E+20</v></c></row>");
  const std::string message = error([](InputOptions& options) {
    options.clean.column = "C";
    options.accept_rejected = false;
  });
  EXPECT_THAT(message, HasSubstr("scientific 2 (cell C3: \"1.5E+20\")"));
}

TEST_F(WorkbookList, OptionsOfTextAndSheetsDoNotMix) {
  write("<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>");
  EXPECT_THAT(error([](InputOptions& options) { options.clean.format = InputFormat::csv; }),
              HasSubstr("is an Excel workbook (XLSX), not csv"));
  const auto text = dir_.write("list.txt", "1\n");
  EXPECT_THAT(error([&](InputOptions& options) {
                options.path = text.string();
                options.clean.sheet = "1";
              }),
              HasSubstr("the list is text, and has no sheet \"1\""));
}

TEST_F(WorkbookList, ComesThroughAPipeToo) {
  std::string rows;
  for (int i = 1; i <= 20'000; ++i) rows += "<row><c><v>" + std::to_string(i % 15'000) + "</v></c></row>";
  write(rows);
  const std::string bytes = read_text(path());
  for (const bool keeps : {true, false}) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    std::thread writer([&] {
      for (std::size_t at = 0; at < bytes.size();) {
        const ssize_t written = ::write(ends[1], bytes.data() + at, bytes.size() - at);
        if (written <= 0) break;
        at += static_cast<std::size_t>(written);
      }
      ::close(ends[1]);
    });
    InputOptions options;
    options.path = "/proc/self/fd/" + std::to_string(ends[0]);
    options.clean.type = IdType::integer;
    if (keeps) options.copy = out_ / ".ids";
    const auto cleaned = read_input(options, keeps ? out_.path() : std::filesystem::path(), {});
    ::close(ends[0]);
    writer.join();
    ASSERT_TRUE(cleaned) << cleaned.error().to_string();
    EXPECT_EQ(cleaned->report.unique, 15'000u);
    EXPECT_EQ(cleaned->report.duplicates, 5'000u);
  }
  EXPECT_TRUE(read_text(out_ / ".ids") == bytes);
}

// What no workbook is, or none that can be read: the message says what to do.
TEST_F(WorkbookList, RefusesOtherFilesWithARemedy) {
  const auto message_of = [&](const std::string& bytes) {
    dir_.write("book.xlsx", bytes);
    return error();
  };
  EXPECT_THAT(message_of("PK\x03\x04 and no more"), HasSubstr("book.xlsx"));
  const std::string ole("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8);
  EXPECT_THAT(
      message_of(ole + std::string(600, '\0')),
      AllOf(HasSubstr("an old Excel workbook (XLS)"), HasSubstr("save it as an Excel workbook (XLSX)")));
  std::string stream;
  for (const char c : std::string("EncryptedPackage")) stream += {c, '\0'};
  EXPECT_THAT(message_of(ole + std::string(600, '\0') + stream),
              AllOf(HasSubstr("a workbook protected by a password"), HasSubstr("take the password off")));
  EXPECT_THAT(
      message_of(std::string("PK\x03\x04") + std::string(26, '\x01') +
                 "mimetypeapplication/vnd.oasis.opendocument.spreadsheet"),
      AllOf(HasSubstr("an OpenDocument workbook (ODS)"), HasSubstr("save it as an Excel workbook (XLSX)")));
  write_zip(path(), {{"[Content_Types].xml", "<Types/>"}, {"word/document.xml", "<a/>"}});
  EXPECT_THAT(error(), HasSubstr("book.xlsx"));
}

TEST_F(WorkbookList, RefusesWhatUnfoldsWithoutEnd) {
  std::string rows;
  for (int i = 0; i < 80; ++i)
    rows += "<row><c t=\"inlineStr\"><is><t>" + std::string(1 << 20, 'a') + "</t></is></c></row>";
  write(rows);
  EXPECT_THAT(error(), HasSubstr("book.xlsx"));
}

TEST_F(WorkbookList, OfOtherProgramsIsTheSame) {
  const auto script =
      dir_.write("make.py",
                 "import sys, datetime\n"
                 "rows = [('name', 'id'), ('Ann', '0017'), ('Bob', 18), (None, None), ('Eve', "
                 "1234567890123456789), ('Dan', 1e22),\n"
                 "        ('Fay', datetime.date(2024, 1, 2)), ('Gus', True), ('Hal', 19.5), ('Ida', "
                 "'1234567890123456789')]\n"
                 "if sys.argv[1] == 'openpyxl':\n"
                 "    import openpyxl\n"
                 "    book = openpyxl.Workbook(); sheet = book.active; sheet.title = 'List'\n"
                 "    for row in rows: sheet.append(row)\n"
                 "    sheet.merge_cells('A2:A3'); book.create_sheet('Other'); book.save(sys.argv[2])\n"
                 "else:\n"
                 "    import xlsxwriter\n"
                 "    book = xlsxwriter.Workbook(sys.argv[2], {'default_date_format': 'yyyy-mm-dd'})\n"
                 "    sheet = book.add_worksheet('List'); book.add_worksheet('Other')\n"
                 "    for r, row in enumerate(rows):\n"
                 "        for c, value in enumerate(row):\n"
                 "            if value is not None: sheet.write(r, c, value)\n"
                 "    book.close()\n");
  for (const char* kind : {"openpyxl", "xlsxwriter"}) {
    SCOPED_TRACE(kind);
    const auto ran = test::run_process("/usr/bin/python3", {script.string(), kind, path().string()});
    if (ran.exit_code != 0) GTEST_SKIP() << "NOT TESTED: " << ran.err;
    const auto cleaned = read([](InputOptions& options) { options.clean.key_name = "id"; });
    ASSERT_TRUE(cleaned) << cleaned.error().to_string();
    EXPECT_THAT(ids_of(cleaned->ids), ::testing::IsSupersetOf({"0017", "18", "TRUE", "1234567890123456789"}));
    const std::string rejected = read_text(out_ / "rejected.csv");
    EXPECT_THAT(rejected, HasSubstr(",List!B5\n"));  // the number of 19 digits
    EXPECT_THAT(rejected, HasSubstr(",List!B6\n"));  // 1e22
    EXPECT_EQ(cleaned->report.lines, 10u);
    EXPECT_EQ(cleaned->report.blank, 1u);
  }
}

}  // namespace
}  // namespace firmquery
