// Text of a page: what comes from outside is escaped, what nobody sees is made visible, and everything has an end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace firmquery::html {

// Of one field, name or sentence, where nothing else is said. Bytes of HTML.
inline constexpr std::size_t kTextBytesMax = 600;

// For the content of an element. At most some `bytes_max` bytes of HTML; a longer text ends with "…" and its length.
// Bytes that are not UTF-8, control characters, and characters that are invisible or turn the direction of writing
// are shown by their number. Line feeds and tabs stay with `lines`.
enum class Lines : bool { joined, kept };
void append_text(std::string& out, std::string_view text, std::size_t bytes_max = kTextBytesMax,
                 Lines lines = Lines::joined);
std::string text(std::string_view text, std::size_t bytes_max = kTextBytesMax);
// The same as <code>.
std::string code(std::string_view text, std::size_t bytes_max = kTextBytesMax);

std::string count(std::uint64_t number);  // 1,234,567
// "1 ID", "2,000 IDs"
std::string count_of(std::uint64_t number, std::string_view one, std::string_view many);
std::string bytes(std::uint64_t number);  // 12.3 MB
// Of one statement or phase: "0.012 s", "12.5 s", "3 min 07 s".
std::string seconds(double value);
// Of a number that need not be whole: three digits that count, "0.42", "12.5", "1,234".
std::string figure(double value);
// "2026-11-30 21:35:08 UTC" of an RFC 3339 time; another text as it is, escaped.
std::string moment(std::string_view utc);

}  // namespace firmquery::html
