#include <fmt/format.h>

#include "firmquery/output/artifacts.hpp"
#include "html/sections.hpp"
#include "html/table.hpp"
#include "html/text.hpp"

namespace firmquery::html {

std::string files_section(const Page& page) {
  constexpr std::size_t kShown = 40;
  Table table("Files",
              {{"Name"}, {"Content", false, true}, {"Rows", true}, {"Bytes", true}, {"SHA-256", false, true}},
              true);
  std::string notes;
  constexpr std::size_t kNotesShown = 20;
  std::size_t notes_shown = 0;
  for (std::size_t i = 0; i < page.files.size() && i < kShown; ++i) {
    const FileReport& file = page.files[i];
    const ArtifactEntry* entry = find_artifact(file.name);
    const bool counted = entry != nullptr && entry->vouched_by == VouchedBy::report;
    table.row({code(file.name, 100), entry == nullptr ? "" : text(entry->content),
               counted ? count(file.rows) : "", count(file.bytes), code(file.sha256, 100)});
    for (const std::string& note : file.notes) {
      if (++notes_shown > kNotesShown) break;
      notes += "<li>" + code(file.name, 100) + ": " + text(note) + "</li>\n";
    }
  }
  std::string out = table.html();
  if (!notes.empty()) out += "<ul>\n" + notes + "</ul>\n";
  if (page.report.status == "complete")
    return out +
           paragraph(
               "Written after this page, so not listed: <code>audit.jsonl</code>, whose last line has the "
               "SHA-256 of each file, this page included, and <code>manifest.json</code>, which has them "
               "too, and the last hash "
               "of the audit log. Whoever keeps a copy of the manifest’s SHA-256 can tell later whether "
               "anything "
               "here was changed.");
  if (page.files.empty()) return paragraph("None is published yet.");
  return out + paragraph(
                   "The run is not finished: journal and audit log are still written to, and there is no "
                   "manifest.");
}

std::string query_section(const Page& page) {
  if (page.query.empty()) return {};
  std::string out = "<pre><code>";
  append_text(out, page.query, 30'000, Lines::kept);
  out += "</code></pre>\n";
  if (page.redacted) out += paragraph("Constants and comments are left out.");
  if (page.options.empty()) return out;
  constexpr std::size_t kShown = 100;
  Table table("Options", {{"Option"}, {"Value", false, true}});
  for (std::size_t i = 0; i < page.options.size() && i < kShown; ++i)
    table.row({code(page.options[i].first), code(page.options[i].second, 400)});
  return out + "<details><summary>Options of the run</summary>" + table.html() + "</details>\n";
}

std::string footer(const Page& page) {
  std::string out = "Written by Firm Query " FIRMQUERY_VERSION;
  if (!page.report.dialect.empty())
    out += ", which asked " + text(page.report.dialect) + " " + text(page.report.server_version);
  out += ". The same for programs: <code>report.json</code>.";
  if (page.redacted)
    out += " IDs and raw texts are left out (<code>--redact-ids</code>); the files of the run have them.";
  return paragraph(out);
}

}  // namespace firmquery::html
