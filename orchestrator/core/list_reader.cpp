#include "list_reader.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "firmquery/core/id_type.hpp"
#include "record_reader.hpp"

namespace firmquery {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

bool is_line_end(char character) {
  return character == '\n' || character == '\r';
}
bool is_space(char character) {
  return character == ' ' || character == '\t' || character == '\v' || character == '\f' ||
         is_line_end(character);
}
bool is_word(char character) {
  return std::isalnum(static_cast<unsigned char>(character)) != 0 || character == '_' ||
         (static_cast<unsigned char>(character) & 0x80) != 0;
}
char lower(char character) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
}

// Behind the parenthesis of the first `IN (` outside quotes, or npos.
std::size_t find_in_clause(std::string_view text) {
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char character = text[i];
    if (quote != 0) {
      if (character == quote) quote = 0;
      continue;
    }
    const bool word_before = i > 0 && is_word(text[i - 1]);
    if ((character == '\'' || character == '"') && !word_before) {
      quote = character;
    } else if (lower(character) == 'i' && !word_before && i + 1 < text.size() && lower(text[i + 1]) == 'n') {
      const std::size_t next = text.find_first_not_of(" \t\r\n", i + 2);
      if (next != kNone && text[next] == '(') return next + 1;
    }
  }
  return kNone;
}

bool has_statement_word(std::string_view text) {
  std::string word;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && is_word(text[i])) {
      word += lower(text[i]);
      continue;
    }
    if (word == "select" || word == "where" || word == "and" || word == "or" || word == "having" ||
        word == "on") {
      return true;
    }
    word.clear();
  }
  return false;
}

std::size_t closing_parenthesis(std::string_view text, std::size_t from) {
  char quote = 0;
  for (std::size_t i = from; i < text.size(); ++i) {
    if (quote != 0) {
      if (text[i] == quote) quote = 0;
    } else if (text[i] == ')') {
      return i;
    } else if ((text[i] == '\'' || text[i] == '"') && !is_word(text[i - 1])) {
      quote = text[i];
    }
  }
  return kNone;
}

// A name such as "Firm in (liquidation)" among other lines is not a statement.
bool reads_as_statement(std::string_view text, std::size_t begin) {
  const std::string_view before = text.substr(0, begin);
  if (has_statement_word(before)) return true;
  if (trim_id(before).find_first_of("\r\n") != kNone) return false;
  const std::size_t end = closing_parenthesis(text, begin);
  if (end == kNone) return true;
  const std::string_view behind = trim_id(text.substr(end + 1));
  return behind.find_first_of("\r\n") == kNone || has_statement_word(behind.substr(0, 8));
}

}  // namespace

ListStart find_list(std::string_view sample) {
  const std::size_t first = sample.find_first_not_of(" \t\r\n");
  if (first == kNone) return {};
  if (sample[first] == '(') {
    const std::size_t end = closing_parenthesis(sample, first + 1);
    const std::size_t behind = end == kNone ? kNone : sample.find_first_not_of(" \t\r\n,;", end + 1);
    if (behind == kNone || (sample[behind] == '(' && sample.find(',', end) < behind)) {
      return {ListForm::parenthesis, first + 1};
    }
  }
  const std::size_t begin = find_in_clause(sample);
  if (begin != kNone && reads_as_statement(sample, begin)) return {ListForm::in_clause, begin};
  return {};
}

void ListReader::start(std::string_view block) {
  base_ += block_.size();
  block_ = block;
  position_ = 0;
}

void ListReader::count_line_end(char character) {
  if (character == '\r' || (character == '\n' && !after_cr_)) ++line_;
  after_cr_ = character == '\r';
}

void ListReader::keep(std::string_view text) {
  const std::size_t room = kRecordBytesMax - item_.size();
  if (text.size() > room) item_cut_ = true;
  item_ += text.substr(0, room);
}

void ListReader::hand_out(ListItem& item) {
  item = {item_, item_line_, item_quoted_, item_cut_, false, item_begin_};
  state_ = State::between;
  item_since_comma_ = true;
}

Result<bool> ListReader::next(ListItem& item) {
  while (position_ < block_.size()) {
    if (skip_ > 0) {
      --skip_;
      count_line_end(block_[position_++]);
      continue;
    }
    switch (state_) {
      case State::between:
        if (take_between(block_[position_], item)) return true;
        break;
      case State::plain:
        if (take_plain(item)) return true;
        break;
      case State::quoted:
        take_quoted();
        break;
      case State::quote_seen:
        if (block_[position_] == quote_) {
          keep(block_.substr(position_++, 1));
          state_ = State::quoted;
        } else {
          state_ = State::plain;  // what follows the closing quote belongs to the item
        }
        break;
      case State::behind:
        FQ_TRY(take_behind(block_[position_]));
        break;
    }
  }
  return false;
}

// Returns whether `item` was set: to a blank one, between two commas.
bool ListReader::take_between(char character, ListItem& item) {
  count_line_end(character);
  if (is_space(character)) {
    ++position_;
    return false;
  }
  if (is_separator(character)) {
    ++position_;
    const bool blank = !item_since_comma_;
    item_since_comma_ = false;
    if (blank) item = {{}, line_, false, false, true, base_ + position_ - 1};
    return blank;
  }
  if (character == ')' && form_ != ListForm::bare) {
    ++position_;
    state_ = State::behind;
    return false;
  }
  item_.clear();
  item_line_ = line_;
  item_begin_ = base_ + position_;
  item_cut_ = false;
  item_quoted_ = character == '\'' || character == '"';
  if (item_quoted_) {
    quote_ = character;
    ++position_;
  }
  state_ = item_quoted_ ? State::quoted : State::plain;
  return false;
}

bool ListReader::is_separator(char character) const {
  return character == ';' || (character == ',' && separators_.commas);
}

bool ListReader::ends_plain(char character) const {
  return is_separator(character) || is_line_end(character) || (character == ')' && form_ != ListForm::bare) ||
         (separators_.blanks && is_space(character));
}

bool ListReader::take_plain(ListItem& item) {
  std::size_t end = position_;
  while (end < block_.size() && !ends_plain(block_[end])) ++end;
  const std::string_view part = block_.substr(position_, end - position_);
  keep(part);
  after_cr_ = after_cr_ && part.empty();
  position_ = end;
  if (end == block_.size()) return false;
  hand_out(item);
  return true;
}

void ListReader::take_quoted() {
  const std::size_t quote = std::min(block_.find(quote_, position_), block_.size());
  const std::string_view part = block_.substr(position_, quote - position_);
  for (const char character : part) count_line_end(character);
  keep(part);
  position_ = quote;
  if (quote == block_.size()) return;
  after_cr_ = false;
  ++position_;
  state_ = State::quote_seen;
}

Failure ListReader::second_list() const {
  return fail(ErrorKind::usage, "a second parenthesised list starts behind the first",
              source_ + ":" + std::to_string(line_), "leave one IN (...) list in the input");
}

Result<void> ListReader::take_behind(char character) {
  count_line_end(character);
  ++position_;
  if (form_ == ListForm::parenthesis) {
    if (character == '(') return second_list();
    if (is_space(character) || is_separator(character)) return {};
    return fail(ErrorKind::usage, "text follows the closing parenthesis of the list",
                source_ + ":" + std::to_string(line_),
                "remove it, or say --input-format lines if the parentheses belong to the IDs");
  }
  if (character == '(' && in_matched_ >= 2) return second_list();
  const bool word_before = is_word(behind_previous_);
  const char letter = lower(character);
  if (letter == 'i' && !word_before) {
    in_matched_ = 1;
  } else if (letter == 'n' && in_matched_ == 1) {
    in_matched_ = 2;
  } else if (!is_space(character) || in_matched_ < 2) {
    in_matched_ = 0;
  }
  behind_previous_ = character;
  return {};
}

Result<bool> ListReader::finish(ListItem& item) {
  if (state_ == State::quoted) {
    return fail(ErrorKind::usage, "a quote is never closed", source_ + ":" + std::to_string(item_line_),
                "close the quote, or say --input-format lines if quotes belong to the IDs");
  }
  if (state_ != State::plain && state_ != State::quote_seen) return false;
  hand_out(item);
  return true;
}

}  // namespace firmquery
