// What became of the list: missing, unresolved, rejected, repeated, and what a spreadsheet has done to it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "html/sections.hpp"
#include "html/table.hpp"
#include "html/text.hpp"

namespace firmquery::html {
namespace {

constexpr std::size_t kIdBytesMax = 200;

struct Meaning {
  std::string_view reason, words;
};
constexpr std::array kMeanings = {
    Meaning{"empty", "nothing between quotes or separators"},
    Meaning{"null", "a word for “no value”"},
    Meaning{"control_character", "a control character inside"},
    Meaning{"invalid_encoding", "bytes that are not text in the list’s encoding"},
    Meaning{"too_long", "more than 1,024 bytes"},
    Meaning{"scientific", "a spreadsheet has destroyed the digits"},
    Meaning{"inexact_number", "a number of more than 15 digits in a workbook"},
    Meaning{"decimal", "a number with a fraction, not an ID"},
    Meaning{"decimal_comma", "a decimal comma; <code>--decimal ,</code> reads it"},
    Meaning{"thousands", "digits in groups; <code>--thousands</code> reads them"},
    Meaning{"out_of_range", "an integer of more than 64 bits"},
    Meaning{"not_an_integer", "no integer, which the key is"},
    Meaning{"not_a_number", "no number, which the key is"},
    Meaning{"not_a_uuid", "no UUID, which the key is"}};

std::string reason_cell(const std::string& reason) {
  const auto found = std::find_if(kMeanings.begin(), kMeanings.end(),
                                  [&](const Meaning& meaning) { return meaning.reason == reason; });
  return code(reason) +
         (found == kMeanings.end() ? std::string() : fmt::format("<br><small>{}</small>", found->words));
}

std::string near_misses(const NearMissReport& near) {
  std::string out;
  if (!near.advice.empty()) out += paragraph("<b>" + text(near.advice, 1500) + "</b>");
  if (near.tried > 0) {
    out += paragraph(fmt::format(
        "{} of {} were tried in other spellings ({} in {}, {}): {} has rows in one of them, {} in several.",
        count(near.tried), count_of(near.of, "missing ID", "missing IDs"),
        count_of(near.spellings, "spelling", "spellings"),
        count_of(near.statements, "statement", "statements"), seconds(near.seconds), count(near.suggested),
        count(near.ambiguous)));
  }
  Table table("Why IDs are missing", {{"Rule"}, {"Missing IDs", true}, {"What can be done", false, true}});
  constexpr std::size_t kShown = 40;
  for (std::size_t i = 0; i < near.rules.size() && i < kShown; ++i) {
    const NearMissReport::Rule& rule = near.rules[i];
    table.row({code(rule.rule, kIdBytesMax), count(rule.ids),
               rule.recoverable
                   ? "<code>--accept-rule " + text(rule.rule, kIdBytesMax) + "</code> in the next run"
                   : "nothing: the digits are lost; get the list anew"});
  }
  return out + table.html() + paragraph(text(near.skipped));
}

std::string missing_ids(const Page& page) {
  const bool suggested = std::any_of(page.missing.begin(), page.missing.end(), [](const MissingId& missing) {
    return !missing.suggestion.empty() || !missing.rule.empty() || !missing.matches.empty();
  });
  const bool aged = std::any_of(page.missing.begin(), page.missing.end(),
                                [](const MissingId& missing) { return !missing.since.empty(); });
  if (suggested || aged) {
    std::vector<Table::Column> columns = {{"ID"}};
    if (suggested) columns.insert(columns.end(), {{"Suggestion"}, {"Rule"}, {"Matches", true}});
    if (aged) columns.insert(columns.end(), {{"Missing since"}, {"Runs", true}});
    Table table("Missing IDs", columns, true);
    for (const MissingId& missing : page.missing) {
      std::vector<std::string> cells = {code(missing.id, kIdBytesMax)};
      if (suggested) {
        cells.push_back(missing.suggestion.empty() ? "" : code(missing.suggestion, kIdBytesMax));
        cells.push_back(missing.rule.empty() ? "" : code(missing.rule, kIdBytesMax));
        cells.push_back(text(missing.matches, kIdBytesMax));
      }
      if (aged) cells.insert(cells.end(), {moment(missing.since), text(missing.runs, kIdBytesMax)});
      table.row(cells);
    }
    return table.html();
  }
  std::string out = "<ul class=\"ids\" aria-label=\"Missing IDs\">\n";
  for (const MissingId& missing : page.missing) out += "<li>" + code(missing.id, kIdBytesMax) + "</li>\n";
  return out + "</ul>\n";
}

std::string shown_of(std::size_t shown, std::uint64_t all, std::string_view file) {
  if (shown >= all) return fmt::format("All of them, as in <code>{}</code>:", file);
  return fmt::format("The first {} of {}; <code>{}</code> has them all:", count(shown), count(all), file);
}

// Usually there is one column of IDs, and the totals name it.
bool has_several_columns(const Page& page) {
  std::string_view first;
  for (const RejectedReason& reason : page.rejected) {
    for (const RejectedExample& example : reason.examples) {
      if (first.empty()) first = example.column;
      if (!example.column.empty() && example.column != first) return true;
    }
  }
  return false;
}

}  // namespace

std::string history_section(const Page& page) {
  std::string out;
  if (page.report.history) {
    const HistoryReport& history = *page.report.history;
    out += paragraph("Since the last complete run of the job, read at " + moment(history.since.read_at) +
                     " (" + code(history.since.directory) + "):");
    Table table("Missing IDs then and now", {{"IDs"}, {"Number", true}, {"That", false, true}}, true);
    table.row({"New", count(history.newly), "were found then and are missing now"});
    table.row({"Resolved", count(history.resolved), "were missing then and are found now"});
    table.row({"Persisting", count(history.persisting), "are missing in both"});
    table.row({"Added", count(history.added), "are missing now and were not in the list then"});
    table.row({"Not asked", count(history.not_asked), "were missing then and are not in the list now"});
    out += table.html();
    if (history.oldest_runs_missing > 0)
      out += paragraph("The oldest has been missing for " +
                       count_of(history.oldest_runs_missing, "run", "runs") + ", since " +
                       moment(history.oldest_first_missing) + ".");
  }
  if (page.report.baseline) {
    const BaselineReport& baseline = *page.report.baseline;
    Table table("Accepted misses", {{"Missing IDs"}, {"Number", true}});
    table.row({"Accepted by " + code(baseline.file), count(baseline.accepted)});
    table.row({"Whose acceptance has expired", count(baseline.expired)});
    table.row({"That had come back since they were accepted", count(baseline.returned)});
    table.row({"Not accepted, which thresholds count", count(baseline.missing)});
    out += table.html();
  }
  return out;
}

std::string missing_section(const Page& page) {
  const std::uint64_t missing = page.report.result.missing;
  std::string out;
  if (page.report.near_misses) out += near_misses(*page.report.near_misses);
  if (page.missing.empty()) return out;
  if (page.redacted)
    return out + paragraph("Which they are is left out of this page: <code>missing.csv</code> has them.");
  return out + paragraph(shown_of(page.missing.size(), missing, "missing.csv")) + missing_ids(page);
}

std::string unresolved_section(const Page& page) {
  const auto& failed = page.report.failed_ranges;
  if (failed.empty()) return {};
  constexpr std::size_t kShown = 25;
  std::string out = paragraph(
      "These could not be read, so nobody knows whether they have rows. "
      "<code>unresolved.csv</code> has all of them.");
  Table table("What could not be read", {{"First ID"}, {"Last ID"}, {"IDs", true}, {"Why", false, true}});
  for (std::size_t i = 0; i < failed.size() && i < kShown; ++i)
    table.row({code(failed[i].first_id, kIdBytesMax), code(failed[i].last_id, kIdBytesMax),
               count(failed[i].end - failed[i].begin), text(failed[i].error)});
  out += table.html();
  if (failed.size() > kShown)
    out += paragraph(fmt::format("And {} more, in <code>report.json</code>.",
                                 count_of(failed.size() - kShown, "range", "ranges")));
  return out;
}

std::string rejected_section(const Page& page) {
  if (page.rejected.empty()) return {};
  const bool cells =
      std::any_of(page.rejected.begin(), page.rejected.end(), [](const RejectedReason& reason) {
        return std::any_of(reason.examples.begin(), reason.examples.end(),
                           [](const RejectedExample& example) { return !example.cell.empty(); });
      });
  const bool columns = has_several_columns(page);
  std::vector<Table::Column> heads = {
      {"Reason"}, {"Lines", true}, {cells ? "Cell" : "Line", !cells}, {"What stands there", false, true}};
  if (columns) heads.push_back({"Column"});
  Table table("Reasons, with examples", std::move(heads));
  for (const RejectedReason& reason : page.rejected) {
    std::vector<std::vector<std::string>> examples;
    for (const RejectedExample& example : reason.examples) {
      examples.push_back(
          {cells && !example.cell.empty() ? code(example.cell, kIdBytesMax) : count(example.line),
           page.redacted ? text(example.raw) : code(example.raw, kIdBytesMax)});
      if (columns) examples.back().push_back(text(example.column, kIdBytesMax));
    }
    if (examples.empty()) examples.resize(1, std::vector<std::string>(columns ? 3 : 2));
    table.group({reason_cell(reason.reason), count(reason.count)}, examples);
  }
  return paragraph("Lines that are no ID of the key’s type. <code>rejected.csv</code> has all of them.") +
         table.html();
}

std::string duplicates_section(const Page& page) {
  if (page.duplicates.empty()) return {};
  Table table("Repeated IDs", {{"Line", true}, {"First on line", true}, {"ID", false, true}});
  for (const Repeat& repeat : page.duplicates)
    table.row({count(repeat.line), count(repeat.first_line),
               page.redacted ? text(repeat.id) : code(repeat.id, kIdBytesMax)});
  return paragraph(shown_of(page.duplicates.size(), page.report.input.duplicates, "duplicates.csv")) +
         table.html();
}

std::string list_section(const Page& page) {
  if (!page.report.list) return {};
  const ListReport& list = *page.report.list;
  const auto rejected_as = [&](std::string_view reason) {
    const auto found =
        std::find_if(list.problems.begin(), list.problems.end(),
                     [&](const ListReport::Problem& problem) { return problem.reason == reason; });
    return found == list.problems.end() ? 0 : found->count;
  };
  Table table("Traces of a spreadsheet", {{"Trace"}, {"IDs", true}, {"What it means", false, true}});
  const auto trace = [&](std::string_view name, std::uint64_t ids, std::string_view meaning) {
    if (ids > 0) table.row({std::string(name), count(ids), std::string(meaning)});
  };
  trace("Leading zeros", list.leading_zero,
        "kept; a spreadsheet that takes the column for numbers drops them");
  trace("15-digit rounding", list.ends_in_zeros,
        "16 digits or more with zeros after the fifteenth: what a spreadsheet makes of longer numbers");
  trace("E-notation", rejected_as("scientific"), "rejected: the digits are destroyed");
  trace("Numbers beyond 15 digits", rejected_as("inexact_number"),
        "rejected: cells of a number, whose last digits are not to be trusted");
  trace("Decimal fractions", rejected_as("decimal"), "rejected: the column was exported as a number");
  trace("Text marker <code>'1</code>", list.text_marker,
        "read without the mark by which a spreadsheet knows text");
  trace("Text formula <code>=\"1\"</code>", list.text_formula, "read as the text inside");
  std::string out = table.html();
  if (out.empty())
    out = paragraph("No trace of a spreadsheet: no leading zeros, rounded digits, E-notation or text marks.");
  if (list.suspicions.empty()) return out;
  constexpr std::size_t kShown = 20;
  out += "<ul>\n";
  for (std::size_t i = 0; i < list.suspicions.size() && i < kShown; ++i)
    out += "<li>" + text(list.suspicions[i]) + "</li>\n";
  return out + "</ul>\n";
}

}  // namespace firmquery::html
