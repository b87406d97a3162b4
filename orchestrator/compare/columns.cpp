#include "columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace firmquery {
namespace {

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string seconds_text(double seconds) {
  if (seconds < 0.0995) return fmt::format("{:.1f} ms", seconds * 1000);
  return seconds < 99.5 ? fmt::format("{:.2f} s", seconds) : fmt::format("{:.0f} s", seconds);
}

std::string size_text(double bytes) {
  if (bytes < 1000) return fmt::format("{:.0f} B", bytes);
  if (bytes < 999'500) return fmt::format("{:.0f} kB", bytes / 1000);
  return fmt::format("{:.1f} MB", bytes / 1e6);
}

std::string rate_text(double per_second) {
  return grouped(static_cast<std::uint64_t>(std::llround(per_second)));
}

using Figure = std::function<double(const Measurement&)>;

// The median of one figure over the turns.
double median_figure(const Contest& contest, const Figure& figure) {
  std::vector<double> values;
  for (const Measurement& one : contest.measured) values.push_back(figure(one));
  return median_of(std::move(values)).median;
}

bool is_measured(const Contest& contest) {
  return !contest.measured.empty();
}

}  // namespace

WordTable speed_table(const Comparison& comparison) {
  WordTable table{{"strategy", "median", "95 % interval", "to first", "95 % interval", "IDs/s"}, {}};
  for (const Contest& contest : comparison.contests) {
    if (!is_measured(contest)) {
      table.rows.push_back({contest.who.name, "-", "-", "-", "-", "-"});
      continue;
    }
    const double median = contest.seconds.median;
    const auto& of_seconds = contest.seconds.interval;
    const auto& of_ratio = contest.to_baseline.interval;
    const bool first = &contest == &comparison.contests.front();
    table.rows.push_back(
        {contest.who.name, seconds_text(median),
         of_seconds ? fmt::format("{} - {}", seconds_text(of_seconds->low), seconds_text(of_seconds->high))
                    : "-",
         first ? "1" : fmt::format("{:.2f}", contest.to_baseline.median),
         first                ? ""
         : !of_ratio          ? "-"
         : of_ratio->holds(1) ? "no difference"
                              : fmt::format("{:.2f} - {:.2f}", of_ratio->low, of_ratio->high),
         rate_text(static_cast<double>(comparison.ids) / median)});
  }
  return table;
}

WordTable statement_table(const Comparison& comparison) {
  WordTable table{{"strategy", "statements", "p50", "p95", "longest", "retries", "rows/s"}, {}};
  for (const Contest& contest : comparison.contests) {
    if (!is_measured(contest)) continue;
    std::uint64_t retries = 0;
    double longest = 0;
    for (const Measurement& one : contest.measured) {
      retries += one.retries;
      longest = std::max(longest, one.longest_s);
    }
    const auto median = [&](const Figure& figure) { return median_figure(contest, figure); };
    const double statements =
        median([](const Measurement& one) { return static_cast<double>(one.statements); });
    table.rows.push_back({contest.who.name, rate_text(statements),
                          seconds_text(median([](const Measurement& one) { return one.p50_s; })),
                          seconds_text(median([](const Measurement& one) { return one.p95_s; })),
                          seconds_text(longest), std::to_string(retries),
                          rate_text(static_cast<double>(comparison.rows) / contest.seconds.median)});
  }
  return table;
}

WordTable cost_table(const Comparison& comparison) {
  WordTable table{{"strategy", "sent", "received", "CPU here", "memory here", "server time"}, {}};
  for (const Contest& contest : comparison.contests) {
    if (!is_measured(contest)) continue;
    const auto median = [&](const Figure& figure) { return median_figure(contest, figure); };
    const bool server_tells = std::all_of(contest.measured.begin(), contest.measured.end(),
                                          [](const Measurement& one) { return one.server_s.has_value(); });
    const double memory =
        median([](const Measurement& one) { return static_cast<double>(one.peak_rss_bytes); });
    table.rows.push_back(
        {contest.who.name,
         size_text(median([](const Measurement& one) { return static_cast<double>(one.sent); })),
         size_text(median([](const Measurement& one) { return static_cast<double>(one.received); })),
         seconds_text(median([](const Measurement& one) { return one.cpu_s; })),
         memory > 0 ? size_text(memory) : "-",
         server_tells ? seconds_text(median([](const Measurement& one) { return *one.server_s; })) : "-"});
  }
  return table;
}

std::string what_was_read(const Comparison& comparison) {
  const std::size_t turns = comparison.contests.empty() ? 0 : comparison.contests.front().measured.size();
  std::string ids = grouped(comparison.ids);
  if (comparison.ids < comparison.of_ids) ids += fmt::format(" of {}", grouped(comparison.of_ids));
  return fmt::format("{} IDs, {} rows of {}; {} turn{} in {}{}", ids, grouped(comparison.rows),
                     size_text(static_cast<double>(comparison.row_bytes)), turns, turns == 1 ? "" : "s",
                     seconds_text(comparison.spent_s), comparison.interrupted ? "; interrupted" : "");
}

std::vector<std::string> notes_of(const Comparison& comparison) {
  std::vector<std::string> notes;
  for (const Contest& contest : comparison.contests) {
    if (!contest.refused.empty()) {
      notes.push_back(fmt::format("{}: {}", contest.who.name, contest.refused));
      continue;
    }
    if (contest.proof.empty()) continue;
    std::string note = fmt::format("{}: {}", contest.who.name, contest.proof);
    if (contest.who.strategy == StrategyKind::automatic)
      note += fmt::format("; it chose {} ({})", contest.ran, contest.reason);
    if (contest.ran == to_string(StrategyKind::scan) && contest.scanned < comparison.ids)
      note += fmt::format("; it scanned {} of {} IDs, and read the rest as arrays", grouped(contest.scanned),
                          grouped(comparison.ids));
    if (!contest.leaves.empty()) note += fmt::format("; leaves {}", contest.leaves);
    notes.push_back(std::move(note));
  }
  for (const std::string& warning : comparison.warnings) notes.push_back("warning: " + warning);
  return notes;
}

}  // namespace firmquery
