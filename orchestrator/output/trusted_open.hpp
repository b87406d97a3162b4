#pragma once

#include <filesystem>
#include <string_view>

#include "posix_file.hpp"

namespace firmquery {

// open(2) of root for a name that is created or written: in a directory that trusted_path.hpp accepts, and
// through its descriptor. The name itself is never followed; in a directory that others can write too, the
// file is root's.
Result<Descriptor> open_trusted(const std::filesystem::path& path, int flags, std::string_view action);

}  // namespace firmquery
