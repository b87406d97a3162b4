// What a person reads at the end: aligned, on standard error.
#pragma once

#include <string>
#include <string_view>

#include "firmquery/job/job.hpp"
#include "firmquery/run/input.hpp"
#include "firmquery/run/run.hpp"

namespace firmquery::cli {

std::string run_summary(const Job& job, const RunOutcome& outcome);
// The second proof in one sentence without its full stop. `when`: "at the same instant".
std::string recheck_sentence(const RecheckReport& recheck, std::string_view when);
std::string input_summary(const InputOptions& options, const CleanedInput& input,
                          const std::string& directory);

}  // namespace firmquery::cli
