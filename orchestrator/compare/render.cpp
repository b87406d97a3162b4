// A comparison as text, Markdown and JSON.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "columns.hpp"

namespace firmquery {
namespace {

using ComparisonJson = nlohmann::ordered_json;

std::string as_columns(const WordTable& table) {
  std::vector<std::size_t> widths(table.head.size());
  const auto widen = [&](const std::vector<std::string>& row) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  };
  widen(table.head);
  for (const auto& row : table.rows) widen(row);
  std::string text;
  const auto write = [&](const std::vector<std::string>& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += i == 0 ? fmt::format("{:<{}}", row[i], widths[i]) : fmt::format("  {:>{}}", row[i], widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  write(table.head);
  for (const auto& row : table.rows) write(row);
  return text;
}

std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, 1, '\\');
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::string as_markdown(const WordTable& table) {
  std::string text;
  const auto write = [&](const std::vector<std::string>& row) {
    for (const std::string& one : row) text += "| " + cell(one) + " ";
    text += "|\n";
  };
  write(table.head);
  for (std::size_t i = 0; i < table.head.size(); ++i) text += i == 0 ? "|---" : "|---:";
  text += "|\n";
  for (const auto& row : table.rows) write(row);
  return text;
}

std::string head_of(const Comparison& comparison) {
  return fmt::format("{} {} at {}, {}\n{}\n", comparison.dialect, comparison.server_version,
                     comparison.server, comparison.query, what_was_read(comparison));
}

ComparisonJson estimate_json(const Estimate& estimate) {
  ComparisonJson json = {{"median", estimate.median}};
  if (estimate.interval) {
    json["low"] = estimate.interval->low;
    json["high"] = estimate.interval->high;
  }
  return json;
}

ComparisonJson contest_json(const Contest& contest) {
  ComparisonJson json = {{"name", contest.who.name},
                         {"strategy", to_string(contest.who.strategy)},
                         {"connections", contest.who.connections}};
  if (contest.who.chunk_size > 0) json["chunk_size"] = contest.who.chunk_size;
  if (!contest.ran.empty()) json["ran"] = contest.ran;
  if (!contest.reason.empty()) json["reason"] = contest.reason;
  if (contest.scanned > 0) json["ids_scanned"] = contest.scanned;
  if (!contest.refused.empty()) json["refused"] = contest.refused;
  if (!contest.proof.empty()) json["proof"] = contest.proof;
  json["differs"] = contest.differs;
  if (!contest.leaves.empty()) json["leaves"] = contest.leaves;
  if (!contest.measured.empty()) {
    json["seconds"] = estimate_json(contest.seconds);
    json["to_baseline"] = estimate_json(contest.to_baseline);
    json["to_best"] = estimate_json(contest.to_best);
    json["no_difference"] = contest.to_baseline.interval && contest.to_baseline.interval->holds(1);
  }
  json["turns"] = ComparisonJson::array();
  for (const Measurement& one : contest.measured) {
    ComparisonJson turn = {
        {"seconds", one.seconds}, {"statements", one.statements},   {"p50_s", one.p50_s},
        {"p95_s", one.p95_s},     {"longest_s", one.longest_s},     {"retries", one.retries},
        {"bytes_sent", one.sent}, {"bytes_received", one.received}, {"cpu_s", one.cpu_s}};
    if (one.peak_rss_bytes > 0) turn["peak_rss_bytes"] = one.peak_rss_bytes;
    if (one.server_s) turn["server_s"] = *one.server_s;
    json["turns"].push_back(std::move(turn));
  }
  return json;
}

}  // namespace

std::string comparison_text(const Comparison& comparison) {
  std::string text = head_of(comparison);
  if (!comparison.same_rows()) {
    text += "\nThe strategies do not give the same rows; nothing was timed:\n";
    for (const std::string& difference : comparison.differences) text += "  " + difference + "\n";
  } else if (comparison.best) {
    text += "\n" + as_columns(speed_table(comparison)) + "\n" + as_columns(statement_table(comparison)) +
            "\n" + as_columns(cost_table(comparison));
  }
  text += "\n";
  for (const std::string& note : notes_of(comparison)) text += note + "\n";
  if (!comparison.recommendation.empty()) {
    text += "\n" + comparison.recommendation + "\n";
    for (std::size_t at = 0, end = 0; at < comparison.job_lines.size(); at = end + 1) {
      end = comparison.job_lines.find('\n', at);
      text += "  " + comparison.job_lines.substr(at, end - at) + "\n";
    }
  }
  return text;
}

std::string comparison_markdown(const Comparison& comparison) {
  std::string text = head_of(comparison) + "\n";
  for (const std::string& difference : comparison.differences) text += "- " + difference + "\n";
  if (comparison.same_rows() && comparison.best)
    text += as_markdown(speed_table(comparison)) + "\n" + as_markdown(statement_table(comparison)) + "\n" +
            as_markdown(cost_table(comparison)) + "\n";
  for (const std::string& note : notes_of(comparison)) text += "- " + note + "\n";
  if (!comparison.recommendation.empty())
    text += "\n" + comparison.recommendation + "\n\n```yaml\n" + comparison.job_lines + "```\n";
  return text;
}

std::string comparison_json(const Comparison& comparison) {
  ComparisonJson json = {{"schema", 1},
                         {"server", comparison.server},
                         {"dialect", comparison.dialect},
                         {"server_version", comparison.server_version},
                         {"query", comparison.query},
                         {"ids", comparison.ids},
                         {"ids_of_list", comparison.of_ids},
                         {"rows", comparison.rows},
                         {"found", comparison.found},
                         {"row_bytes", comparison.row_bytes},
                         {"same_rows", comparison.same_rows()},
                         {"interrupted", comparison.interrupted},
                         {"spent_s", comparison.spent_s},
                         {"baseline", comparison.contests.front().who.name},
                         {"strategies", ComparisonJson::array()}};
  for (const Contest& contest : comparison.contests) json["strategies"].push_back(contest_json(contest));
  if (comparison.best) json["best"] = comparison.contests[*comparison.best].who.name;
  if (!comparison.recommendation.empty()) {
    json["recommendation"] = comparison.recommendation;
    json["job_file"] = comparison.job_lines;
  }
  if (!comparison.differences.empty()) json["differences"] = comparison.differences;
  json["warnings"] = comparison.warnings;
  return json.dump(2, ' ', false, ComparisonJson::error_handler_t::replace) + "\n";
}

}  // namespace firmquery
