#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "answer.hpp"
#include "commands.hpp"
#include "firmquery/job/options.hpp"
#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/audit_copies.hpp"
#include "firmquery/output/run_directory.hpp"
#include "messages.hpp"
#include "screen.hpp"
#include "summary.hpp"
#include "verify_db.hpp"
#include "wrap.hpp"

namespace firmquery::cli {
namespace {

constexpr Option<bool> kDb{"db"};

// A run that lacks a file has failed its checks; a directory that has none of them was never a run.
bool is_run(const std::filesystem::path& directory) {
  std::error_code ignored;
  for (const Artifact artifact : {Artifact::manifest, Artifact::journal, Artifact::audit}) {
    if (std::filesystem::exists(artifact_path(directory, artifact), ignored)) return true;
  }
  return false;
}

const char* at_which_instant(const RecheckedRun& again) {
  return again.at_its_instant ? "at the run's instant" : "as of now";
}

// What the server says now; a failure only where that is what it held at the run's instant.
void add_answer(const RecheckedRun& again, Verification& verification) {
  const RecheckReport& recheck = again.recheck;
  if (recheck.wrong() == 0) {
    verification.checks.push_back("the server was asked again: " +
                                  recheck_sentence(recheck, at_which_instant(again)));
  } else if (again.at_its_instant) {
    verification.failures.push_back(fmt::format("the server was asked again: {}, such as: {}",
                                                recheck_sentence(recheck, at_which_instant(again)),
                                                fmt::join(recheck.examples, "; ")));
  }
}

// Of what may have changed since the run.
std::string differences(const RecheckedRun& again) {
  if (again.at_its_instant || again.recheck.wrong() == 0) return {};
  return fmt::format(
      "the server was asked again: {}, such as: {}; these have changed since, or were wrong then",
      recheck_sentence(again.recheck, at_which_instant(again)), fmt::join(again.recheck.examples, "; "));
}

std::string as_text(const Verification& verification) {
  std::string out;
  for (const std::string& check : verification.checks) out += "ok    " + wrapped(check, 6, 6) + "\n";
  for (const std::string& failure : verification.failures) out += "FAIL  " + wrapped(failure, 6, 6) + "\n";
  return out;
}

std::string as_json(const Verification& verification, const std::string& directory,
                    const std::optional<RecheckedRun>& again, const std::optional<Error>& failure) {
  nlohmann::ordered_json object = {{"directory", directory},
                                   {"status", failure ? "failed" : "verified"},
                                   {"verified", !failure},
                                   {"checks", verification.checks},
                                   {"failures", verification.failures}};
  if (again) {
    object["db"] = {{"at_the_runs_instant", again->at_its_instant}};
    object["db"].update(nlohmann::ordered_json::parse(recheck_to_json(again->recheck)));
  }
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

// The log of all runs against the run's own.
void compare_with_audit_file(const CommandLine& line, const std::string& directory,
                             Verification& verification) {
  const std::string file = line.flags.at(options::audit_file).back();
  const auto manifest = read_manifest(directory);
  if (!manifest) return;  // which has been said
  const auto compared = compare_audit_file(file, directory, manifest->run_id);
  if (!compared) return verification.failures.push_back(compared.error().to_string());
  for (const std::string& difference : compared->differences) verification.failures.push_back(difference);
  if (compared->differences.empty())
    verification.checks.push_back(fmt::format("{} has the {} events of audit.jsonl", file, compared->same));
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
  auto verification = verify_run(directory);
  if (!verification) return report_error(screen, verification.error());
  if (line.flags.contains(options::audit_file)) compare_with_audit_file(line, directory, *verification);
  std::optional<RecheckedRun> again;
  // What the files say is worth asking about only where it is what the run said.
  if (line.says(kDb) && verification->failures.empty()) {
    auto answered = ask_server(line, screen);
    if (!answered) return answered.error();
    again = *std::move(answered);
    add_answer(*again, *verification);
  }
  const std::optional<Error> failure = failure_of(*verification, directory);
  std::string out;
  if (json) {
    out = as_json(*verification, directory, again, failure);
  } else if (!quiet) {
    out = as_text(*verification);
    const std::string differ = again ? differences(*again) : "";
    if (!differ.empty()) out += "DIFF  " + wrapped(differ, 6, 6) + "\n";
  }
  if (!screen.answer(out)) {
    return report_error(screen,
                        Error{ErrorKind::usage, "cannot write the checks", "standard output", {}, {}});
  }
  return failure ? report_error(screen, *failure) : 0;
}

}  // namespace firmquery::cli
