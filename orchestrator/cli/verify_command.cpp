#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "answer.hpp"
#include "commands.hpp"
#include "firmquery/job/options.hpp"
#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/run_directory.hpp"
#include "messages.hpp"
#include "screen.hpp"
#include "wrap.hpp"

namespace firmquery::cli {
namespace {

// A run that lacks a file has failed its checks; a directory that has none of them was never a run.
bool is_run(const std::filesystem::path& directory) {
  std::error_code ignored;
  for (const Artifact artifact : {Artifact::manifest, Artifact::journal, Artifact::audit}) {
    if (std::filesystem::exists(artifact_path(directory, artifact), ignored)) return true;
  }
  return false;
}

std::string as_text(const Verification& verification) {
  std::string out;
  for (const std::string& check : verification.checks) out += "ok    " + wrapped(check, 6, 6) + "\n";
  for (const std::string& failure : verification.failures) out += "FAIL  " + wrapped(failure, 6, 6) + "\n";
  return out;
}

std::string as_json(const Verification& verification, const std::string& directory,
                    const std::optional<Error>& failure) {
  const nlohmann::ordered_json object = {{"directory", directory},
                                         {"status", failure ? "failed" : "verified"},
                                         {"verified", !failure},
                                         {"checks", verification.checks},
                                         {"failures", verification.failures}};
  const std::string text =
      object.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  return failure ? with_error(text, *failure) : text;
}

std::optional<Error> failure_of(const Verification& verification, const std::string& directory) {
  if (verification.failures.empty()) return std::nullopt;
  const std::size_t failed = verification.failures.size();
  return Error{ErrorKind::integrity,
               fmt::format("{} of {} checks failed; first: {}", failed, failed + verification.checks.size(),
                           verification.failures.front()),
               directory,
               "do not use these files before you know why",
               {}};
}

}  // namespace

int run_verify(const CommandLine& line) {
  Screen screen;
  const std::string& directory = line.operands.front();
  const bool json = line.says(options::json), quiet = line.says(options::quiet);
  screen.expect_json(json);
  if (!is_run(directory)) {
    return report_error(screen, Error{ErrorKind::usage,
                                      "not a run directory",
                                      directory,
                                      "name the directory that firmquery run wrote",
                                      {}});
  }
  const auto verification = verify_run(directory);
  if (!verification) return report_error(screen, verification.error());
  const std::optional<Error> failure = failure_of(*verification, directory);
  const std::string out = json    ? as_json(*verification, directory, failure)
                          : quiet ? ""
                                  : as_text(*verification);
  if (!screen.answer(out)) {
    return report_error(screen,
                        Error{ErrorKind::usage, "cannot write the checks", "standard output", {}, {}});
  }
  return failure ? report_error(screen, *failure) : 0;
}

}  // namespace firmquery::cli
