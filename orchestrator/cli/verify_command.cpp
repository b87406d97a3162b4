#include <filesystem>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "firmquery/run_directory.hpp"
#include "messages.hpp"
#include "screen.hpp"

namespace firmquery::cli {
namespace {

// A run that lacks a file has failed its checks; a directory that has none of them was never a run.
bool is_run(const std::filesystem::path& directory) {
  std::error_code ignored;
  for (const char* name : {"manifest.json", "journal.jsonl", "audit.jsonl"}) {
    if (std::filesystem::exists(directory / name, ignored)) return true;
  }
  return false;
}

}  // namespace

int run_verify(const CommandLine& line) {
  Screen screen;
  const std::string& directory = line.operands.front();
  if (!is_run(directory)) {
    return report_error(screen, Error{ErrorKind::usage,
                                      "not a run directory",
                                      directory,
                                      "name the directory that firmquery run wrote",
                                      {}});
  }
  const auto verification = verify_run(directory);
  if (!verification) return report_error(screen, verification.error());
  std::string out;
  if (line.has("json")) {
    const nlohmann::ordered_json object = {{"directory", directory},
                                           {"verified", verification->failures.empty()},
                                           {"checks", verification->checks},
                                           {"failures", verification->failures}};
    out = object.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  } else if (!line.has("quiet")) {
    for (const std::string& check : verification->checks) out += "ok    " + check + "\n";
    for (const std::string& failure : verification->failures) out += "FAIL  " + failure + "\n";
  }
  if (!write_all(1, out)) {
    return report_error(screen,
                        Error{ErrorKind::usage, "cannot write the checks", "standard output", {}, {}});
  }
  if (verification->failures.empty()) return 0;
  const std::string message = std::to_string(verification->failures.size()) + " of " +
                              std::to_string(verification->failures.size() + verification->checks.size()) +
                              " checks failed; first: " + verification->failures.front();
  return report_error(
      screen,
      Error{ErrorKind::integrity, message, directory, "do not use these files before you know why", {}});
}

}  // namespace firmquery::cli
