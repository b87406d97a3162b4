#include "firmquery/output/exceptions.hpp"

#include <filesystem>
#include <new>
#include <string>
#include <system_error>

#include "firmquery/output/files.hpp"

namespace firmquery {

Error as_error(const std::exception& thrown) {
  if (const auto* file = dynamic_cast<const std::filesystem::filesystem_error*>(&thrown)) {
    return file_failure(file->path1(), "use", file->code().value()).value();
  }
  if (const auto* system = dynamic_cast<const std::system_error*>(&thrown)) {
    return {
        ErrorKind::transient,
        "the system gives no more threads: " + system->code().message(),
        {},
        "allow this user more processes (ulimit -u) and the program more memory, or use fewer --connections",
        {}};
  }
  if (dynamic_cast<const std::bad_alloc*>(&thrown) != nullptr) {
    return {ErrorKind::transient,
            "out of memory",
            {},
            "free memory, raise the limit (ulimit -v, the container's), or give a shorter list",
            {}};
  }
  return {ErrorKind::integrity,
          std::string("a defect of the program: ") + thrown.what(),
          {},
          "please report it, with the run directory if there is one",
          {}};
}

}  // namespace firmquery
