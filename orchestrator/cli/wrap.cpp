#include "wrap.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "firmquery/job/option_table.hpp"

namespace firmquery::cli {
namespace {

std::size_t columns(std::string_view text) {
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
  return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues));
}

bool ends_in_digit(std::string_view word) {
  return !word.empty() && word.back() >= '0' && word.back() <= '9';
}

// What must stay in one line: a word, or numbers and the word behind them.
std::vector<std::string_view> pieces(std::string_view clause, std::size_t room) {
  std::vector<std::string_view> found;
  std::size_t begin = 0;
  while (begin < clause.size()) {
    std::size_t end = std::min(clause.find(' ', begin), clause.size());
    while (end < clause.size() && ends_in_digit(clause.substr(begin, end - begin))) {
      const std::size_t next = std::min(clause.find(' ', end + 1), clause.size());
      if (columns(clause.substr(begin, next - begin)) > room) break;
      end = next;
    }
    found.push_back(clause.substr(begin, end - begin));
    begin = std::min(end + 1, clause.size());
  }
  return found;
}

std::vector<std::string_view> clauses(std::string_view text) {
  std::vector<std::string_view> found;
  while (true) {
    const std::size_t end = text.find("; ");
    if (end == std::string_view::npos) break;
    found.push_back(text.substr(0, end + 1));
    text.remove_prefix(end + 2);
  }
  found.push_back(text);
  return found;
}

class Lines {
 public:
  Lines(std::size_t indent, std::size_t used) : indent_(indent), used_(used) {}

  bool fits(std::string_view piece) const {
    return used_ + (fresh_ ? 0 : 1) + columns(piece) <= text_width();
  }
  bool fits_a_line(std::string_view piece) const { return indent_ + columns(piece) <= text_width(); }
  void add(std::string_view piece) {
    if (!fits(piece) && (!fresh_ || (used_ > indent_ && fits_a_line(piece)))) {
      text_.append("\n").append(indent_, ' ');
      used_ = indent_;
      fresh_ = true;
    }
    if (!fresh_) text_ += ' ';
    used_ += columns(piece) + (fresh_ ? 0 : 1);
    text_ += piece;
    fresh_ = false;
  }
  std::string take() { return std::move(text_); }

 private:
  const std::size_t indent_;
  std::size_t used_;
  bool fresh_ = true;  // nothing is in the line yet
  std::string text_;
};

}  // namespace

std::size_t text_width() {
  constexpr std::size_t usual = 80, least = 40;
  const char* columns = std::getenv("COLUMNS");
  const std::size_t width = columns == nullptr ? 0 : std::strtoul(columns, nullptr, 10);
  return width < least ? usual : width;
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t used) {
  if (used + columns(text) <= text_width()) return std::string(text);
  Lines lines(indent, used);
  bool first = true;
  for (const std::string_view clause : clauses(text)) {
    // Not the first: its place is behind the label or the program's name.
    if (lines.fits(clause) || (!first && lines.fits_a_line(clause))) {
      lines.add(clause);
    } else {
      for (const std::string_view piece : pieces(clause, text_width() - indent)) lines.add(piece);
    }
    first = false;
  }
  return lines.take();
}

std::string wrapped_lines(std::string_view text, std::size_t more) {
  std::string out;
  bool first = true;
  for (const std::string_view line : split(text, '\n')) {
    const std::size_t spaces = std::min(line.find_first_not_of(' '), line.size());
    if (!first) out += '\n';
    first = false;
    out.append(spaces, ' ').append(wrapped(line.substr(spaces), spaces + more, spaces));
  }
  return out;
}

}  // namespace firmquery::cli
