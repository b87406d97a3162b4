#include "doctor_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "answer.hpp"
#include "firmquery/core/time_text.hpp"
#include "firmquery/job/make_job.hpp"
#include "firmquery/job/options.hpp"
#include "firmquery/output/run_directory.hpp"
#include "job_start.hpp"
#include "messages.hpp"
#include "process_surroundings.hpp"
#include "screen.hpp"
#include "signals.hpp"
#include "staging_server.hpp"
#include "wrap.hpp"

namespace firmquery::cli {
namespace {

constexpr Option<std::string> kCleanStaging{"clean-staging"};

int print(Screen& screen, std::string_view text, int exit) {
  if (screen.answer(text)) return exit;
  return report_error(screen, Error{ErrorKind::usage, "cannot write", "standard output", {}, {}});
}

std::string outcome_of(const LeftoverTable& table) {
  if (table.dropped) return "dropped";
  if (table.problem) return "failed";
  if (table.use == LeftoverTable::Use::running) return "in use";
  return table.resumable ? "resumable" : "kept";
}

std::string tables_text(const std::vector<LeftoverTable>& tables, std::chrono::sys_seconds now) {
  if (tables.empty()) return "no staging tables of this role are left\n";
  std::string out;
  for (const LeftoverTable& table : tables) {
    const double age = static_cast<double>((now - table.created).count());
    out += fmt::format("{:<9} {}.{}  ({} old)\n", outcome_of(table), table.schema, table.name,
                       duration_text(std::max(age, 0.0)));
    if (table.problem) out += fmt::format("  {}\n", table.problem->to_string());
  }
  return out;
}

std::string tables_json(const std::vector<LeftoverTable>& tables, std::chrono::sys_seconds now) {
  using Json = nlohmann::ordered_json;
  Json list = Json::array();
  for (const LeftoverTable& table : tables) {
    list.push_back({{"schema", table.schema},
                    {"name", table.name},
                    {"age_s", (now - table.created).count()},
                    {"outcome", outcome_of(table)},
                    {"error", table.problem ? Json(table.problem->to_string()) : Json()}});
  }
  const Json json = {{"schema", 1}, {"staging_tables", list}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

int clean(const Job& job, const Cleaning& cleaning, bool json, Screen& screen) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto tables = clean_staging(job.connect, cleaning, now);
  if (!tables) return report_error(screen, tables.error());
  const auto failed = std::find_if(tables->begin(), tables->end(),
                                   [](const LeftoverTable& table) { return table.problem.has_value(); });
  return print(screen, json ? tables_json(*tables, now) : tables_text(*tables, now),
               failed == tables->end() ? 0 : exit_code(failed->problem->kind));
}

// With the first failure as the error, which the exit code is of.
std::string diagnosis_json(const Diagnosis& diagnosis) {
  const std::string text = to_json(diagnosis);
  for (const Check& check : diagnosis.checks) {
    if (check.status != CheckStatus::fail) continue;
    return with_error(text, Error{check.kind, check.detail, check.name, check.remedy, {}});
  }
  return text;
}

int examine(const Job& job, bool json, Screen& screen) {
  Signals signals(screen);
  auto diagnosis = examine_job(job, signals.token());
  if (!diagnosis) return report_error(screen, signals.attributed(std::move(diagnosis).error()));
  return print(screen, json ? diagnosis_json(*diagnosis) : diagnosis_text(*diagnosis),
               diagnosis->exit_code());
}

}  // namespace

Result<std::chrono::seconds> parse_age(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> units = {
      {{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}}};
  constexpr std::int64_t most = 100'000;  // of any unit: far beyond the age of any table
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const auto* known =
      std::find_if(units.begin(), units.end(), [&](const auto& u) { return u.first == unit; });
  if (error != std::errc() || known == units.end() || number < 0 || number > most) {
    return fail(ErrorKind::usage, fmt::format("\"{}\" is not an age", text), "--clean-staging",
                "write a whole number and a unit: 90s, 30min, 1h, 2d; or the whole name of one table");
  }
  return std::chrono::seconds(number * known->second);
}

std::string diagnosis_text(const Diagnosis& diagnosis) {
  std::string out;
  for (const Check& check : diagnosis.checks) {
    const bool skipped = check.status == CheckStatus::not_checked;
    const std::string text =
        fmt::format("{}: {}{}", check.name, skipped ? "not checked: " : "", check.detail);
    out += fmt::format("{:<5} {}\n", skipped ? "-" : to_string(check.status), wrapped(text, 8, 6));
    if (!check.remedy.empty()) out += fmt::format("      {}\n", wrapped(check.remedy, 6, 6));
  }
  return out;
}

namespace {

// What --clean-staging asks for; nullopt when it is not given.
Result<std::optional<Cleaning>> cleaning_of(const Settings& settings) {
  const Setting& wanted = settings.value(kCleanStaging);
  if (wanted.items.empty()) return std::nullopt;
  if (wanted.origin != Origin::flag) {
    return fail(ErrorKind::usage, "dropping tables is asked for on the command line only", wanted.place,
                "write firmquery doctor --clean-staging AGE");
  }
  Cleaning cleaning;
  const std::string text = settings.get(kCleanStaging);
  if (staging_table_time(text)) {
    cleaning.name = text;
  } else {
    FQ_TRY_ASSIGN(cleaning.age, parse_age(text));
  }
  return cleaning;
}

}  // namespace

int run_doctor(const CommandLine& line) {
  Screen screen;
  const Surroundings surroundings = process_surroundings();
  const std::string job_file = line.operands.empty() ? "" : line.operands.front();
  const Settings settings = resolve_settings({line.flags, job_file}, surroundings);
  const bool json = settings.get(options::json);
  screen.expect_json(json);
  if (!settings.problems.empty()) return report_errors(screen, settings.problems);
  const bool whole =
      settings.is_set(options::ids) && (settings.is_set(options::query) || settings.is_set(options::sql));
  auto made = make_job(settings, surroundings, whole ? Need::list_and_query : Need::nothing);
  std::vector<Error> errors = made ? std::vector<Error>() : made.error();
  auto cleaning = cleaning_of(settings);
  if (!cleaning) errors.push_back(cleaning.error());
  if (!errors.empty()) return report_errors(screen, errors);
  Job& job = made->job;
  if (*cleaning) (*cleaning)->resumable = resumable_tables(job);
  for (const std::string& notice : made->notices) report_warning(screen, notice);
  set_kerberos_variables(settings);
  auto settled = settle_servers(job, Creation::never);
  if (!settled && *cleaning) return report_error(screen, settled.error());
  if (!settled) job.no_server = std::move(settled).error();
  return *cleaning ? clean(job, **cleaning, json, screen) : examine(job, json, screen);
}

}  // namespace firmquery::cli
