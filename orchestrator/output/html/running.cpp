// How the run went: starts, instants, server, speed, retries.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "html/chart.hpp"
#include "html/sections.hpp"
#include "html/table.hpp"
#include "html/text.hpp"

namespace firmquery::html {
namespace {

constexpr std::size_t kCellBytesMax = 160;
constexpr std::size_t kStartsFirst = 5, kStartsLast = 25;

// Calls `show` with the numbers of the first and the last of many; says how many were left out.
template <class Show>
std::string each_shown(std::size_t size, std::string_view name, Show show) {
  const bool all = size <= kStartsFirst + kStartsLast;
  for (std::size_t i = 0; i < size; ++i) {
    if (all || i < kStartsFirst || i >= size - kStartsLast) show(i);
  }
  if (all) return {};
  return paragraph(fmt::format("{} {} in between are in <code>report.json</code>.",
                               count(size - kStartsFirst - kStartsLast), name));
}

std::string starts_table(const Report& report) {
  Table table("Starts of the program", {{"No.", true},
                                        {"Started"},
                                        {"Ended"},
                                        {"Ranges", true},
                                        {"Rows", true},
                                        {"Retries", true},
                                        {"Statements", true},
                                        {"Time", true}});
  const std::string more = each_shown(report.starts.size(), "starts", [&](std::size_t i) {
    const StartReport& start = report.starts[i];
    const bool killed = start.status == "killed";
    table.row({count(i + 1), moment(start.started_at), text(start.status, kCellBytesMax), count(start.ranges),
               count(start.rows), killed ? "not known" : count(start.retries),
               killed ? "not known" : count(start.statements.count), seconds(start.timing.total_s)});
  });
  return table.html() + more;
}

std::string readings_table(const Report& report) {
  Table table("Instants", {{"No.", true}, {"Reading begun"}, {"Strategy"}, {"Kind"}, {"Value", false, true}});
  const std::string more = each_shown(report.readings.size(), "readings", [&](std::size_t i) {
    const ReadingReport& reading = report.readings[i];
    table.row({count(i + 1), moment(reading.started_at), text(reading.strategy, kCellBytesMax),
               text(reading.snapshot.kind, kCellBytesMax),
               reading.snapshot.value.empty() ? "" : code(reading.snapshot.value, kCellBytesMax)});
  });
  const bool several =
      std::any_of(report.readings.begin(), report.readings.end(), [&](const ReadingReport& reading) {
        return reading.snapshot.value != report.readings.front().snapshot.value;
      });
  const std::string said =
      report.readings.empty() ? std::string()
      : several ? "Parts of the list were read at different instants: rows that changed in between "
                  "show as they were when their range was read."
                : "Everything was read at one instant.";
  return table.html() + more + paragraph(report.snapshot.kind == "none" ? "" : said);
}

std::string audit_table(const Page& page) {
  Table table("Who, where and when: the audit log so far",
              {{"At"}, {"Event"}, {"Account"}, {"Program"}, {"Server"}, {"Role"}, {"Said", false, true}});
  for (const AuditEntry& entry : page.audit)
    table.row({moment(entry.at), text(entry.event, kCellBytesMax), text(entry.who, kCellBytesMax),
               text(entry.program, kCellBytesMax), text(entry.server, kCellBytesMax),
               text(entry.role, kCellBytesMax), text(entry.said, 300)});
  if (page.audit_left_out == 0) return table.html();
  return table.html() +
         paragraph(fmt::format("{} events in between are left out.", count(page.audit_left_out)));
}

std::string facts_of(const Report& report) {
  Facts facts;
  const auto words = [](const std::string& value) { return text(value); };
  facts.add("Server", report.server.empty() ? "" : words(report.server));
  facts.add("Dialect", report.dialect.empty() ? "" : words(report.dialect + " " + report.server_version));
  std::string signed_in = report.authentication.method == "gss"     ? "by Kerberos"
                          : report.authentication.method == "other" ? "by neither password nor Kerberos"
                          : report.authentication.method.empty()
                              ? ""
                              : "by " + words(report.authentication.method);
  if (!report.authentication.principal.empty()) signed_in += " as " + words(report.authentication.principal);
  if (report.authentication.gss_encrypted) signed_in += ", encrypted by GSSAPI";
  facts.add("Signed in", signed_in);
  facts.add("Key", report.key.empty()
                       ? ""
                       : code(report.key) + (report.key_type.empty() ? "" : ", " + words(report.key_type)));
  facts.add("IDs are", words(report.id_type));
  facts.add("Strategy", report.strategy.empty()
                            ? ""
                            : "<b>" + words(report.strategy) + "</b>: " + text(report.strategy_reason, 1000));
  facts.add("Connections", report.connections == 0 ? "" : count(report.connections));
  if (report.scans.ids > 0)
    facts.add("Read by scans", fmt::format("{}; {} came with them that nobody had asked for",
                                           count_of(report.scans.ids, "ID", "IDs"),
                                           count_of(report.scans.rows_left_out, "row", "rows")));
  const SessionReport& session = report.session;
  std::string reads;
  for (const auto& [name, value] :
       {std::pair("time zone", session.time_zone), std::pair("dates", session.date_style),
        std::pair("intervals", session.interval_style),
        std::pair("extra float digits", session.extra_float_digits), std::pair("bytea", session.bytea_output),
        std::pair("row security", session.row_security)}) {
    if (!value.empty()) reads += (reads.empty() ? "" : "; ") + std::string(name) + " " + words(value);
  }
  facts.add("Sessions read with", reads);
  facts.add("Memory", report.peak_rss_bytes == 0 ? "" : bytes(report.peak_rss_bytes) + " at most");
  return facts.html();
}

std::string rows_chart(const Page& page) {
  const Timeline& timeline = page.timeline;
  Chart chart{.id = "rows", .title = "Rows per second", .said = {}, .unit = "rows/s", .area = {}};
  chart.step_s = timeline.step_s();
  chart.length_s = timeline.length_s();
  chart.marks = timeline.starts();
  double most = 0, rows = 0;
  for (const Timeline::Step& step : timeline.steps()) {
    chart.area.push_back(step.rows / chart.step_s);
    rows += step.rows;
    most = std::max(most, chart.area.back());
  }
  chart.said = fmt::format("{} rows in {} of work: {} rows/s on average, {} at most.",
                           count(static_cast<std::uint64_t>(std::llround(rows))), seconds(chart.length_s),
                           figure(rows / chart.length_s), figure(most));
  if (!chart.marks.empty())
    chart.legend = fmt::format(
        "Dashed lines: {} of the program after the first; the time between two starts is left out.",
        count_of(chart.marks.size(), "start", "starts"));
  return figure_of(chart);
}

std::string latency_chart(const Page& page) {
  const Timeline& timeline = page.timeline;
  if (!timeline.has_latency()) return {};
  Chart chart{.id = "latency", .title = "Time of statements", .said = {}, .unit = "s", .area = {}};
  chart.step_s = timeline.step_s();
  chart.length_s = timeline.length_s();
  chart.marks = timeline.starts();
  double total = 0, longest = 0;
  for (const Timeline::Step& step : timeline.steps()) {
    chart.area.push_back(step.units == 0 ? 0 : step.seconds / static_cast<double>(step.units));
    chart.peaks.push_back(step.longest_s);
    total += step.seconds;
    longest = std::max(longest, step.longest_s);
  }
  chart.said = fmt::format("{} of ranges that were finished: {} on average, {} at most.",
                           count_of(timeline.units(), "statement", "statements"),
                           seconds(total / static_cast<double>(std::max<std::uint64_t>(timeline.units(), 1))),
                           seconds(longest));
  chart.legend = "In front the mean of the statements that ended then, behind it the longest of them.";
  return figure_of(chart);
}

std::string phases(const Report& report) {
  const TimingReport& timing = report.timing;
  Table table("Where the time went", {{"Phase"}, {"Time", true}});
  table.row({"Reading the list", seconds(timing.clean_s)});
  table.row({"Loading it", seconds(timing.load_s)});
  table.row({"Reading rows", seconds(timing.query_s)});
  table.row({"Writing files", seconds(timing.export_s)});
  table.row({"In all", seconds(timing.total_s)});
  const StatementsReport& statements = report.statements;
  Table times("Statements", {{"Figure"}, {"Value", true}});
  times.row({"Number", count(statements.count)});
  times.row({"Median", seconds(statements.p50_s)});
  times.row({"95th percentile", seconds(statements.p95_s)});
  times.row({"Longest", seconds(statements.longest_s)});
  if (report.timing.query_s > 0)
    times.row({"Rows per second of reading",
               figure(static_cast<double>(report.result.rows) / report.timing.query_s)});
  return "<div class=\"two\">" + table.html() + times.html() + "</div>\n";
}

std::string slowest_table(const Report& report) {
  constexpr std::size_t kShown = 10;
  std::vector<std::pair<std::size_t, const SlowStatement*>> slowest;  // with the number of the start
  for (std::size_t i = 0; i < report.starts.size(); ++i) {
    for (const SlowStatement& slow : report.starts[i].slowest) slowest.emplace_back(i + 1, &slow);
  }
  std::stable_sort(slowest.begin(), slowest.end(),
                   [](const auto& a, const auto& b) { return a.second->seconds > b.second->seconds; });
  const std::size_t shown = std::min(slowest.size(), kShown);
  const bool any_failed = std::any_of(slowest.begin(), slowest.begin() + static_cast<std::ptrdiff_t>(shown),
                                      [](const auto& slow) { return !slow.second->finished; });
  std::vector<Table::Column> heads = {{"Time", true},    {"Begun"},     {"Start", true},
                                      {"Session", true}, {"IDs", true}, {"Places in the sorted list"},
                                      {"Rows", true}};
  if (any_failed) heads.push_back({"Outcome"});
  Table table("The longest statements", std::move(heads));
  for (std::size_t i = 0; i < shown; ++i) {
    const SlowStatement& slow = *slowest[i].second;
    std::vector<std::string> cells = {seconds(slow.seconds),
                                      moment(slow.at),
                                      count(slowest[i].first),
                                      count(slow.session),
                                      count(slow.end - slow.begin),
                                      fmt::format("{} to {}", count(slow.begin + 1), count(slow.end)),
                                      count(slow.rows)};
    if (any_failed) cells.emplace_back(slow.finished ? "finished" : "failed or cut short");
    table.row(cells);
  }
  return table.html();
}

}  // namespace

std::string run_section(const Page& page) {
  return facts_of(page.report) + readings_table(page.report) + starts_table(page.report) + audit_table(page);
}

std::string speed_section(const Page& page) {
  std::string out = phases(page.report);
  if (page.timeline.length_s() > 0 && page.timeline.units() > 0)
    out += rows_chart(page) + latency_chart(page);
  return out + slowest_table(page.report);
}

std::string retries_section(const Page& page) {
  if (page.report.retries == 0) return {};
  std::map<std::pair<std::string, std::string>, RetryReason> reasons;
  std::uint64_t known = 0;
  for (const StartReport& start : page.report.starts) {
    for (const RetryReason& reason : start.retried_for) {
      RetryReason& sum = reasons[{reason.sqlstate, reason.kind}];
      const std::uint64_t before = sum.count;
      if (before == 0) sum = reason;
      sum.count = before + reason.count;
      known += reason.count;
    }
  }
  std::vector<RetryReason> sorted;
  for (auto& [key, reason] : reasons) sorted.push_back(reason);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const RetryReason& a, const RetryReason& b) { return a.count > b.count; });
  Table table("Retries by SQLSTATE",
              {{"SQLSTATE"}, {"Kind"}, {"Retries", true}, {"The first message", false, true}});
  constexpr std::size_t kShown = 40;
  for (std::size_t i = 0; i < sorted.size() && i < kShown; ++i)
    table.row({sorted[i].sqlstate.empty() ? "none" : code(sorted[i].sqlstate), text(sorted[i].kind),
               count(sorted[i].count), text(sorted[i].message)});
  std::string out = paragraph(fmt::format(
      "{}; {} tried again and then finished.", count_of(page.report.retries, "retry", "retries"),
      page.report.ranges.retried == 1 ? "1 range was" : count(page.report.ranges.retried) + " ranges were"));
  out += table.html();
  if (known < page.report.retries)
    out += paragraph(fmt::format("Of {} the reason was not noted.",
                                 count_of(page.report.retries - known, "retry", "retries")));
  return out;
}

}  // namespace firmquery::html
