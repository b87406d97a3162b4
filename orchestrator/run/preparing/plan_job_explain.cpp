#include "preparing/plan_job_explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <firmquery/sql_text.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "firmquery/core/utf8_text.hpp"

namespace firmquery {
namespace {

using PlanJson = nlohmann::json;

constexpr double kFewRows = 10'000;  // a table that small is read whole for good reason

// A list of literals comes back in the plan as one line.
constexpr std::size_t kLongLine = 300;

std::vector<std::optional<std::string>> parameters_of(const Statement& statement) {
  return {statement.parameters.begin(), statement.parameters.end()};
}

void cut_long_lines(std::vector<std::string>& lines) {
  for (std::string& line : lines) {
    if (line.size() <= kLongLine) continue;
    const std::size_t end = whole_characters(line, kLongLine);
    line = fmt::format("{} ... {} more bytes", line.substr(0, end), line.size() - end);
  }
}

std::vector<std::string> lines_of(const Rows& rows) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < rows.size(); ++i) lines.emplace_back(rows.at(i, 0));
  return lines;
}

using Relation = std::pair<std::string, std::string>;  // schema and name

// Sequential scans of a plan's tree, each relation with the most rows that the planner expects of a scan.
void collect(const PlanJson& node, std::map<Relation, double>& scans) {
  if (!node.is_object()) return;
  if (node.value("Node Type", "") == "Seq Scan" && node.contains("Relation Name")) {
    const Relation relation{node.value("Schema", ""), node.value("Relation Name", "")};
    double& rows = scans[relation];
    rows = std::max(rows, node.value("Plan Rows", 0.0));
  }
  const auto children = node.find("Plans");
  if (children == node.end()) return;
  for (const PlanJson& child : *children) collect(child, scans);
}

Result<std::vector<FullScan>> sequential_scans(Session& session, const Statement& statement) {
  FQ_TRY_ASSIGN(const Rows rows,
                session.execute("explain (verbose, format json) " + statement.sql, parameters_of(statement)));
  const PlanJson plan = PlanJson::parse(rows.at(0, 0), nullptr, false);
  std::map<Relation, double> scans;
  if (plan.is_array() && !plan.empty()) collect(plan.front().value("Plan", PlanJson()), scans);
  std::vector<FullScan> found;
  for (const auto& [relation, planned] : scans) {
    FQ_TRY_ASSIGN(const Rows facts, session.execute(std::string(sql::postgresql::relation_rows),
                                                    {relation.first, relation.second}));
    double held = 0;  // not positive: never analysed; then the planner's guess has to do
    if (facts.size() == 1) {
      const std::string_view text = facts.at(0, 0);
      std::from_chars(text.data(), text.data() + text.size(), held);
    }
    const double size = std::max(held, planned);
    if (size > kFewRows) found.push_back({relation.first + "." + relation.second, size});
  }
  return found;
}

// What follows `label` in a line of CockroachDB's tree; nullopt when the line is about something else.
std::optional<std::string_view> field(std::string_view line, std::string_view label) {
  const std::size_t at = line.find(label);
  if (at == std::string_view::npos) return std::nullopt;
  return line.substr(at + label.size());
}

// "30,000 (100% of the table; ...)"
double leading_number(std::string_view text) {
  double number = 0;
  for (const char c : text) {
    if (c == ',') continue;
    if (c < '0' || c > '9') break;
    number = number * 10 + (c - '0');
  }
  return number;
}

}  // namespace

// A node is a line with a bullet and the fields below it.
std::vector<FullScan> full_scans_of(const std::vector<std::string>& lines) {
  std::vector<FullScan> found;
  std::optional<double> rows;
  std::string table;
  for (const std::string& line : lines) {
    if (line.find("• ") != std::string::npos) {
      rows.reset();
      table.clear();
    } else if (const auto count = field(line, "estimated row count: ")) {
      rows = leading_number(*count);
    } else if (const auto name = field(line, "table: ")) {
      table = *name;
    } else if (line.find("FULL SCAN") != std::string::npos && (!rows || *rows > kFewRows)) {
      found.push_back({table, rows});
    }
  }
  return found;
}

Result<Explanation> explain(Session& session, const Dialect& dialect, const Statement& statement) {
  FQ_TRY_ASSIGN(const Rows rows, session.execute("explain " + statement.sql, parameters_of(statement)));
  Explanation explanation{lines_of(rows), {}};
  if (dialect.is_cockroachdb()) {
    explanation.full_scans = full_scans_of(explanation.lines);
  } else {
    FQ_TRY_ASSIGN(explanation.full_scans, sequential_scans(session, statement));
  }
  cut_long_lines(explanation.lines);
  return explanation;
}

}  // namespace firmquery
