// `plan`: the dry run of `run`, as text or JSON on standard output.
#pragma once

#include <string>

#include "command_line.hpp"
#include "firmquery/preflight/plan_report.hpp"

namespace firmquery::cli {

int run_plan(const CommandLine& line);

std::string plan_text(const PlanReport& plan);

}  // namespace firmquery::cli
