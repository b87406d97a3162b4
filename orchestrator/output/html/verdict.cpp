#include <fmt/format.h>

#include "html/sections.hpp"
#include "html/table.hpp"
#include "html/text.hpp"

namespace firmquery::html {
namespace {

bool is_published(const Page& page) {
  return page.report.status == "complete" || page.report.status == "partial";
}

std::string share(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return {};
  const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  // Nothing is called all or none that is not.
  if (part > 0 && percent < 0.01) return "&lt; 0.01 %";
  if (part < whole && percent > 99.99) return "&gt; 99.99 %";
  return fmt::format("{:.{}f} %", percent, part == 0 || part == whole ? 0 : 2);
}

// How found, missing and unresolved share the list, as one bar. The table beside it says the same.
std::string bar(const ResultReport& result, std::uint64_t unique) {
  if (unique == 0) return {};
  double at = 0;
  std::string out =
      "<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\" "
      "focusable=\"false\">";
  for (const auto& [name, ids] : {std::pair("found", result.found), std::pair("missing", result.missing),
                                  std::pair("unresolved", result.unresolved)}) {
    const double width = 1000.0 * static_cast<double>(ids) / static_cast<double>(unique);
    if (ids > 0)
      out += fmt::format("<rect class=\"{}\" x=\"{:.2f}\" y=\"0\" width=\"{:.2f}\" height=\"10\"/>", name, at,
                         width);
    at += width;
  }
  return out + "</svg>\n";
}

}  // namespace

std::string verdict(const Page& page) {
  const Report& report = page.report;
  const ResultReport& result = report.result;
  const bool holds = check_proof(report).has_value();
  if (!is_published(page)) {
    const std::string what = report.status == "interrupted" ? "Interrupted" : "Failed";
    if (report.ranges.done == 0) return what + ": nothing has been read yet";
    return fmt::format("{} on the way: {} so far, and nothing is published yet", what,
                       count_of(result.rows, "row", "rows"));
  }
  const std::string sums = holds ? "the numbers add up" : "the numbers do not add up";
  if (report.status == "partial")
    return fmt::format("Partial: {} of {} found, {} missing, {} not read yet; {}", count(result.found),
                       count_of(report.input.unique, "ID", "IDs"), count(result.missing),
                       count(result.unresolved), sums);
  if (report.input.unique == 0) return "Complete: the list holds no ID; " + sums;
  if (result.missing == 0)
    return fmt::format(
        "Complete: {} found; {}",
        report.input.unique == 1 ? "the one ID is" : fmt::format("all {} IDs", count(report.input.unique)),
        sums);
  return fmt::format("Complete: {} of {} found, {} missing; {}", count(result.found),
                     count_of(report.input.unique, "ID", "IDs"), count(result.missing), sums);
}

std::string subtitle(const Page& page) {
  const Report& report = page.report;
  std::string out = "Run " + code(report.run_id);
  if (!report.key.empty()) out += ", key " + code(report.key);
  if (!report.server.empty()) out += ", asked of " + text(report.server);
  out += report.finished_at.empty() ? ", begun " + moment(report.started_at)
                                    : ", finished " + moment(report.finished_at);
  return out;
}

std::string trouble(const Page& page) {
  std::string out;
  if (page.error) {
    out += paragraph("<b>" + text(page.error->message, 2000) + "</b>");
    out += paragraph(text(page.error->place, 1000));
    if (!page.error->sqlstate.empty()) out += paragraph("SQLSTATE " + code(page.error->sqlstate));
    out += paragraph(text(page.error->remedy, 2000));
  }
  for (const std::string& sentence : page.breached) out += paragraph("Threshold breached: " + text(sentence));
  if (page.report.status == "partial")
    out += paragraph("<code>firmquery resume " + text(page.directory) + "</code> reads the rest.");
  if (!out.empty()) return "<div class=\"trouble\">" + out + "</div>\n";
  return out;
}

std::string totals_section(const Page& page) {
  const InputReport& input = page.report.input;
  const ResultReport& result = page.report.result;
  Table list("The list", {{"Lines"}, {"Number", true}, {"Share", true}});
  for (const auto& [name, number] :
       {std::pair("Lines in all", input.lines), std::pair("Blank", input.blank),
        std::pair("Header", input.header), std::pair("Rejected", input.rejected),
        std::pair("Duplicates", input.duplicates), std::pair("Unique IDs", input.unique)})
    list.row({name, count(number), share(number, input.lines)});
  Table answer("The answer", {{"IDs"}, {"Number", true}, {"Share", true}});
  answer.row({"Found", count(result.found), share(result.found, input.unique)});
  answer.row({"Missing", is_published(page) ? count(result.missing) : "not known yet",
              is_published(page) ? share(result.missing, input.unique) : std::string()});
  if (result.unresolved > 0)
    answer.row({"Unresolved", count(result.unresolved), share(result.unresolved, input.unique)});
  answer.row({"Rows of these IDs", count(result.rows), ""});
  std::string out = is_published(page) ? bar(result, input.unique) : std::string();
  out += "<div class=\"two\">" + list.html() + answer.html() + "</div>\n";
  if (page.report.list) {
    const ListReport& seen = *page.report.list;
    std::string read = "The list was read as " + text(seen.format);
    if (!seen.encoding.empty() && seen.format != "xlsx") read += ", " + text(seen.encoding);
    if (!seen.compression.empty()) read += ", " + text(seen.compression);
    if (!seen.sheet.empty()) read += ", sheet " + text(seen.sheet);
    if (!seen.column.empty()) read += ", column " + text(seen.column);
    if (!page.ids_path.empty()) read += ", from " + code(page.ids_path);
    out += paragraph(read + ".");
  }
  return out;
}

std::string warnings_section(const Page& page) {
  constexpr std::size_t kShown = 50;
  const auto& warnings = page.report.warnings;
  if (warnings.empty()) return {};
  std::string out = "<ul>\n";
  for (std::size_t i = 0; i < warnings.size() && i < kShown; ++i)
    out += "<li>" + text(warnings[i]) + "</li>\n";
  out += "</ul>\n";
  if (warnings.size() > kShown)
    out +=
        paragraph(fmt::format("And {} more, in <code>report.json</code>.", count(warnings.size() - kShown)));
  return out;
}

}  // namespace firmquery::html
