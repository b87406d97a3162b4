// `doctor`: checks of everything a run depends on; with --clean-staging, the staging tables of earlier runs.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "command_line.hpp"
#include "firmquery/preflight/doctor.hpp"

namespace firmquery::cli {

int run_doctor(const CommandLine& line);

// "90s", "30min", "1h", "2d". Fails with kind usage.
Result<std::chrono::seconds> parse_age(std::string_view text);

std::string diagnosis_text(const Diagnosis& diagnosis);

}  // namespace firmquery::cli
