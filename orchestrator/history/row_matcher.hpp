// Matches the rows that two runs have for one ID.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/history/diff.hpp"

namespace firmquery {

class RowMatcher {
 public:
  // `columns`: the names of the fields of the rows that are handed in.
  RowMatcher(std::vector<std::string> columns, DifferenceSink& sink)
      : columns_(std::move(columns)), sink_(sink) {}

  // Rows that the other run does not have in the same form.
  Result<void> only_then(std::string_view id, std::string_view row) { return keep(id, then_, row, false); }
  Result<void> only_now(std::string_view id, std::string_view row) { return keep(id, now_, row, true); }
  // All rows of the ID were handed in.
  Result<void> end(std::string_view id);

  std::uint64_t changed() const { return changed_; }
  std::uint64_t added() const { return added_; }
  std::uint64_t removed() const { return removed_; }

 private:
  Result<void> keep(std::string_view id, std::vector<std::string>& rows, std::string_view row, bool added);
  Result<void> tell(std::string_view id, std::string_view row, bool added);
  Result<void> compare(std::string_view id, std::string_view then, std::string_view now);
  std::size_t differing(std::string_view then, std::string_view now) const;

  const std::vector<std::string> columns_;
  DifferenceSink& sink_;
  std::vector<std::string> then_, now_;
  std::uint64_t changed_ = 0, added_ = 0, removed_ = 0;
};

}  // namespace firmquery
