// From resolved options to what the library and the commands take.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "firmquery/run/input.hpp"
#include "firmquery/job/job.hpp"
#include "settings.hpp"

namespace firmquery::cli {

enum class ProgressMode : std::uint8_t { automatic, always, never, json };

struct CliSettings {
  ProgressMode progress = ProgressMode::automatic;
  bool quiet = false;
  bool json = false;      // the report on standard output
  bool log_json = false;  // form of log lines
  std::filesystem::path log_file;
};
CliSettings make_cli_settings(const Settings& settings);

// Options of the input alone; the type is text when it is auto. Adds what is wrong to `errors` and what the user
// should know to `notices`.
InputOptions make_input_options(const Settings& settings, std::vector<Error>& errors,
                                std::vector<std::string>& notices);

// `need_input`: a list and a query must have been given. Reads the query file and the password file. Adds all
// that is wrong to `errors` and what the user should know to `notices`.
Job make_job(const Settings& settings, const Environment& environment, bool need_input,
             std::vector<Error>& errors, std::vector<std::string>& notices);

// The pattern with {timestamp} replaced. Fails (kind usage) on other names in braces and on path separators.
Result<std::string> expand_pattern(const std::string& pattern, const std::string& timestamp,
                                   const std::string& place);
std::string utc_timestamp();  // 20261123T034500Z

}  // namespace firmquery::cli
