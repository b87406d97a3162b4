// A stretch of the list on its way to the merged files: its lines, then the rows that belong to them, then the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/id_type.hpp"
#include "firmquery/core/list_record.hpp"
#include "firmquery/core/plan.hpp"
#include "publishing/row_index.hpp"

namespace firmquery {

// What is known of an ID that has no row, in words for the column `reason`; empty: nothing. Called by several threads.
using Suggestion = std::function<std::string(std::size_t rank)>;

// What the lines are held against. Read by several threads.
struct MergeAnswer {
  std::vector<RowIndex> shares;   // in order
  std::vector<Slice> unresolved;  // likewise
  std::size_t result_columns = 0;
  RecordForm form;
  bool first_row_only = false;
  Suggestion suggestion;
};

// Room for the text of a batch, used again for one after the other.
struct MergeRoom {
  std::unique_ptr<char[]> text;
  std::size_t size = 0;
};

// Filled by one thread, fetched and written by another; clear() makes it a new one that keeps its memory.
class MergeBatch {
 public:
  static constexpr std::size_t kLinesMax = 1 << 15;
  static constexpr std::size_t kTextMax = 2u << 20;

  // How many lines find room, where each has about so many bytes, its rows and empty columns included.
  static std::size_t lines_for(std::uint64_t bytes);

  bool full(std::size_t lines) const { return lines_.size() >= lines || text_.size() >= kTextMax; }
  bool empty() const { return lines_.empty(); }
  void clear();

  // The next record, which is blank unless something else is said of it. Returns its number in the batch.
  std::size_t add(std::string_view record);
  void is_rejected(std::size_t line, IdProblem problem);
  void is_id(std::size_t line, std::size_t rank);
  void is_duplicate(std::size_t line, std::size_t rank, std::uint64_t first_line);

  // Makes the text of its lines and their rows in the room, as far as they fit into a few MiB.
  void fetch(const MergeAnswer& answer, MergeRoom& room);

  // Gives everything as CSV, in blocks of whole records, `room` being the one that it was fetched into. `rows` is told how
  // many there were.
  using Take = std::function<Result<void>(std::string_view csv)>;
  Result<void> write(const MergeAnswer& answer, const MergeRoom& room, const Take& take,
                     std::uint64_t& rows) const;

 private:
  enum class Kind : std::uint8_t { blank, rejected, id, duplicate };
  static constexpr std::uint32_t kNoRoom = ~std::uint32_t{0};

  struct Line {
    Kind kind = Kind::blank;
    IdProblem problem = IdProblem::none;
    bool several = false;  // rows, of those in the room
    std::uint32_t share = 0;
    std::uint32_t text_end = 0;
    std::uint32_t prefix_end = 0;
    std::uint32_t room = kNoRoom;  // where its prefix stands there, and then its rows
    RowPlace place;
    std::uint64_t rank = 0, first_line = 0;
  };
  struct KeyedLine {
    std::uint64_t key;
    std::uint32_t line;
  };
  class Writing;

  void sort_keyed();
  void find_rows(const MergeAnswer& answer);
  void make_prefixes(const MergeAnswer& answer);
  void append_status(const MergeAnswer& answer, const Line& line);
  void make_room(const MergeAnswer& answer, MergeRoom& room);
  void copy_rows(const MergeAnswer& answer, char* room);
  void copy_rows(const RowIndex& share, char* room);
  std::size_t prefix_size(std::size_t line) const {
    return lines_[line].prefix_end - (line == 0 ? 0 : lines_[line - 1].prefix_end);
  }

  std::string text_;  // of the records, one after the other
  std::vector<Line> lines_;
  std::string
      prefixes_;  // of the lines: their own columns, status and reason, up to the first column of the result
  std::string scratch_;
  std::vector<KeyedLine> keyed_, sorted_;
};

}  // namespace firmquery
