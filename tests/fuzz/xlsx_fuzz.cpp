// Workbooks: any bytes as the archive, any XML as the cells of a sheet, any text in a cell. Nothing is read outside of
// the file or beyond its limits, cells and rows ascend, and a text comes back as it was.
#include <sys/mman.h>
#include <unistd.h>

#include "firmquery/output/xlsx_reader.hpp"
#include "fuzz/fuzz.hpp"
#include "orchestrator/output/xlsx_text.hpp"
#include "orchestrator/output/zip_writer.hpp"

namespace firmquery::fuzz {
namespace {

class Memory : public ByteSink {
 public:
  Result<void> write(std::string_view more) override {
    bytes += more;
    return {};
  }
  std::string bytes;
};

std::string workbook(std::string_view cells, std::string_view strings) {
  Memory memory;
  ZipWriter zip(memory);
  const std::string relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";
  const auto put = [&](const char* name, const std::string& content) {
    require(zip.part(name, content).has_value(), "the archive is written");
  };
  put("_rels/.rels", "<Relationships><Relationship Id=\"a\" Type=\"" + relation +
                         "officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>");
  put("xl/workbook.xml",
      "<workbook><sheets><sheet name=\"s\" sheetId=\"1\" r:id=\"b\"/></sheets></workbook>");
  put("xl/_rels/workbook.xml.rels", "<Relationships><Relationship Id=\"b\" Type=\"" + relation +
                                        "worksheet\" Target=\"sheet.xml\"/><Relationship Id=\"c\" Type=\"" +
                                        relation +
                                        "sharedStrings\" Target=\"strings.xml\"/></Relationships>");
  put("xl/sheet.xml", "<worksheet><sheetData>" + std::string(cells) + "</sheetData></worksheet>");
  put("xl/strings.xml", "<sst>" + std::string(strings) + "</sst>");
  require(zip.finish().has_value(), "the archive ends");
  return memory.bytes;
}

struct Found {
  std::string text;  // of the last cell of text
  bool whole = false;
};

Found read(const std::string& archive) {
  Descriptor file(::memfd_create("workbook", MFD_CLOEXEC));
  require(::write(file.get(), archive.data(), archive.size()) == static_cast<ssize_t>(archive.size()),
          "written");
  XlsxOptions options;
  options.shared_strings_bytes_max = 1u << 20;
  options.row_bytes_max = 1u << 20;
  options.expansion_allowance_bytes = 1u << 20;
  Found found;
  const auto book = XlsxWorkbook::open(std::move(file), "workbook", options);
  if (!book) return found;
  found.whole = true;
  for (std::size_t sheet = 0; sheet < book->sheets().size() && sheet < 4; ++sheet) {
    auto rows = book->rows(sheet);
    if (!rows) return found;
    for (std::int64_t last = -1;;) {
      const auto more = rows->next();
      if (!more) found.whole = false;
      if (!more || !*more) break;
      require(rows->row() > last && rows->row() < kXlsxRowsMax, "rows ascend");
      last = rows->row();
      std::int64_t column = -1;
      std::size_t bytes = 0;
      for (const XlsxCell& cell : rows->cells()) {
        require(cell.column > column && cell.column < kXlsxColumnsMax, "cells ascend");
        column = cell.column;
        bytes += cell.text.size();
        require(cell.kind != XlsxKind::blank || cell.text.empty(), "a blank cell has no text");
        if (cell.kind == XlsxKind::text) found.text = cell.text;
      }
      require(bytes <= options.row_bytes_max, "a row is not beyond its limit");
    }
  }
  return found;
}

}  // namespace
}  // namespace firmquery::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace firmquery;
  fuzz::Input input(data, size);
  constexpr int kModes[] = {0, 1, 2, 3};
  const int mode = input.pick(kModes);
  const std::string text = input.rest();
  if (mode == 0) {
    (void)fuzz::read(text);
  } else if (mode == 1) {
    (void)fuzz::read(fuzz::workbook(text, "<si><t>one</t></si><si><r><t>t</t></r><r><t>wo</t></r></si>"));
  } else if (mode == 2) {
    (void)fuzz::read(fuzz::workbook("<row><c t=\"s\"><v>0</v></c></row>", text));
  } else {
    std::string cell;
    append_xlsx_text(cell, text);
    const auto found =
        fuzz::read(fuzz::workbook("<row><c t=\"inlineStr\"><is><t>" + cell + "</t></is></c></row>", ""));
    fuzz::require(found.whole && found.text == text, "a text comes back as it was");
    fuzz::require(xlsx_cell_prefix(text) == text.size() || text.size() > kXlsxCellUnitsMax,
                  "short text fits");
  }
  return 0;
}
