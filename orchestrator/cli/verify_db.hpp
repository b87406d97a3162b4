// verify --db: the server is asked again about a run that its files have been verified of.
#pragma once

#include <tl/expected.hpp>

#include "command_line.hpp"
#include "firmquery/run/recheck_run.hpp"
#include "screen.hpp"

namespace firmquery::cli {

// By the run's own options, and what was typed over them. Errors go to the screen; the failure is then the exit code.
tl::expected<RecheckedRun, int> ask_server(const CommandLine& line, Screen& screen);

}  // namespace firmquery::cli
