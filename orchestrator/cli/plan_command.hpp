// `plan`: the dry run of `run`, as text or JSON on standard output.
#pragma once

#include <string>

#include "command_line.hpp"
#include "firmquery/plan_report.hpp"

namespace firmquery::cli {

int run_plan(const CommandLine& line);

// Starts the private local server for a job that names none. Before the signals are taken over, so that the
// server does not inherit them blocked.
Result<void> start_embedded_server(Job& job);

std::string plan_text(const PlanReport& plan);

}  // namespace firmquery::cli
