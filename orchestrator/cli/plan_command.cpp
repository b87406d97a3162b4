#include "plan_command.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "firmquery/core/estimate.hpp"
#include "firmquery/core/time_text.hpp"
#include "job_start.hpp"
#include "log.hpp"
#include "messages.hpp"
#include "progress_display.hpp"
#include "screen.hpp"
#include "signals.hpp"
#include "wrap.hpp"

namespace firmquery::cli {
namespace {

std::string indented(std::string_view text) {
  std::string out;
  for (std::string_view line : split(text, '\n')) {
    if (!line.empty()) out += fmt::format("  {}\n", line);
  }
  return out;
}

std::string server_text(const PlanReport::Server& server) {
  std::string out = fmt::format("Server: {} {} at {}, database {}, role {}, {}\n",
                                to_string(server.dialect.kind), server.dialect.version, server.address,
                                server.database, server.user, server.tls ? "TLS" : "no TLS");
  if (server.gc_window_s) {
    out += fmt::format("  the table's past stays readable for {}\n", duration_text(*server.gc_window_s));
  }
  out += "\nCapabilities:\n";
  for (const auto& [name, capability] : server.dialect.capabilities) {
    out += fmt::format("  {:<20} {:<4} {}\n", name, capability.available ? "yes" : "no", capability.detail);
  }
  out += "\nSession settings:\n";
  for (const auto& [name, value] : server.settings) out += fmt::format("  {} = {}\n", name, value);
  return out;
}

std::string query_text(const PlanReport& plan) {
  const auto& query = plan.query;
  const KeyColumn& key = query.key;
  std::string out = fmt::format("\nQuery: {}\n  columns: {}\n  row-level security: {}\n", query.name,
                                fmt::join(query.columns, ", "), query.row_security);
  if (query.lifted) {
    out += fmt::format("  a list of {} values was lifted out of it at {}:\n", grouped(query.lifted->count),
                       query.lifted->place);
    for (const std::string_view line : split(query.lifted->sql, '\n'))
      if (!line.empty()) out += fmt::format("    {}\n", line);
  }
  out += fmt::format("\nKey: {}\n",
                     key.column.empty() ? "not a plain column of a table" : key.table + "." + key.column);
  out += fmt::format("  type: {}, IDs are sent as {}\n", key.type_name, key.staging_type);
  if (!key.collation.empty()) out += fmt::format("  collation: {}\n", key.collation);
  out +=
      fmt::format("  indexes: {}\n", key.of_view           ? "not known: a view"
                                     : key.indexes.empty() ? "none"
                                                           : fmt::format("{}", fmt::join(key.indexes, ", ")));
  out += fmt::format(
      "\nList: {} unique IDs of type {}\n  {} lines, {} blank, {} header, {} rejected, {} duplicates\n",
      grouped(plan.input.unique), plan.id_type, grouped(plan.input.lines), grouped(plan.input.blank),
      grouped(plan.input.header), grouped(plan.input.rejected), grouped(plan.input.duplicates));
  if (plan.never_asked > 0) {
    out += fmt::format("  {} are outside what {} holds: missing without asking\n", grouped(plan.never_asked),
                       key.type_name);
  }
  return out;
}

std::string range_text(const PlanReport& plan) {
  if (!plan.first_range) return "\nRanges: none, there is nothing to ask\n";
  std::string sizes;
  for (const Slice& slice : plan.slices) sizes += (sizes.empty() ? "" : ", ") + grouped(slice.size());
  std::string out = fmt::format("\nConnections: {}, with {} IDs\n", plan.slices.size(), sizes);
  out += wrapped(fmt::format("Bound on the key in each range: {}: {}", plan.query.bounded ? "yes" : "no",
                             plan.query.bound_reason),
                 2) +
         "\n";
  out += fmt::format("\nFirst range: {} IDs\n{}", grouped(plan.first_range->ids.size()),
                     indented(plan.first_range->sql));
  for (std::size_t i = 0; i < plan.first_range->parameters.size(); ++i) {
    out += fmt::format("  ${} = {}\n", i + 1, plan.first_range->parameters[i]);
  }
  if (plan.explain.empty()) return out;
  out +=
      plan.sample_stands_in
          ? fmt::format("\nEXPLAIN of this range with {} of its IDs as literals:\n", grouped(plan.sample_ids))
          : fmt::format("\nEXPLAIN of this range with its {} IDs:\n", grouped(plan.sample_ids));
  for (const std::string& line : plan.explain) out += fmt::format("  {}\n", line);
  return out;
}

std::string estimate_text(const PlanReport& plan) {
  std::string text = "\nTime needed: " + firmquery::estimate_text(plan.estimate) + "\n";
  for (const std::string& late : plan.late) text += fmt::format("  {}\n", wrapped(late, 4, 2));
  if (plan.refused) text += "  the run would be refused\n";
  if (plan.estimate.seconds && plan.late.empty() && !plan.bounds.empty()) {
    std::string ends;
    for (const std::string& bound : plan.bounds) {
      ends += ends.empty() ? "" : ", ";
      ends += bound == "deadline" ? "--deadline"
              : bound == "ticket" ? "the Kerberos ticket"
                                  : "garbage collection";
    }
    text += fmt::format("  fits: before {}\n", ends);
  }
  return text;
}

int execute(const Job& job, const CliSettings& cli, const std::vector<std::string>& notices, Screen& screen) {
  const auto form = ProgressDisplay::form_of(cli, screen);
  auto log = Log::open(cli, cli.quiet ? Log::OnScreen::nothing : Log::OnScreen::warnings, screen, job.run_id);
  if (!log) return report_error(screen, log.error());
  for (const std::string& notice : notices) (*log)->warning(notice);
  Signals signals(screen);
  Progress progress;
  ProgressDisplay display(progress, form, screen, **log);
  // Its warnings are part of the plan.
  auto plan = plan_job(job, progress, signals.token());
  display.finish();
  if (!plan) {
    const Error error = signals.attributed(std::move(plan).error());
    (*log)->error(error.to_string());
    return report_error(screen, error);
  }
  if (screen.answer(cli.json ? to_json(*plan) : plan_text(*plan))) return 0;
  return report_error(screen, Error{ErrorKind::usage, "cannot write the plan", "standard output", {}, {}});
}

}  // namespace

std::string plan_text(const PlanReport& plan) {
  std::string out = wrapped_lines(server_text(plan.server) + query_text(plan), 2);
  out += wrapped_lines(
      fmt::format("\nStrategy: {} ({})\nInstant: {}\n", plan.strategy, plan.strategy_reason, plan.snapshot),
      2);
  out += estimate_text(plan);
  out += range_text(plan);
  out += plan.warnings.empty() ? "\nWarnings: none\n" : "\nWarnings:\n";
  for (const std::string& warning : plan.warnings) out += fmt::format("  {}\n", wrapped(warning, 4, 2));
  return out;
}

int run_plan(const CommandLine& line) {
  Screen screen;
  const auto started = start_job(line, Creation::never, screen);
  return started ? execute(started->job, started->cli, started->notices, screen) : started.error();
}

}  // namespace firmquery::cli
