#include "process_surroundings.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "firmquery/job/make_job.hpp"
#include "firmquery/output/files.hpp"
#include "screen.hpp"

namespace firmquery::cli {
namespace {

Result<std::string> read_standard_input() {
  constexpr std::size_t most = 64u << 20;
  std::string text;
  std::array<char, 65536> block;
  for (;;) {
    const ssize_t got = ::read(STDIN_FILENO, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_failure("standard input", "read", errno);
    if (got == 0) return text;
    text.append(block.data(), static_cast<std::size_t>(got));
    if (text.size() > most) {
      return fail(ErrorKind::usage, "the query is longer than 64 MiB", "standard input",
                  "give the list as a file with --ids, and the query with {ID_PLACEHOLDER}");
    }
  }
}

}  // namespace

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
  surroundings.read_input = read_standard_input;
  std::error_code gone;  // a directory that was removed: then relative paths fail where they are opened
  surroundings.directory = std::filesystem::current_path(gone);
  surroundings.paths_as_typed = true;
  return surroundings;
}

void set_kerberos_variables(const Settings& settings) {
  for (const auto& [name, value] : kerberos_variables(settings)) ::setenv(name.c_str(), value.c_str(), 1);
}

}  // namespace firmquery::cli
