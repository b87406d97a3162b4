#include "cli_settings.hpp"

#include "firmquery/job/options.hpp"

namespace firmquery::cli {
namespace {

constexpr Choice<ProgressMode> kProgress{"progress",
                                         {{"auto", ProgressMode::automatic},
                                          {"always", ProgressMode::always},
                                          {"never", ProgressMode::never},
                                          {"json", ProgressMode::json}}};
constexpr Choice<bool> kJsonLog{"log-format", {{"text", false}, {"json", true}}};

}  // namespace

CliSettings make_cli_settings(const Settings& settings) {
  return CliSettings{.progress = settings.get(kProgress),
                     .quiet = settings.get(options::quiet),
                     .json = settings.get(options::json),
                     .log_json = settings.get(kJsonLog),
                     .log_file = settings.get(options::log_file)};
}

}  // namespace firmquery::cli
