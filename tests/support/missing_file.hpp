// missing.csv as most tests look at it: the IDs, without what may be said of each.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace firmquery::test {

// The first column, header included, a line each. Fails where a line does not have the other three, or, of a run of a
// series, five.
inline std::string first_column_of_missing(const std::string& text) {
  std::string ids;
  std::size_t begin = 0;
  const std::size_t others = text.substr(0, text.find('\n')).ends_with(",first_missing,runs_missing") ? 5 : 3;
  while (begin < text.size()) {
    std::size_t commas = 0, first = std::string::npos, at = begin;
    bool quoted = false;
    for (; at < text.size() && (quoted || text[at] != '\n'); ++at) {
      if (text[at] == '"') quoted = !quoted;
      if (quoted || text[at] != ',') continue;
      if (commas++ == 0) first = at;
    }
    EXPECT_EQ(commas, others) << text.substr(begin, at - begin);
    ids.append(text, begin, std::min(first, at) - begin);
    ids += '\n';
    begin = at + 1;
  }
  return ids;
}

}  // namespace firmquery::test
