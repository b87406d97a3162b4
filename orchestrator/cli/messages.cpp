#include "messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "answer.hpp"
#include "firmquery/db/secrets.hpp"
#include "wrap.hpp"

namespace firmquery::cli {
namespace {

std::string tagged(const Screen& screen, std::string_view word, std::string_view colour,
                   std::string_view text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string start = fmt::format("firmquery: {}: ", word);
  const std::string first = wrapped(text.substr(0, end), 4, start.size());
  const std::string rest = wrapped_lines(text.substr(end), 0);
  if (!screen.colour()) return start + first + rest;
  return fmt::format("firmquery: \033[1;{}m{}:\033[0m {}{}", colour, word, first, rest);
}

}  // namespace

int report_error(Screen& screen, const Error& error) {
  return report_errors(screen, {error});
}

int report_errors(Screen& screen, const std::vector<Error>& errors) {
  if (errors.empty()) return 0;
  for (const Error& error : errors) {
    Error shown = error;
    shown.place = without_secret(error.place);  // a path that is a DSN put in the wrong place
    screen.line(tagged(screen, "error", "31", shown.to_string()));
  }
  if (screen.owes_json()) screen.answer(failure_json(errors));
  return exit_code(errors.front().kind);
}

void report_warning(Screen& screen, std::string_view text) {
  screen.line(tagged(screen, "warning", "33", text));
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string byte_count(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes);
  const char* unit = "B";
  for (const char* next : {"KiB", "MiB", "GiB", "TiB"}) {
    if (value < 1024) break;
    value /= 1024;
    unit = next;
  }
  return fmt::format("{:.1f} {}", value, unit);
}

}  // namespace firmquery::cli
