// Messages of the program itself: "firmquery: error: place: what" and the remedy below.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"
#include "screen.hpp"

namespace firmquery::cli {

// Each prints to the screen, and the JSON object where one is owed; the return value is the exit code of the
// (first) error.
int report_error(Screen& screen, const Error& error);
int report_errors(Screen& screen, const std::vector<Error>& errors);
void report_warning(Screen& screen, std::string_view text);

std::string grouped(std::uint64_t number);    // 1,234,567
std::string byte_count(std::uint64_t bytes);  // "512 B", "43.1 MiB"

}  // namespace firmquery::cli
