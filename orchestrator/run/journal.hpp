// journal.jsonl: what is finished. First line: what the run is; then one line for each finished unit; each
// line is on disk before the next unit starts, and after the rows it speaks of.
#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "firmquery/digest.hpp"
#include "firmquery/plan.hpp"
#include "firmquery/run_directory.hpp"

namespace firmquery {

struct JournalHeader {
  std::string run_id, strategy, key, sql_digest, server;
  Digest ids_digest;
  std::uint64_t ids = 0;
  SnapshotReport snapshot;
  std::vector<Slice> slices;  // of the workers, in order
};

struct JournalUnit {
  unsigned worker = 0;
  Slice slice;
  std::uint64_t part_offset = 0;  // bytes of the worker's part file that belong to finished units
  std::uint64_t rows = 0, found = 0;
  Digest found_digest;
};

// Thread-safe.
class Journal {
 public:
  static Result<Journal> create(const std::filesystem::path& directory);
  Journal(Journal&& other) noexcept : lines_(std::move(other.lines_)) {}
  Result<void> header(const JournalHeader& header);
  Result<void> unit(const JournalUnit& unit);
  Result<void> complete();

 private:
  explicit Journal(JsonLines lines) : lines_(std::move(lines)) {}
  std::mutex mutex_;
  JsonLines lines_;
};

}  // namespace firmquery
