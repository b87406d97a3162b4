// A comparison as a page: bars as long as the ratio to the baseline, and the tables below.
#include <fmt/format.h>

#include <algorithm>

#include "columns.hpp"

namespace firmquery {
namespace {

constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--ink:#1c1f23;--soft:#5a626c;--line:#d9dde2;--back:#fff;--panel:#f5f6f8;--accent:#1d5f8a;
--pale:#a9c8dc;--bad:#a3341c}
@media(prefers-color-scheme:dark){:root{--ink:#e4e7eb;--soft:#9aa4af;--line:#333a42;--back:#14171a;--panel:#1c2126;
--accent:#74b3dc;--pale:#2f5872;--bad:#f0957c}}
*{box-sizing:border-box}
body{margin:0 auto;padding:2.5rem clamp(1rem,4vw,3rem) 3rem;max-width:72rem;background:var(--back);color:var(--ink);
font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
h1{margin:0 0 .5rem;font-size:clamp(1.45rem,1.1rem + 1.7vw,2.15rem);line-height:1.22;font-weight:650;text-wrap:balance}
h2{margin:2.4rem 0 .7rem;font-size:1.3rem;font-weight:650}
.sub{margin:0;color:var(--soft)}
.bad{color:var(--bad)}
ul.bars{list-style:none;margin:0;padding:0}
ul.bars li{margin:0 0 1rem}
.name{display:flex;justify-content:space-between;gap:1rem;flex-wrap:wrap}
.track{position:relative;height:1rem;background:var(--panel);border-radius:.2rem}
.bar{height:100%;background:var(--pale);border-radius:.2rem}
.best .bar{background:var(--accent)}
.range{position:absolute;top:.45rem;height:2px;background:var(--ink)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{padding:.35rem .7rem;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child{text-align:left;padding-left:0}
thead th{color:var(--soft);font-weight:500}
pre{padding:.8rem 1rem;background:var(--panel);border-radius:.3rem;overflow-x:auto}
@media print{body{padding:0}.bar{print-color-adjust:exact}}
)css";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string table_html(const WordTable& table, std::string_view caption) {
  std::string html = fmt::format(
      "<h2>{}</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">"
      "<table>\n<thead><tr>",
      caption, caption);
  for (const std::string& head : table.head) html += fmt::format("<th scope=\"col\">{}</th>", escaped(head));
  html += "</tr></thead>\n<tbody>\n";
  for (const auto& row : table.rows) {
    html += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i)
      html += i == 0 ? fmt::format("<th scope=\"row\">{}</th>", escaped(row[i]))
                     : fmt::format("<td>{}</td>", escaped(row[i]));
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string bars(const Comparison& comparison) {
  double longest = 0;
  for (const Contest& contest : comparison.contests) {
    if (contest.measured.empty()) continue;
    longest = std::max(longest, contest.to_baseline.interval ? contest.to_baseline.interval->high
                                                             : contest.to_baseline.median);
  }
  std::string html = "<ul class=\"bars\">\n";
  for (std::size_t i = 0; i < comparison.contests.size(); ++i) {
    const Contest& contest = comparison.contests[i];
    if (contest.measured.empty()) continue;
    const auto percent = [&](double ratio) { return ratio / longest * 100; };
    const Estimate& ratio = contest.to_baseline;
    html += fmt::format(
        "<li{}><div class=\"name\"><span>{}</span><span>{:.2f} times the time of {}{}</span></div>"
        "<div class=\"track\"><div class=\"bar\" style=\"width:{:.2f}%\"></div>",
        comparison.best == i ? " class=\"best\"" : "", escaped(contest.who.name), ratio.median,
        escaped(comparison.contests.front().who.name),
        i > 0 && ratio.interval && ratio.interval->holds(1) ? ": no difference" : "", percent(ratio.median));
    if (i > 0 && ratio.interval) {
      html += fmt::format("<div class=\"range\" style=\"left:{:.2f}%;width:{:.2f}%\"></div>",
                          percent(ratio.interval->low), percent(ratio.interval->high - ratio.interval->low));
    }
    html += "</div></li>\n";
  }
  return html + "</ul>\n";
}

}  // namespace

std::string comparison_html(const Comparison& comparison) {
  const std::string title = !comparison.same_rows()             ? "The strategies do not give the same rows"
                            : comparison.recommendation.empty() ? "Nothing was measured"
                                                                : comparison.recommendation;
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n"
      "<title>{0}</title>\n<style>{1}</style></head>\n<body>\n<header><h1{2}>{0}</h1>\n"
      "<p class=\"sub\">{3} {4} at {5}, {6}</p><p class=\"sub\">{7}</p></header>\n<main>\n",
      escaped(title), kStyle, comparison.same_rows() ? "" : " class=\"bad\"", escaped(comparison.dialect),
      escaped(comparison.server_version), escaped(comparison.server), escaped(comparison.query),
      escaped(what_was_read(comparison)));
  const auto list = [&](const std::vector<std::string>& sentences) {
    html += "<ul>\n";
    for (const std::string& sentence : sentences) html += fmt::format("<li>{}</li>\n", escaped(sentence));
    html += "</ul>\n";
  };
  if (!comparison.differences.empty()) list(comparison.differences);
  if (comparison.same_rows() && comparison.best) {
    html += "<h2>Time</h2>\n" + bars(comparison);
    html += table_html(speed_table(comparison), "Speed") +
            table_html(statement_table(comparison), "Statements") +
            table_html(cost_table(comparison), "Cost");
  }
  html += "<h2>How it was compared</h2>\n";
  list(notes_of(comparison));
  if (!comparison.job_lines.empty())
    html += "<h2>In the job file</h2>\n<pre>" + escaped(comparison.job_lines) + "</pre>\n";
  return html + "</main>\n</body></html>\n";
}

}  // namespace firmquery
