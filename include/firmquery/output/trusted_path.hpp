// Where root may write. Who can write a directory can put a link there, and what root then creates, opens for
// writing, gives away or removes by a name in it is a file of that account's choosing. So, for root, each
// directory of a path from / on must belong to root and be writable by root alone; then names in it can be
// used without a second look. In a sticky directory (/tmp) that holds for what root owns there. Links are
// followed where only root could have made them.
//
// For every other user these functions look at nothing. They fail with kind usage, and name the directory and
// the remedy. Blocks on the file system only; thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>

#include "firmquery/core/error.hpp"

namespace firmquery {

// The directory exists, and root may work in it.
Result<void> check_trusted_directory(const std::filesystem::path& directory);
// The same for the first directory of the path that exists; the rest is still to be made.
Result<void> check_trusted_ancestor(const std::filesystem::path& directory);
// As check_trusted_directory(), and each entry is a directory of root or a regular file of root with no other
// name: what an account put there before the directory became root's would be written through.
Result<void> check_trusted_entries(const std::filesystem::path& directory);

// Of a file that says what root is to do (a job file): no other account can have written it. One that is not
// there is left to whoever opens it.
Result<void> check_trusted_source(const std::filesystem::path& file);

// Of a file that is created or appended to, before it is opened by its name. Makes missing parents.
Result<void> check_trusted_output(const std::filesystem::path& file);

enum class Passage : std::uint8_t { by_umask, for_all };  // for_all: mode 0755 whatever the umask
// Makes the directory and its parents where they are missing. Also for other users.
Result<void> make_directories(const std::filesystem::path& directory, Passage passage = Passage::by_umask);

}  // namespace firmquery
