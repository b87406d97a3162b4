#include "cli_settings.hpp"

namespace firmquery::cli {

CliSettings make_cli_settings(const Settings& settings) {
  CliSettings cli;
  const std::string progress = settings.text("progress");
  cli.progress = progress == "always"  ? ProgressMode::always
                 : progress == "never" ? ProgressMode::never
                 : progress == "json"  ? ProgressMode::json
                                       : ProgressMode::automatic;
  cli.quiet = settings.boolean("quiet");
  cli.json = settings.boolean("json");
  cli.log_json = settings.text("log-format") == "json";
  cli.log_file = settings.text("log-file");
  return cli;
}

}  // namespace firmquery::cli
