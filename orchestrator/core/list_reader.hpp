// The items of a pasted list: separated by commas, semicolons, line ends and, where the list is of that kind,
// blanks; in 'single' or "double" quotes or none; with or without parentheses around.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "firmquery/core/error.hpp"

namespace firmquery {

enum class ListForm : std::uint8_t { bare, parenthesis, in_clause };

struct ListStart {
  ListForm form = ListForm::bare;
  std::size_t offset = 0;  // of the first item's text in the sample; as many characters are skipped
};

// Where the list stands in the sample: behind `IN (` of a statement, behind a first `(`, or all of it.
ListStart find_list(std::string_view sample);

// What separates items besides semicolons and line ends.
struct ListSeparators {
  bool commas = true;
  bool blanks = false;  // blanks and tabs, there being no commas
};

struct ListItem {
  std::string_view text;
  std::uint64_t line = 0;
  bool quoted = false;
  bool cut = false;         // longer than kRecordBytesMax
  bool blank = false;       // nothing between two separators
  std::uint64_t begin = 0;  // bytes of text before it and its quote
};

// start() a block, next() until it hands out false, and so on; finish() hands out a last item.
// Items do not depend on where blocks are cut. The views are valid until the next call.
class ListReader {
 public:
  ListReader(ListStart start, ListSeparators separators, std::string source_name)
      : form_(start.form), skip_(start.offset), separators_(separators), source_(std::move(source_name)) {}

  void start(std::string_view block);
  Result<bool> next(ListItem& item);
  Result<bool> finish(ListItem& item);
  std::uint64_t item_begin() const { return item_begin_; }  // of the item being read, or of the last
  bool unclosed_parenthesis() const { return form_ != ListForm::bare && state_ != State::behind; }

 private:
  enum class State : std::uint8_t { between, plain, quoted, quote_seen, behind };
  bool take_between(char character, ListItem& item);
  bool take_plain(ListItem& item);
  void take_quoted();
  Result<void> take_behind(char character);
  bool ends_plain(char character) const;
  bool is_separator(char character) const;
  void keep(std::string_view text);
  void hand_out(ListItem& item);
  void count_line_end(char character);
  Failure second_list() const;

  const ListForm form_;
  std::size_t skip_;
  const ListSeparators separators_;
  const std::string source_;
  std::string_view block_;
  std::uint64_t base_ = 0;  // bytes of text before the block
  std::size_t position_ = 0;
  std::uint64_t line_ = 1;
  bool after_cr_ = false;
  State state_ = State::between;
  char quote_ = 0;
  bool item_since_comma_ = false;
  std::string item_;
  std::uint64_t item_line_ = 1;
  std::uint64_t item_begin_ = 0;
  bool item_quoted_ = false, item_cut_ = false;
  int in_matched_ = 0;  // of a further "IN (" behind the list: letters seen, 3 with blanks behind them
  char behind_previous_ = ')';
};

}  // namespace firmquery
