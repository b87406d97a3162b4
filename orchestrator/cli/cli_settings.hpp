// The options that concern the terminal, not the job.
#pragma once

#include <cstdint>
#include <filesystem>

#include "firmquery/job/settings.hpp"

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

}  // namespace firmquery::cli
