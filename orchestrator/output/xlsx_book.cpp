#include "xlsx_book.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "firmquery/core/utf8_text.hpp"
#include "xlsx_cut.hpp"
#include "xlsx_text.hpp"

namespace firmquery {
namespace {

constexpr std::size_t kSampleRows = 500, kSampleBytes = 1u << 20;
constexpr std::size_t kWidthMin = 8, kWidthMax = 60;
constexpr std::size_t kWriteBytes = 64u << 10;
constexpr std::size_t kNamedCutsMax = 10;

constexpr std::string_view kXml = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
constexpr std::string_view kMain = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
constexpr std::string_view kPackage = "http://schemas.openxmlformats.org/package/2006";
constexpr std::string_view kOffice = "http://schemas.openxmlformats.org/officeDocument/2006";
constexpr std::string_view kContent = "application/vnd.openxmlformats-officedocument";

// Of the longest line; a continuation byte is no character.
std::size_t width_of(std::string_view value) {
  std::size_t longest = 0, width = 0;
  for (const char c : value) {
    if (c == '\n') width = 0;
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) longest = std::max(longest, ++width);
    if (longest > kWidthMax) break;
  }
  return longest;
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// A name of a column, in UTF-8.
std::string printable(const std::string& name) {
  return is_utf8(name) ? name : "?";
}

}  // namespace

const ResultColumns& xlsx_cut_columns() {
  static const ResultColumns columns = {{"cell"}, {"key"}, {"column"}, {"piece", 20}, {"text"}};
  return columns;
}

bool is_xlsx_sheet_of(std::string_view sheet, std::string_view table) {
  if (!sheet.starts_with(table)) return false;
  sheet.remove_prefix(table.size());
  return sheet.empty() || (sheet.size() > 1 && sheet.front() == ' ' &&
                           sheet.find_first_not_of("0123456789", 1) == std::string_view::npos);
}

XlsxBook::XlsxBook(ByteSink& out, Options options) : zip_(out), options_(std::move(options)) {}
XlsxBook::~XlsxBook() = default;

Result<void> XlsxBook::begin() {
  FQ_TRY(zip_.part("_rels/.rels",
                   fmt::format("{}<Relationships xmlns=\"{}/relationships\"><Relationship Id=\"rId1\" "
                               "Type=\"{}/relationships/officeDocument\" Target=\"xl/workbook.xml\"/>"
                               "<Relationship Id=\"rId2\" Type=\"{}/relationships/extended-properties\" "
                               "Target=\"docProps/app.xml\"/></Relationships>",
                               kXml, kPackage, kOffice, kOffice)));
  FQ_TRY(zip_.part("docProps/app.xml",
                   fmt::format("{}<Properties xmlns=\"{}/extended-properties\"><Application>Firm "
                               "Query</Application></Properties>",
                               kXml, kOffice)));
  return zip_.part("xl/styles.xml", xlsx_styles_xml());
}

Result<void> XlsxBook::begin_table(std::string_view name, const ResultColumns& columns,
                                   std::string_view key) {
  table_ = name;
  key_ = key;
  columns_ = columns;
  looks_.clear();
  table_rows_ = 0;
  table_sheets_ = 0;
  key_column_.reset();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const bool is_key = columns[i].name == key;
    if (is_key && !key_column_) key_column_ = i;
    looks_.push_back({is_key ? XlsxForm::text : xlsx_form_of(columns[i].type_oid),
                      "<c r=\"" + xlsx_column_name(static_cast<std::uint32_t>(i)),
                      width_of(columns[i].name)});
  }
  sampling_ = true;
  sample_bytes_ = 0;
  sample_.clear();
  return {};
}

Result<void> XlsxBook::row(std::span<const ResultField> fields) {
  if (sampling_) {
    measure(fields);
    auto& kept = sample_.emplace_back();
    for (const ResultField& field : fields) {
      kept.push_back(field.is_null ? std::optional<std::string>() : std::string(field.value));
      sample_bytes_ += field.value.size() + 1;
    }
    if (sample_.size() < kSampleRows && sample_bytes_ < kSampleBytes) return {};
    return flush_sample();
  }
  if (sheets_.back().rows == options_.sheet_rows_max || sheet_bytes_ >= options_.sheet_bytes_max) {
    FQ_TRY(end_sheet());
    FQ_TRY(begin_sheet());
  }
  ++table_rows_;
  return write_row(fields, false);
}

void XlsxBook::measure(std::span<const ResultField> fields) {
  for (std::size_t i = 0; i < fields.size(); ++i)
    looks_[i].width = std::max(looks_[i].width, width_of(fields[i].value));
}

Result<void> XlsxBook::flush_sample() {
  sampling_ = false;
  FQ_TRY(begin_sheet());
  std::vector<ResultField> fields;
  for (const auto& kept : sample_) {
    fields.clear();
    for (const auto& value : kept)
      fields.push_back({value ? std::string_view(*value) : std::string_view(), !value});
    FQ_TRY(row(fields));
  }
  sample_.clear();
  sample_.shrink_to_fit();
  return {};
}

Result<void> XlsxBook::begin_sheet() {
  ++table_sheets_;
  sheets_.push_back(
      {table_sheets_ == 1 ? table_ : fmt::format("{} {}", table_, table_sheets_), columns_.size(), 0});
  sheet_bytes_ = 0;
  FQ_TRY(zip_.begin(fmt::format("xl/worksheets/sheet{}.xml", sheets_.size())));
  xml_ = fmt::format(
      "{}<worksheet xmlns=\"{}\"><sheetViews><sheetView {}workbookViewId=\"0\"><pane ySplit=\"1\" "
      "topLeftCell=\"A2\" "
      "activePane=\"bottomLeft\" state=\"frozen\"/><selection pane=\"bottomLeft\"/></sheetView></sheetViews>"
      "<sheetFormatPr defaultRowHeight=\"15\"/><cols>",
      kXml, kMain, sheets_.size() == 1 ? "tabSelected=\"1\" " : "");
  for (std::size_t i = 0; i < looks_.size(); ++i) {
    xml_ += fmt::format("<col min=\"{}\" max=\"{}\" width=\"{}\" customWidth=\"1\"/>", i + 1, i + 1,
                        std::clamp(looks_[i].width + 2, kWidthMin, kWidthMax));
  }
  xml_ += "</cols><sheetData>";
  std::vector<ResultField> names;
  for (const ResultColumn& column : columns_) names.push_back({column.name, false});
  return write_row(names, true);
}

Result<void> XlsxBook::end_sheet() {
  const Sheet& sheet = sheets_.back();
  const std::string last = xlsx_address(sheet.rows - 1, static_cast<std::uint32_t>(sheet.columns - 1));
  xml_ += fmt::format(
      "</sheetData><autoFilter ref=\"A1:{}\"/><pageMargins left=\"0.7\" right=\"0.7\" top=\"0.75\" "
      "bottom=\"0.75\" "
      "header=\"0.3\" footer=\"0.3\"/><ignoredErrors><ignoredError sqref=\"A1:{}\" "
      "numberStoredAsText=\"1\"/></ignoredErrors></worksheet>",
      last, last);
  FQ_TRY(zip_.write(xml_));
  xml_.clear();
  return zip_.end();
}

Result<void> XlsxBook::write_row(std::span<const ResultField> fields, bool header) {
  const std::size_t before = xml_.size();
  fields_ = fields;
  row_number_ = std::to_string(++sheets_.back().rows);
  xml_ += "<row r=\"";
  xml_ += row_number_;
  xml_ += "\">";
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!fields[i].is_null) FQ_TRY(append_cell(i, fields[i], header));
  }
  xml_ += "</row>";
  sheet_bytes_ += xml_.size() - before;
  if (xml_.size() < kWriteBytes) return {};
  FQ_TRY(zip_.write(xml_));
  xml_.clear();
  return {};
}

Result<void> XlsxBook::append_cell(std::size_t column, const ResultField& field, bool header) {
  const Column& look = looks_[column];
  xml_ += look.label;
  xml_ += row_number_;
  const XlsxValue value = header ? XlsxValue{} : xlsx_value(field.value, look.form, scratch_);
  if (value.digits.empty()) return append_text(column, field.value, header);
  if (value.boolean) {
    xml_ += "\" t=\"b\"><v>";
  } else if (value.style == XlsxStyle::general) {
    xml_ += "\"><v>";
  } else {
    xml_ += "\" s=\"";
    const auto style = static_cast<std::uint32_t>(value.style);
    if (style >= 10) xml_ += static_cast<char>('0' + style / 10);
    xml_ += static_cast<char>('0' + style % 10);
    xml_ += "\"><v>";
  }
  xml_ += value.digits;
  xml_ += "</v></c>";
  return {};
}

Result<void> XlsxBook::append_text(std::size_t column, std::string_view value, bool header) {
  static_assert(static_cast<int>(XlsxStyle::text) == 1 && static_cast<int>(XlsxStyle::header) == 2);
  xml_ += header ? "\" s=\"2\" t=\"inlineStr\"><is><t" : "\" s=\"1\" t=\"inlineStr\"><is><t";
  const std::size_t held = xlsx_cell_prefix(value);
  const std::string_view shown = value.substr(0, held);
  if (!shown.empty() && (is_space(shown.front()) || is_space(shown.back())))
    xml_ += " xml:space=\"preserve\"";
  xml_ += '>';
  append_xlsx_text(xml_, shown);
  xml_ += "</t></is></c>";
  return held == value.size() ? Result<void>() : cut(column, value, held);
}

Result<void> XlsxBook::cut(std::size_t column, std::string_view value, std::size_t held) {
  if (!cut_) {
    FQ_TRY_ASSIGN(CutTexts texts, CutTexts::create(options_.directory));
    cut_ = std::make_unique<Cut>(Cut{std::move(texts), 0});
  }
  const std::string cell = fmt::format("{}!{}{}", sheets_.back().name,
                                       xlsx_column_name(static_cast<std::uint32_t>(column)), row_number_);
  const std::string_view key = key_column_ ? fields_[*key_column_].value : std::string_view();
  const std::string_view key_shown = key.substr(0, xlsx_cell_prefix(key));
  if (++cut_->cells <= kNamedCutsMax) {
    const std::string of =
        key_column_ ? fmt::format(" ({} {})", printable(key_), key_shown.substr(0, 200)) : "";
    notes_.push_back(
        fmt::format("{}{}: the text of column {} is longer than the {} characters of a cell and was cut; its "
                    "rest is in the sheet "
                    "\"{}\"",
                    cell, of, printable(columns_[column].name), kXlsxCellUnitsMax, kXlsxCutSheet));
  }
  return cut_->texts.add({cell, key_shown, columns_[column].name, value.substr(held)});
}

Result<void> XlsxBook::end_table() {
  if (sampling_) FQ_TRY(flush_sample());
  FQ_TRY(end_sheet());
  if (table_sheets_ > 1) {
    notes_.push_back(fmt::format("the {} rows of {} are on {} sheets, to {} {}: a sheet has room for {} rows",
                                 table_rows_, table_, table_sheets_, table_, table_sheets_,
                                 options_.sheet_rows_max - 1));
  }
  return {};
}

Result<void> XlsxBook::write_cut_sheet() {
  const std::unique_ptr<Cut> texts = std::move(cut_);
  if (texts->cells > kNamedCutsMax)
    notes_.push_back(fmt::format("{} further cells were cut", texts->cells - kNamedCutsMax));
  FQ_TRY(begin_table(kXlsxCutSheet, xlsx_cut_columns(), "key"));
  FQ_TRY(texts->texts.rewind());
  CutText text;
  for (;;) {
    FQ_TRY_ASSIGN(const bool more, texts->texts.next(text));
    if (!more) break;
    for (std::uint64_t piece = 2; !text.rest.empty(); ++piece) {
      const std::size_t held = xlsx_cell_prefix(text.rest);
      const std::string number = std::to_string(piece);
      const ResultField fields[] = {{text.cell, false},
                                    {text.key, false},
                                    {text.column, false},
                                    {number, false},
                                    {text.rest.substr(0, held), false}};
      FQ_TRY(row(fields));
      text.rest.remove_prefix(held);
    }
  }
  return end_table();
}

Result<void> XlsxBook::finish() {
  if (cut_) FQ_TRY(write_cut_sheet());
  std::string list, names, targets, types;
  for (std::size_t i = 1; i <= sheets_.size(); ++i) {
    const Sheet& sheet = sheets_[i - 1];
    list += fmt::format("<sheet name=\"{}\" sheetId=\"{}\" r:id=\"rId{}\"/>", sheet.name, i, i);
    names += fmt::format(
        "<definedName name=\"_xlnm._FilterDatabase\" localSheetId=\"{}\" "
        "hidden=\"1\">'{}'!$A$1:${}${}</definedName>",
        i - 1, sheet.name, xlsx_column_name(static_cast<std::uint32_t>(sheet.columns - 1)), sheet.rows);
    targets += fmt::format(
        "<Relationship Id=\"rId{}\" Type=\"{}/relationships/worksheet\" Target=\"worksheets/sheet{}.xml\"/>",
        i, kOffice, i);
    types += fmt::format(
        "<Override PartName=\"/xl/worksheets/sheet{}.xml\" ContentType=\"{}.spreadsheetml.worksheet+xml\"/>",
        i, kContent);
  }
  FQ_TRY(
      zip_.part("xl/workbook.xml",
                fmt::format("{}<workbook xmlns=\"{}\" xmlns:r=\"{}/relationships\"><bookViews><workbookView/>"
                            "</bookViews><sheets>{}</sheets><definedNames>{}</definedNames></workbook>",
                            kXml, kMain, kOffice, list, names)));
  FQ_TRY(zip_.part("xl/_rels/workbook.xml.rels",
                   fmt::format("{}<Relationships xmlns=\"{}/relationships\">{}<Relationship Id=\"rId{}\" "
                               "Type=\"{}/relationships/styles\" Target=\"styles.xml\"/></Relationships>",
                               kXml, kPackage, targets, sheets_.size() + 1, kOffice)));
  FQ_TRY(zip_.part(
      "[Content_Types].xml",
      fmt::format(
          "{}<Types xmlns=\"{}/content-types\"><Default Extension=\"rels\" "
          "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default "
          "Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" "
          "ContentType=\"{}.spreadsheetml.sheet.main+xml\"/><Override PartName=\"/xl/styles.xml\" "
          "ContentType=\"{}.spreadsheetml.styles+xml\"/><Override PartName=\"/docProps/app.xml\" "
          "ContentType=\"{}.extended-properties+xml\"/>{}</Types>",
          kXml, kPackage, kContent, kContent, kContent, types)));
  return zip_.finish();
}

}  // namespace firmquery
