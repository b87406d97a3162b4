#include "html/table.hpp"

#include <fmt/format.h>

#include <utility>

namespace firmquery::html {

Table::Table(std::string_view caption, std::vector<Column> columns, bool hidden)
    : caption_(caption), hidden_(hidden), columns_(std::move(columns)) {}

std::string Table::cell(std::size_t column, std::string_view text, std::size_t span) const {
  const Column& of = columns_[column];
  const std::string_view kind = of.number && of.wide ? " class=\"n w\""
                                : of.number          ? " class=\"n\""
                                : of.wide            ? " class=\"w\""
                                                     : "";
  const std::string rows = span > 1 ? fmt::format(" rowspan=\"{}\"", span) : std::string();
  if (column == 0) return fmt::format("<th scope=\"row\"{}{}>{}</th>", kind, rows, text);
  return fmt::format("<td{}{}>{}</td>", kind, rows, text);
}

void Table::row(const std::vector<std::string>& cells) {
  body_ += "<tr>";
  for (std::size_t i = 0; i < cells.size(); ++i) body_ += cell(i, cells[i]);
  body_ += "</tr>\n";
}

void Table::group(const std::vector<std::string>& common, const std::vector<std::vector<std::string>>& rows) {
  for (std::size_t number = 0; number < rows.size(); ++number) {
    body_ += "<tr>";
    for (std::size_t i = 0; number == 0 && i < common.size(); ++i) body_ += cell(i, common[i], rows.size());
    for (std::size_t i = 0; i < rows[number].size(); ++i) body_ += cell(common.size() + i, rows[number][i]);
    body_ += "</tr>\n";
  }
}

std::string Table::html() const {
  if (empty()) return {};
  std::string out = fmt::format(
      "<div class=\"scroll\" role=\"group\" aria-label=\"{0}\" "
      "tabindex=\"0\"><table><caption{1}>{0}</caption><thead><tr>",
      caption_, hidden_ ? " class=\"vh\"" : "");
  for (const Column& column : columns_)
    out += fmt::format("<th scope=\"col\"{}>{}</th>", column.number ? " class=\"n\"" : "", column.head);
  return out + "</tr></thead><tbody>\n" + body_ + "</tbody></table></div>\n";
}

void Facts::add(std::string_view name, std::string_view html) {
  if (!html.empty()) items_ += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, html);
}

std::string paragraph(std::string_view html) {
  return html.empty() ? std::string() : fmt::format("<p>{}</p>\n", html);
}

}  // namespace firmquery::html
