// The scanner and the template: any text. What parses renders to one statement whose tokens are the
// template's, with the list in the place of the placeholder and nothing else moved.
#include <algorithm>
#include <vector>

#include "firmquery/core/sql_template.hpp"
#include "fuzz/fuzz.hpp"
#include "orchestrator/core/sql_scanner.hpp"

namespace firmquery::fuzz {
namespace {

std::vector<Token> tokens_of(const std::string& text, const char* what) {
  auto scan = scan_sql(text, "rendered");
  require(scan.has_value(), what);
  return std::move(scan->tokens);
}

void check_scan(const std::string& text) {
  const auto scan = scan_sql(text, "q.sql");
  if (!scan) {
    require(scan.error().kind == ErrorKind::query && scan.error().place.starts_with("q.sql"),
            "place of an error");
    return;
  }
  std::size_t end = 0, number = 0;
  for (const Token& token : scan->tokens) {
    require(token.begin >= end && token.end > token.begin && token.end <= text.size(), "tokens in order");
    require(token.group == no_group || token.group < number, "a group was opened before");
    end = token.end;
    ++number;
  }
  for (const std::size_t offset : scan->hidden_placeholders) {
    require(offset < text.size(), "hidden placeholder within the text");
  }
}

bool is_semicolon(const Token& token) {
  return token.kind == TokenKind::symbol && token.lower == ";";
}

// The texts of the tokens, `list` standing for every placeholder or relation.
std::vector<std::string> texts_of(const std::string& text, const std::vector<Token>& tokens,
                                  const std::vector<std::string>& list) {
  std::vector<std::string> texts;
  for (const Token& token : tokens) {
    if (token.kind == TokenKind::placeholder || token.kind == TokenKind::relation) {
      texts.insert(texts.end(), list.begin(), list.end());
    } else {
      texts.push_back(text.substr(token.begin, token.end - token.begin));
    }
  }
  return texts;
}

void check_rendered(const std::string& rendered, const std::vector<std::string>& expected) {
  const std::vector<Token> tokens = tokens_of(rendered, "the rendered query scans");
  require(std::none_of(tokens.begin(), tokens.end(), is_semicolon), "one statement");
  require(texts_of(rendered, tokens, {}) == expected, "only the placeholder is replaced");
}

void check_template(const SqlTemplate& parsed) {
  const std::string& text = parsed.text();
  const std::vector<Token> tokens = tokens_of(text, "the template scans");
  if (parsed.uses_relation()) {
    check_rendered(parsed.render_relation("(select 1,2)"),
                   texts_of(text, tokens, {"(", "select", "1", ",", "2", ")"}));
    return;
  }
  check_rendered(parsed.render("1,'a'"), texts_of(text, tokens, {"1", ",", "'a'"}));
  if (parsed.can_bound()) {
    const std::string bounded = parsed.render("1,'a'", Bound{"1", "'z'"});
    const std::vector<Token> found = tokens_of(bounded, "the bounded query scans");
    require(std::none_of(found.begin(), found.end(), is_semicolon), "one bounded statement");
    // Each bound is ( ... AND operand BETWEEN low AND high ), and the first placeholder has one.
    const std::size_t plain = texts_of(text, tokens, {"1", ",", "'a'"}).size();
    require(found.size() > plain, "the bound is there");
    require(bounded.find(" BETWEEN 1 AND 'z')") != std::string::npos, "the bound is written");
  }
  if (const auto probe = parsed.operand_probe()) {
    const std::vector<Token> found = tokens_of(*probe, "the probe scans");
    require(std::none_of(found.begin(), found.end(), is_semicolon), "one probe");
  }
}

}  // namespace
}  // namespace firmquery::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace firmquery;
  fuzz::Input input(data, size);
  constexpr const char* kKeys[] = {"firm_root_id", "id", "Key", ""};
  const std::string key = input.pick(kKeys);
  const std::string text = input.rest();
  fuzz::check_scan(text);
  const auto parsed = SqlTemplate::parse(text, "q.sql", key);
  if (parsed) {
    fuzz::check_template(*parsed);
  } else {
    fuzz::require(!parsed.error().message.empty() && !parsed.error().place.empty(), "an error says where");
  }
  return 0;
}
