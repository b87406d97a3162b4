// --on-finish: a program that is started when a run has ended, however it ended.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"

namespace firmquery::cli {

// The words of a command: separated by blanks; '...' and "..." hold a word together, and \ keeps the next character, but
// for in '...'. Nothing else means anything: no variables, patterns or pipes. Fails (kind usage) where a quote is not
// closed or there is no word.
Result<std::vector<std::string>> command_words(std::string_view command);

struct RunEnd {
  int exit_code = 0;
  std::string status;               // complete, partial, interrupted, failed, skipped
  std::string run_id;               // empty: it never began
  std::filesystem::path directory;  // likewise
};

// Waits for it, and ends it after `most`. It inherits the environment, with FIRMQUERY_STATUS, FIRMQUERY_EXIT_CODE,
// FIRMQUERY_RUN_ID, FIRMQUERY_RUN_DIRECTORY and FIRMQUERY_REPORT (the path of report.json; the last three are not there
// where the run never began). Its standard input is empty, and what it prints goes to standard error. Fails where it cannot
// be started, or ends otherwise than with 0.
Result<void> start_on_finish(const std::vector<std::string>& words, const RunEnd& end,
                             std::chrono::seconds most);

}  // namespace firmquery::cli
