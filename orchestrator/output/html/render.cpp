#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "html/page.hpp"
#include "html/sections.hpp"
#include "html/style.hpp"
#include "html/text.hpp"

namespace firmquery {
namespace html {
namespace {

struct Section {
  std::string_view id, title;
  std::string (*content)(const Page& page);
};
constexpr std::array kSections = {Section{"totals", "Totals", totals_section},
                                  Section{"proof", "The proof", proof_section},
                                  Section{"recheck", "Asked again", recheck_section},
                                  Section{"warnings", "Warnings", warnings_section},
                                  Section{"history", "Since the last run", history_section},
                                  Section{"missing", "Missing IDs", missing_section},
                                  Section{"unresolved", "Unresolved IDs", unresolved_section},
                                  Section{"rejected", "Rejected lines", rejected_section},
                                  Section{"duplicates", "Duplicates", duplicates_section},
                                  Section{"list", "What a spreadsheet did to the list", list_section},
                                  Section{"run", "The run", run_section},
                                  Section{"speed", "Speed", speed_section},
                                  Section{"retries", "Retries", retries_section},
                                  Section{"files", "Files", files_section},
                                  Section{"query", "The query", query_section}};

// Nothing may be loaded, whatever gets into the page.
constexpr std::string_view kHead =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
    "<meta name=\"robots\" content=\"noindex\">\n<link rel=\"icon\" href=\"data:,\">\n";

}  // namespace

std::string render(const Page& page) {
  constexpr std::size_t kEnd = 4000;  // for the footer
  std::string contents, body;
  const std::string before = trouble(page);
  for (const Section& section : kSections) {
    std::string content = section.content(page);
    if (content.empty()) continue;
    // The bounds of each part leave room; this is for what nobody has thought of.
    if (kStyle.size() + before.size() + contents.size() + body.size() + content.size() + 2 * kEnd >
        kReportPageBytesMax)
      content = "<p>Left out: the page would be too large.</p>\n";
    contents += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", section.id, section.title);
    body += fmt::format(
        "<section id=\"{0}\" aria-labelledby=\"{0}-h\">\n<h2 id=\"{0}-h\">{1}</h2>\n{2}</section>\n",
        section.id, section.title, content);
  }
  const std::string title = verdict(page);
  const std::string& status = page.report.status;
  std::string out(kHead);
  out += fmt::format("<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n", title, kStyle);
  out += "<a class=\"skip\" href=\"#main\">To the report</a>\n";
  out += fmt::format(
      "<header class=\"{}\">\n<p class=\"kicker\">Firm Query: report of a run</p>\n<h1>{}</h1>\n<p "
      "class=\"sub\">{}</p>\n{}</header>\n",
      status == "complete" && page.breached.empty() && check_proof(page.report) ? "good" : "not-good", title,
      subtitle(page), before);
  out += "<nav aria-label=\"Contents\"><ul>\n" + contents + "</ul></nav>\n<main id=\"main\">\n" + body +
         "</main>\n";
  return out + "<footer>\n" + footer(page) + "</footer>\n</body>\n</html>\n";
}

}  // namespace html

Result<std::string> report_page(const std::filesystem::path& directory, const Report& report,
                                const ReportPageOptions& options) {
  FQ_TRY_ASSIGN(html::Page page, html::collect(directory, report, options));
  if (options.redact_ids) FQ_TRY(html::redact(page, directory, options));
  return html::render(page);
}

}  // namespace firmquery
