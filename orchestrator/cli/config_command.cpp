// `config show|check|init`: the table of options, shown, checked and written as a commented job file.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "config_file.hpp"
#include "firmquery/core/sql_template.hpp"
#include "firmquery/db/secrets.hpp"
#include "firmquery/db/session.hpp"
#include "firmquery/job/local_dsn.hpp"
#include "firmquery/job/make_job.hpp"
#include "firmquery/job/options.hpp"
#include "firmquery/output/files.hpp"
#include "messages.hpp"
#include "process_surroundings.hpp"
#include "screen.hpp"
#include "wrap.hpp"

namespace firmquery::cli {
namespace {

std::string shown_value(const OptionSpec& spec, const Setting& value) {
  if (value.items.empty()) return "";
  const bool dsn = options::dsn.is(spec) || options::ids_dsn.is(spec);
  if (dsn && value.items.back() != kLocalDsn) return redact_dsn(value.items.back());
  return fmt::format("{}", fmt::join(value.items, ", "));
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

int print(Screen& screen, std::string_view text) {
  if (screen.answer(text)) return 0;
  return report_error(screen, Error{ErrorKind::usage, "cannot write", "standard output", {}, {}});
}

std::string checked_json(const std::string& job_file, const std::vector<std::string>& notices) {
  const nlohmann::ordered_json json = {
      {"schema", 1}, {"status", "ok"}, {"file", job_file}, {"warnings", notices}};
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

int show(const Settings& settings, bool json, Screen& screen) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  std::size_t name_width = 0, value_width = 0;
  for (const OptionSpec& spec : option_table()) {
    const Setting& value = settings.value(spec);
    name_width = std::max(name_width, spec.name.size());
    value_width = std::max(value_width, std::min<std::size_t>(shown_value(spec, value).size(), 40));
  }
  std::string out;
  for (const OptionSpec& spec : option_table()) {
    const Setting& value = settings.value(spec);
    const std::string shown = shown_value(spec, value);
    list.push_back({{"option", flat_key(spec)},
                    {"value", value.items.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(shown)},
                    {"origin", describe_origin(value)}});
    const std::string line =
        fmt::format("{:<{}}  {:<{}}  ", flat_key(spec), name_width, one_line(shown), value_width);
    const std::string origin = describe_origin(value);
    const bool fits = line.size() + origin.size() <= text_width();
    out += fits ? line + origin + "\n"
                : fmt::format("{}\n{:{}}{}\n", line.substr(0, line.find_last_not_of(' ') + 1), "",
                              name_width + 2, origin);
  }
  const auto replace = nlohmann::ordered_json::error_handler_t::replace;
  return print(screen, json ? list.dump(2, ' ', false, replace) + "\n" : out);
}

void check_list(const Settings& settings, std::vector<Error>& errors) {
  std::error_code ignored;
  const std::string list = settings.get(options::ids);
  const bool file = !list.empty() && list != "-" && query_of(list).empty();
  if (!file || std::filesystem::exists(list, ignored)) return;
  errors.push_back(Error{ErrorKind::usage,
                         fmt::format("the list of IDs \"{}\" does not exist", without_secret(list)),
                         settings.value(options::ids).place,
                         {},
                         {}});
}

void note_what_lacks(const Job& job, std::vector<std::string>& notices) {
  if (job.ids_path.empty()) notices.emplace_back("no list of IDs is named: --ids will be needed");
  if (job.sql.empty()) notices.emplace_back("no query is named: --query or --sql will be needed");
  if (job.staging_target == ServerChoice::none) {
    notices.emplace_back("no server is named for the query of IDs: --ids-dsn will be needed");
  }
  if (job.target == ServerChoice::none) {
    notices.emplace_back("no server is named: --dsn, PG* variables or DATABASE_URL will be needed");
  }
}

int check(const Settings& settings, const Surroundings& surroundings, const std::string& job_file,
          Screen& screen) {
  std::vector<Error> errors = settings.problems;
  std::vector<std::string> notices = settings.notices;
  if (errors.empty()) {
    auto made = make_job(settings, surroundings, Need::nothing);
    if (!made) errors = made.error();
    check_list(settings, errors);
    if (made) {
      const Job& job = made->job;
      notices = std::move(made->notices);
      note_what_lacks(job, notices);
      if (auto parsed = SqlTemplate::parse(job.sql, job.sql_name, job.key); !job.sql.empty() && !parsed) {
        errors.push_back(std::move(parsed).error());
      }
    }
  }
  for (const std::string& notice : notices) report_warning(screen, notice);
  if (!errors.empty()) return report_errors(screen, errors);
  if (screen.owes_json()) return print(screen, checked_json(job_file, notices));
  return print(screen, (job_file.empty() ? "configuration" : job_file) + ": ok\n");
}

int init(const std::string& path, Screen& screen) {
  const std::string text = commented_job_file();
  if (path.empty()) return print(screen, text);
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) {
    return report_error(
        screen,
        Error{ErrorKind::usage, "the file exists and is not overwritten", path, "name another one", {}});
  }
  if (const auto written = write_file(path, text); !written) return report_error(screen, written.error());
  screen.line("firmquery: wrote " + path + "; edit it, then: firmquery config check " + path);
  return 0;
}

}  // namespace

int run_config(const CommandLine& line) {
  Screen screen;
  const std::string file = line.operands.empty() ? "" : line.operands.front();
  if (line.subcommand == "init") return init(file, screen);
  const Surroundings surroundings = process_surroundings();
  const Settings settings = resolve_settings({line.flags, file}, surroundings);
  const bool json = settings.get(options::json);
  screen.expect_json(json);
  if (line.subcommand == "check") return check(settings, surroundings, file, screen);
  if (!settings.problems.empty()) return report_errors(screen, settings.problems);
  for (const std::string& notice : settings.notices) report_warning(screen, notice);
  return show(settings, json, screen);
}

}  // namespace firmquery::cli
