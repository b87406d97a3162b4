// `firmquery demo [--out DIR]`: sample data in the private local server, then the main job on it, checked.
#pragma once

#include <filesystem>
#include <stop_token>

#include "command_line.hpp"
#include "demo_data.hpp"
#include "firmquery/core/error.hpp"
#include "screen.hpp"

namespace firmquery::cli {

// Returns the exit code: 3 when a figure is not what the data say it has to be.
int run_demo(const CommandLine& line);

// The demo itself: tells on standard output what it does; everything it writes is below `out`, which must not
// exist or be empty, and in the schema `demo` of the local server's database.
Result<void> demonstrate(const std::filesystem::path& out, const FirmSize& size, Screen& screen,
                         std::stop_token stop);

}  // namespace firmquery::cli
