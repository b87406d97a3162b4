// What the file classes of this module share: descriptors, whole writes at a position, durable names.
#pragma once

#include <fcntl.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "firmquery/core/error.hpp"
#include "firmquery/output/descriptor.hpp"

namespace firmquery {

inline constexpr std::size_t kFileBufferBytes = 256u << 10;

// open(2) with O_CLOEXEC; new files get mode 0600.
Result<Descriptor> open_descriptor(const std::filesystem::path& path, int flags, std::string_view action);

// The same for a file of a run directory, which may have come from anywhere: fails (kind integrity) when it
// is anything but a regular file, and never waits for one (a FIFO) or follows it (a link to a device).
Result<Descriptor> open_regular(const std::filesystem::path& path, int flags, std::string_view action);

// ".NAME.part" beside `final_path`. Fails (kind usage) when the path does not end in a file name.
Result<std::filesystem::path> temporary_path(const std::filesystem::path& final_path);

// Creates `path` for writing; what an abandoned run left there is replaced, never followed or appended to.
Result<Descriptor> create_new(const std::filesystem::path& path);

Result<std::uint64_t> size_of(int fd, const std::filesystem::path& path);

// Bytes read, 0 at the end of the file.
Result<std::size_t> read_some(int fd, char* buffer, std::size_t size, const std::filesystem::path& path);

// All of `bytes` at `position`. After a failure an unspecified part of them is in the file; a repetition at
// the same position is safe.
Result<void> write_at(int fd, std::string_view bytes, std::uint64_t position,
                      const std::filesystem::path& path);

// Writes through `buffer`, which holds the last bytes before `offset`; both advance only on success.
Result<void> write_buffered(int fd, std::string& buffer, std::uint64_t& offset, std::string_view bytes,
                            const std::filesystem::path& path);
Result<void> flush_buffer(int fd, std::string& buffer, std::uint64_t offset,
                          const std::filesystem::path& path);

// Has what was written since `from` go to disk meanwhile, where there is much of it, so that a sync has less to wait for;
// `from` is then the end of that. A hint: what comes of it the sync tells.
void write_back_early(int fd, std::uint64_t& from, std::uint64_t end);

Result<void> sync_file(int fd, const std::filesystem::path& path);

// fsync of the file, rename, fsync of the directory: afterwards `to` is whole and survives a power cut.
// Closes `file` whatever happens: a failed sync is final for what it covered, and a second one
// could succeed over lost pages. When the new name cannot be made durable it is taken back.
Result<void> publish(Descriptor& file, const std::filesystem::path& from, const std::filesystem::path& to);

// Makes names created in or removed from the directory of `path` durable.
Result<void> sync_directory_of(const std::filesystem::path& path);

}  // namespace firmquery
