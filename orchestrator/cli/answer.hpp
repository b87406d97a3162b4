// The one JSON object that --json prints on standard output, whatever the end: the report of a run, or why
// there is none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/report.hpp"

namespace firmquery::cli {

// {"schema":1,"status":"failed|interrupted","exit_code":N,"error":{...}}, the first error, and all of them as
// "errors" where there are several. Requires one at least.
std::string failure_json(const std::vector<Error>& errors);

// {"schema":1,"status":"skipped","exit_code":7,"reason":"..."}
std::string skipped_json(std::string_view reason);

// What a command found, a JSON object, with "error" and, where it has none, "status": "failed".
std::string with_error(const std::string& found, const Error& error);

// The report as report.json has it, and "error" or "breached" where there is one.
std::string report_json(const Report& report, const Error* error, const std::vector<std::string>& breached);

}  // namespace firmquery::cli
