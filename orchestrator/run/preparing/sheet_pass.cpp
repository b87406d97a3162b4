#include "preparing/sheet_pass.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

#include "firmquery/core/clean_rows.hpp"
#include "firmquery/output/descriptor.hpp"
#include "firmquery/output/xlsx_reader.hpp"

namespace firmquery {
namespace {

static_assert(RowCleaner::kRowsMax == kXlsxRowsMax && RowCleaner::kColumnsMax == kXlsxColumnsMax);

bool equal_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

std::string list_sheets(const std::vector<XlsxSheet>& sheets) {
  constexpr std::size_t kShown = 30;
  std::string text;
  for (std::size_t i = 0; i < sheets.size() && i < kShown; ++i) {
    text += fmt::format("{}{} \"{}\"{}", i == 0 ? "" : ", ", i + 1, sheets[i].name,
                        sheets[i].hidden ? " (hidden)" : "");
  }
  return sheets.size() > kShown ? text + ", ..." : text;
}

// A name before a number: a sheet may be called 2024.
Result<std::size_t> choose_sheet(const std::vector<XlsxSheet>& sheets, const std::string& wanted,
                                 const std::string& source, std::vector<std::string>& warnings) {
  if (sheets.empty()) {
    return fail(ErrorKind::usage, "the workbook has no sheet with cells", source,
                "export the list as CSV (UTF-8) and give that file");
  }
  if (wanted.empty()) {
    const auto is_shown = [](const XlsxSheet& sheet) { return !sheet.hidden; };
    const auto shown = std::count_if(sheets.begin(), sheets.end(), is_shown);
    const auto first = std::find_if(sheets.begin(), sheets.end(), is_shown);
    const auto index = first == sheets.end() ? 0 : static_cast<std::size_t>(first - sheets.begin());
    if (shown > 1) {
      warnings.push_back(
          fmt::format("the IDs were taken from sheet \"{}\", the first of {}: --sheet names another",
                      sheets[index].name, shown));
    }
    return index;
  }
  for (std::size_t i = 0; i < sheets.size(); ++i) {
    if (equal_name(sheets[i].name, wanted)) return i;
  }
  std::size_t number = 0;
  const char* const end = wanted.data() + wanted.size();
  const auto parsed = std::from_chars(wanted.data(), end, number);
  if (parsed.ec == std::errc() && parsed.ptr == end && number >= 1 && number <= sheets.size())
    return number - 1;
  return fail(ErrorKind::usage,
              fmt::format("no sheet \"{}\"; {} {}", wanted,
                          sheets.size() == 1 ? "the only sheet is" : "the sheets are", list_sheets(sheets)),
              source, "give one of the names, or its number, to --sheet");
}

// The rows of a sheet as the cleaner takes them.
class SheetPass {
 public:
  SheetPass(const ListPass& pass, const std::stop_token& stop)
      : pass_(pass), stop_(stop), cleaner_(pass.options, pass.sink) {}

  Result<void> run(XlsxRows rows) {
    constexpr std::uint64_t kTellEvery = 4096;
    for (std::uint64_t n = 1;; ++n) {
      FQ_TRY_ASSIGN(const bool more, rows.next());
      if (!more) break;
      take_cells(rows.cells());
      FQ_TRY(cleaner_.add_row(rows.row() + std::uint64_t{1}, cells_));
      FQ_TRY(pass_.sink_outcome);
      if (stop_.stop_requested())
        return fail(ErrorKind::interrupted, "stopped while reading the list of IDs",
                    pass_.options.source_name);
      if (n % kTellEvery == 0) tell();
    }
    FQ_TRY(cleaner_.finish());
    FQ_TRY(pass_.sink_outcome);
    tell();
    return {};
  }

  PassedList passed() const { return {cleaner_.counts(), cleaner_.profile(), {}}; }
  std::uint64_t formulas_without_result() const { return formulas_without_result_; }

 private:
  void take_cells(const std::vector<XlsxCell>& cells) {
    cells_.clear();
    for (const XlsxCell& cell : cells) {
      switch (cell.kind) {
        case XlsxKind::blank:
          if (!cell.formula) break;
          ++formulas_without_result_;
          cells_.push_back({cell.column, {}, RowCell::Kind::error});
          break;
        case XlsxKind::number:
          cells_.push_back({cell.column, cell.text, RowCell::Kind::number});
          break;
        case XlsxKind::boolean:  // as it is shown: it is not the number 1
          cells_.push_back({cell.column, cell.text == "0" ? "FALSE" : "TRUE", RowCell::Kind::text});
          break;
        case XlsxKind::error:
          cells_.push_back({cell.column, cell.text, RowCell::Kind::error});
          break;
        case XlsxKind::text:
        case XlsxKind::date:
          cells_.push_back({cell.column, cell.text, RowCell::Kind::text});
          break;
      }
    }
  }

  void tell() {
    const std::uint64_t lines = cleaner_.counts().lines;
    if (pass_.lines_read && lines > told_) pass_.lines_read(lines - std::exchange(told_, lines));
  }

  const ListPass& pass_;
  const std::stop_token& stop_;
  RowCleaner cleaner_;
  std::vector<RowCell> cells_;
  std::uint64_t formulas_without_result_ = 0;
  std::uint64_t told_ = 0;  // of the lines
};

}  // namespace

Result<PassedList> pass_over_sheet(InputFile& file, const ListPass& pass, const std::stop_token& stop) {
  if (pass.options.format != InputFormat::automatic) {
    return fail(ErrorKind::usage,
                fmt::format("the list is an Excel workbook (XLSX), not {}", to_string(pass.options.format)),
                file.name(), "leave --input-format out");
  }
  FQ_TRY_ASSIGN(const int given, file.random_access(stop));
  Descriptor own(::fcntl(given, F_DUPFD_CLOEXEC, 0));
  if (own.get() < 0) return file_failure(file.name(), "read", errno);
  FQ_TRY_ASSIGN(const XlsxWorkbook workbook, XlsxWorkbook::open(std::move(own), file.name()));
  std::vector<std::string> warnings;
  FQ_TRY_ASSIGN(const std::size_t sheet,
                choose_sheet(workbook.sheets(), pass.options.sheet, file.name(), warnings));
  const std::string& name = workbook.sheets()[sheet].name;
  if (pass.sheet) pass.sheet(name);
  SheetPass reading(pass, stop);
  FQ_TRY_ASSIGN(XlsxRows rows, workbook.rows(sheet));
  FQ_TRY(reading.run(std::move(rows)));
  PassedList passed = reading.passed();
  passed.profile.sheet = name;
  if (const std::uint64_t count = reading.formulas_without_result(); count > 0) {
    warnings.push_back(fmt::format(
        "{} of the sheet {} no result in the file: open the workbook in a spreadsheet "
        "program and save it, so that it has them",
        count == 1 ? "1 formula" : fmt::format("{} formulas", count), count == 1 ? "has" : "have"));
  }
  passed.warnings = std::move(warnings);
  return passed;
}

}  // namespace firmquery
