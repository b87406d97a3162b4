// Text for people, in lines that a terminal of 80 columns shows whole.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace firmquery::cli {

// What COLUMNS says, as for other programs; else 80.
std::size_t text_width();

// One paragraph, broken at spaces, rather after "; " than elsewhere; each line after the first begins with
// `indent` spaces, and the first has `used` columns before it already. A number stays with the word behind
// it; a word that is longer than a line (a path, a statement's name) stays whole. No final line feed.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t used = 0);

// The same for each line of a text, by the spaces it begins with and `more`.
std::string wrapped_lines(std::string_view text, std::size_t more);

}  // namespace firmquery::cli
