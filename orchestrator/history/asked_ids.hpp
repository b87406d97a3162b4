// The IDs that a run has asked for, in their order, with what became of each and the rows of those that were found:
// from the files of its directory alone, whatever their format. A run keeps no copy of its list, but each of its IDs
// is a key of the results, or missing, or unresolved.
//
// Memory: the rows of one range of the run, and beyond RowSorter's budget a file. Not thread-safe; not to be moved
// once it has begun.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/row_key.hpp"
#include "firmquery/output/journal.hpp"
#include "firmquery/output/row_sorter.hpp"
#include "firmquery/output/run_reader.hpp"

namespace firmquery {

enum class IdState : std::uint8_t { found, missing, unresolved };

class AskedIds {
 public:
  struct Options {
    bool rows = true;                  // false: next_row() gives none
    std::vector<std::size_t> columns;  // of the results, that make up a row; empty: all, as they are
    std::filesystem::path scratch;     // for rows that do not fit in memory
    std::stop_token stop;
  };
  // `run` must outlive it. Fails with kind usage where the run has no results to be read, integrity where its files contradict each other;
  // so do the others.
  static Result<AskedIds> open(const RunReader& run, Options options);

  Result<bool> next();  // to the next ID; false: there is none
  const std::string& id() const { return id_; }
  IdState state() const { return state_; }
  // Of a found ID, in the order of their bytes, without line feed; false: there are no more. Rows that are not taken
  // are passed over. Valid until the next call.
  Result<bool> next_row(std::string_view& row);

 private:
  // The rows of the results, as far as one range goes; ranges follow each other in the order of the IDs.
  class Found {
   public:
    Result<void> open(const RunReader& run, IdType type, Options options);
    Result<bool> next();  // to the next row
    std::string_view id() const { return sorter_->id(); }
    std::string_view row() const { return sorter_->row(); }

   private:
    Result<void> take(std::uint64_t rows);
    std::string_view row_text();
    std::unique_ptr<ResultRows> rows_;
    Options options_;
    IdType type_ = IdType::text;
    RowKey key_;
    std::vector<std::uint64_t> groups_;  // rows of each that is sorted by itself
    std::size_t group_ = 0;
    std::uint64_t taken_ = 0;
    std::optional<RowSorter> sorter_;
    bool giving_ = false;
    std::string id_, text_;
  };
  // One of the files of IDs.
  struct Side {
    std::optional<IdReader> reader;
    std::string_view id;
    bool there = false;
    std::uint64_t count = 0;
    Result<void> step();
  };

  explicit AskedIds(const RunReader& run, IdType type) : report_(&run.report()), type_(type) {}
  Result<void> pass_over_rows();
  Result<void> step_found();
  Result<void> check_counts() const;
  Failure contradiction(std::string message) const;

  const Report* report_;
  std::string directory_;
  IdType type_;
  Found found_;
  bool row_there_ = false;  // found_ stands at one
  bool row_taken_ = false;  // that was given
  std::uint64_t found_count_ = 0;
  Side missing_, unresolved_;
  std::string id_;
  IdState state_ = IdState::missing;
  bool begun_ = false;
};

}  // namespace firmquery
