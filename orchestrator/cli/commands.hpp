// The commands: each takes what the user typed and returns the exit code.
#pragma once

#include "command_line.hpp"

namespace firmquery::cli {

int run_run(const CommandLine& line);
int run_resume(const CommandLine& line);
int run_clean(const CommandLine& line);
int run_verify(const CommandLine& line);
int run_history(const CommandLine& line);
int run_compare(const CommandLine& line);
int run_diff(const CommandLine& line);
int run_keep(const CommandLine& line);
int run_local(const CommandLine& line);
int run_config(const CommandLine& line);
int run_version(const CommandLine& line);

// The program: parse -> command -> exit code. Passwords in the arguments are overwritten.
int run_program(int argc, char** argv);

}  // namespace firmquery::cli
