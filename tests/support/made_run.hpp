// A run directory without a server: what a run that gave a certain answer would have left, as far as the readers of
// finished runs go.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "firmquery/core/id_type.hpp"
#include "firmquery/output/compression.hpp"
#include "support/random.hpp"

namespace firmquery::test {

using MadeRow = std::vector<std::optional<std::string>>;  // without the key

struct MadeRun {
  IdType type = IdType::text;
  std::string key = "id";
  std::vector<std::string> columns = {"id", "name", "city"};  // the key is the first
  std::map<std::string, std::vector<MadeRow>> found;          // each with one row at least
  std::set<std::string> missing, unresolved;                  // canonical IDs
  // Of the missing IDs, as missing.csv has them in a run of a job with history; none: of an earlier version, or without.
  std::optional<std::map<std::string, std::pair<std::string, std::uint64_t>>> ages = {};
  std::string run_id = "20260101T000000Z-0a1b2c", status = "complete";
  std::string read_at = "2026-01-01T00:00:00.000Z";
  std::string job_file = {}, pattern = {};  // of the job it is one of
  std::string format = "csv";
  Compression compression = Compression::none;
  bool spreadsheet_safe = false;
  std::size_t unit_ids = 100;   // of the ranges it was read in
  bool ranges_in_order = true;  // false: one was set aside, and read last
  std::size_t shares = 2;
};

// Rows of a range are written in any order. The directory must not be there.
void write_run(const std::filesystem::path& directory, const MadeRun& run, Random& random);

}  // namespace firmquery::test
