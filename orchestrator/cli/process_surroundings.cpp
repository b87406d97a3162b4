#include "process_surroundings.hpp"

#include <unistd.h>

#include <cstdlib>
#include <system_error>

#include "firmquery/job/make_job.hpp"
#include "screen.hpp"

namespace firmquery::cli {

Surroundings process_surroundings() {
  Surroundings surroundings;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t sign = text.find('=');
    if (sign == std::string_view::npos) continue;
    // The first of two of one name, as getenv() has it.
    surroundings.environment.emplace(text.substr(0, sign), text.substr(sign + 1));
  }
  surroundings.now = std::chrono::system_clock::now();
  surroundings.input_is_terminal = is_terminal(0);
  std::error_code gone;  // a directory that was removed: then relative paths fail where they are opened
  surroundings.directory = std::filesystem::current_path(gone);
  surroundings.paths_as_typed = true;
  return surroundings;
}

void set_kerberos_variables(const Settings& settings) {
  for (const auto& [name, value] : kerberos_variables(settings)) ::setenv(name.c_str(), value.c_str(), 1);
}

}  // namespace firmquery::cli
