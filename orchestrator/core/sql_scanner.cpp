#include "sql_scanner.hpp"

#include <algorithm>

#include "digits.hpp"

namespace firmquery {
namespace {

bool is_sql_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
bool starts_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool continues_word(char c) {
  return starts_word(c) || is_digit(c) || c == '$';
}

std::string lower_ascii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

class Scanner {
 public:
  Scanner(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  Result<Scan> run() {
    while (at_ < text_.size()) FQ_TRY(step());
    if (!open_.empty()) {
      return fail(ErrorKind::query, "a parenthesis is never closed",
                  place_of(text_, name_, scan_.tokens[open_.back()].begin), "close it");
    }
    return std::move(scan_);
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  Result<void> step() {
    const char c = peek();
    if (is_sql_space(c)) return ++at_, Result<void>();
    if (c == '-' && peek(1) == '-') return line_comment(), Result<void>();
    if (c == '/' && peek(1) == '*') return block_comment();
    if (c == '\'') return quoted(TokenKind::string, at_, '\'', false);
    if (c == '"') return quoted(TokenKind::quoted_identifier, at_, '"', false);
    if ((c == 'e' || c == 'E') && peek(1) == '\'')
      return ++at_, quoted(TokenKind::string, at_ - 1, '\'', true);
    if (c == '$' && is_digit(peek(1))) return run_of(TokenKind::parameter, 1, is_digit), Result<void>();
    if (c == '$') return dollar_string();
    if (text_.substr(at_, id_placeholder.size()) == id_placeholder) {
      return push(TokenKind::placeholder, at_, at_ + id_placeholder.size()), Result<void>();
    }
    if (text_.substr(at_, ids_relation.size()) == ids_relation) {
      return push(TokenKind::relation, at_, at_ + ids_relation.size()), Result<void>();
    }
    if (is_digit(c)) {
      return run_of(TokenKind::number, 0, [](char d) { return is_digit(d) || d == '.'; }), Result<void>();
    }
    if (starts_word(c)) return run_of(TokenKind::word, 0, continues_word), Result<void>();
    return symbol();
  }

  void push(TokenKind kind, std::size_t begin, std::size_t end) {
    Token token{kind, begin, end, open_.empty() ? no_group : open_.back(), {}};
    std::string_view piece = text_.substr(begin, end - begin);
    if (kind == TokenKind::word) {
      token.lower = lower_ascii(piece);
    } else if (kind == TokenKind::quoted_identifier) {
      for (std::size_t i = 1; i + 1 < piece.size(); ++i) {
        token.lower += piece[i];
        if (piece[i] == '"') ++i;
      }
    } else {
      token.lower = piece;
    }
    scan_.tokens.push_back(std::move(token));
    at_ = end;
  }

  template <class Predicate>
  void run_of(TokenKind kind, std::size_t skip, Predicate member) {
    std::size_t end = at_ + skip;
    while (end < text_.size() && member(text_[end])) ++end;
    push(kind, at_, end);
  }

  void note_hidden(std::size_t begin, std::size_t end) {
    for (std::size_t hit = text_.find(id_placeholder, begin); hit < end;
         hit = text_.find(id_placeholder, hit + 1)) {
      scan_.hidden_placeholders.push_back(hit);
    }
  }

  void line_comment() {
    const std::size_t begin = at_;
    at_ = std::min(text_.find('\n', at_), text_.size());
    note_hidden(begin, at_);
  }

  Result<void> block_comment() {
    const std::size_t begin = at_;
    int depth = 0;
    do {
      if (at_ >= text_.size()) return unterminated("comment", begin, "*/");
      if (peek() == '/' && peek(1) == '*') {
        ++depth, at_ += 2;
      } else if (peek() == '*' && peek(1) == '/') {
        --depth, at_ += 2;
      } else {
        ++at_;
      }
    } while (depth > 0);
    note_hidden(begin, at_);
    return {};
  }

  Result<void> quoted(TokenKind kind, std::size_t begin, char quote, bool backslash) {
    for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
      if (backslash && text_[i] == '\\') {
        ++i;
      } else if (text_[i] == quote) {
        if (i + 1 < text_.size() && text_[i + 1] == quote) {
          ++i;
          continue;
        }
        note_hidden(begin, i);
        push(kind, begin, i + 1);
        return {};
      }
    }
    return unterminated(quote == '"' ? "quoted name" : "string", begin, std::string(1, quote));
  }

  Result<void> dollar_string() {
    const std::size_t begin = at_;
    std::size_t tag_end = at_ + 1;
    while (tag_end < text_.size() && (starts_word(text_[tag_end]) || is_digit(text_[tag_end]))) ++tag_end;
    if (tag_end >= text_.size() || text_[tag_end] != '$') return symbol();
    const std::string_view tag = text_.substr(begin, tag_end + 1 - begin);
    const std::size_t close = text_.find(tag, tag_end + 1);
    if (close == std::string_view::npos) return unterminated("string", begin, std::string(tag));
    note_hidden(begin, close);
    push(TokenKind::string, begin, close + tag.size());
    return {};
  }

  Result<void> symbol() {
    const char c = peek();
    if (c == ')') {
      if (open_.empty()) {
        return fail(ErrorKind::query, "a closing parenthesis has no opening one", place_of(text_, name_, at_),
                    "remove it or open it");
      }
      open_.pop_back();
    }
    push(TokenKind::symbol, at_, at_ + 1);
    if (c == '(') open_.push_back(scan_.tokens.size() - 1);
    return {};
  }

  Failure unterminated(std::string_view what, std::size_t begin, std::string_view close) const {
    return fail(ErrorKind::query, "a " + std::string(what) + " that starts here is never closed",
                place_of(text_, name_, begin), "close it with " + std::string(close));
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0;
  Scan scan_;
  std::vector<std::size_t> open_;  // indexes of open parentheses in scan_.tokens
};

}  // namespace

Result<Scan> scan_sql(std::string_view text, const std::string& name) {
  return Scanner(text, name).run();
}

std::string place_of(std::string_view text, const std::string& name, std::size_t offset) {
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n');
  return name + ":" + std::to_string(line);
}

}  // namespace firmquery
