#include "firmquery/history/metrics.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "firmquery/core/time_text.hpp"
#include "firmquery/output/files.hpp"

namespace firmquery {
namespace {

constexpr std::uint64_t kFileBytesMax = 1 << 20;

// One family: its lines, in the order in which they are written.
struct Family {
  std::string_view name, help;
  std::vector<std::pair<std::string, std::string>> samples = {};  // labels but for the job's, value
};

std::string escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    if (c == '\n') {
      text += "\\n";
    } else {
      text += c;
    }
  }
  return text;
}

std::string label(std::string_view name, std::string_view value) {
  return fmt::format("{}=\"{}\"", name, escaped(value));
}

Family one(std::string_view name, std::string_view help, std::uint64_t value) {
  return {name, help, {{{}, std::to_string(value)}}};
}
Family one(std::string_view name, std::string_view help, double value) {
  return {name, help, {{{}, fmt::format("{}", value)}}};
}

// Without a sample where it is not known.
Family some(std::string_view name, std::string_view help, const std::optional<double>& value) {
  return value ? one(name, help, *value) : Family{name, help};
}

std::vector<Family> of_start(const JobEnd& end) {
  return {
      one("firmquery_last_attempt_timestamp_seconds", "When the job last ended, whatever its end.", end.at),
      one("firmquery_last_attempt_exit_code", "Exit code of that: 0 and 1 are complete runs.",
          static_cast<std::uint64_t>(end.exit_code)),
      one("firmquery_last_attempt_skipped",
          "1: another run of the job was in progress, and nothing was done.",
          std::uint64_t{end.skipped ? 1u : 0u}),
      one("firmquery_refused_for_time",
          "1: the last start was refused, because the run was not likely to end in time.",
          std::uint64_t{end.refused_for_time ? 1u : 0u})};
}

std::vector<Family> of_run(const Report& report, std::size_t breached) {
  Family reasons{"firmquery_retries_by_sqlstate",
                 "The same by the server's reason; none where it gave none."};
  if (!report.starts.empty()) {
    std::map<std::string, std::uint64_t> counts;
    for (const RetryReason& reason : report.starts.back().retried_for)
      counts[reason.sqlstate.empty() ? "none" : reason.sqlstate] += reason.count;
    for (const auto& [sqlstate, count] : counts)
      reasons.samples.emplace_back(label("sqlstate", sqlstate), std::to_string(count));
  }
  return {
      one("firmquery_thresholds_breached", "Thresholds of --fail-on that the last run breached.",
          std::uint64_t{breached}),
      one("firmquery_unresolved_ids", "IDs that the last run could not read.", report.result.unresolved),
      one("firmquery_retries", "Units of work that the last run tried again.", report.retries),
      std::move(reasons),
      some("firmquery_ticket_left_seconds",
           "How long the Kerberos ticket was good for when the last run had read, renewals included.",
           report.left.ticket_s),
      some("firmquery_gc_window_left_seconds",
           "How long the run's instant stayed readable after that (CockroachDB).", report.left.gc_window_s)};
}

std::vector<Family> of_success(const JobEnd& end, const Report& report) {
  Family phases{"firmquery_phase_duration_seconds", "Seconds of the run's phases."};
  const TimingReport& timing = report.timing;
  for (const auto& [phase, seconds] :
       {std::pair{"clean", timing.clean_s}, std::pair{"load", timing.load_s},
        std::pair{"query", timing.query_s}, std::pair{"export", timing.export_s}})
    phases.samples.emplace_back(label("phase", phase), fmt::format("{}", seconds));
  Family newly{"firmquery_new_missing_ids",
               "IDs that the complete run before has found, and that are missing."};
  Family resolved{"firmquery_resolved_ids",
                  "IDs that were missing in the complete run before, and are found."};
  Family oldest{"firmquery_oldest_missing_timestamp_seconds",
                "Since when the ID has been missing that has been so for longest; none: nothing is missing."};
  if (report.history) {
    newly.samples.emplace_back("", std::to_string(report.history->newly));
    resolved.samples.emplace_back("", std::to_string(report.history->resolved));
    if (const auto since = epoch_seconds(report.history->oldest_first_missing))
      oldest.samples.emplace_back("", fmt::format("{}", *since));
  }
  Family accepted{"firmquery_accepted_missing_ids", "Missing IDs that the baseline accepts."};
  if (report.baseline) accepted.samples.emplace_back("", std::to_string(report.baseline->accepted));
  return {
      one("firmquery_last_success_timestamp_seconds", "When the job last ended with a complete run.", end.at),
      one("firmquery_input_lines", "Lines of the list.", report.input.lines),
      one("firmquery_rejected_lines", "Lines that are no ID.", report.input.rejected),
      one("firmquery_duplicate_lines", "Lines that repeat an ID.", report.input.duplicates),
      one("firmquery_unique_ids", "IDs that were asked for.", report.input.unique),
      one("firmquery_found_ids", "IDs with a row.", report.result.found),
      one("firmquery_missing_ids", "IDs without a row.", report.result.missing),
      std::move(newly),
      std::move(resolved),
      std::move(oldest),
      std::move(accepted),
      one("firmquery_result_rows", "Rows of the result.", report.result.rows),
      one("firmquery_duration_seconds", "Seconds of the whole run.", timing.total_s),
      some("firmquery_estimated_duration_seconds", "How long it was expected to take.",
           report.estimate ? report.estimate->seconds : std::nullopt),
      std::move(phases),
      one("firmquery_statements", "Statements that read.", report.statements.count),
      one("firmquery_longest_statement_seconds", "The longest of them.", report.statements.longest_s),
      one("firmquery_peak_memory_bytes", "Memory that the program took at most.", report.peak_rss_bytes)};
}

// The sample lines of the families of a success that stand in a file, by family.
std::map<std::string, std::string, std::less<>> kept_lines(std::string_view before) {
  std::map<std::string, std::string, std::less<>> lines;
  while (!before.empty()) {
    const std::string_view line = before.substr(0, before.find('\n'));
    before.remove_prefix(std::min(line.size() + 1, before.size()));
    if (line.starts_with('#')) continue;
    const std::string name(line.substr(0, line.find_first_of("{ ")));
    lines[name].append(line).append("\n");
  }
  return lines;
}

std::string sample_lines(const Family& family, const std::string& job) {
  std::string text;
  for (const auto& [labels, value] : family.samples) {
    std::string all = job.empty() ? std::string() : label("job", job);
    if (!labels.empty()) all += (all.empty() ? "" : ",") + labels;
    text += fmt::format("{}{} {}\n", family.name, all.empty() ? "" : "{" + all + "}", value);
  }
  return text;
}

std::string head(const Family& family) {
  return fmt::format("# HELP {0} {1}\n# TYPE {0} gauge\n", family.name, family.help);
}

}  // namespace

std::string metrics_text(const JobEnd& end, std::string_view before) {
  const bool success = end.report != nullptr && end.report->status == "complete" && end.exit_code <= 1;
  const auto kept = kept_lines(before);
  std::string text;
  // What this start does not know stays as it was.
  const auto add = [&](const std::vector<Family>& families, bool known) {
    for (const Family& family : families) {
      const auto then = kept.find(family.name);
      if (known ? family.samples.empty() : then == kept.end()) continue;
      text += head(family) + (known ? sample_lines(family, end.job) : then->second);
    }
  };
  const Report none;
  const Report& report = end.report != nullptr ? *end.report : none;
  add(of_start(end), true);
  add(of_run(report, end.breached), end.report != nullptr);
  add(of_success(end, report), success);
  return text;
}

Result<void> write_metrics(const std::filesystem::path& file, const JobEnd& end) {
  const auto before = read_file(file, kFileBytesMax);
  return write_file(file, metrics_text(end, before ? *before : std::string()), FileReaders::everybody);
}

}  // namespace firmquery
