// The types an ID can have, the canonical form of each, and the reasons for which a raw field is not an ID.
// Two raw fields are the same ID exactly when their canonical forms are the same bytes.
//
//   int      optional sign, decimal digits, within int8:  "+007" -> "7", "-0" -> "0"
//   numeric  optional sign, digits, optional fraction:    "007.50" -> "7.5", "-0.0" -> "0"
//   uuid     RFC 4122 text, any case, braces, urn:uuid:, hyphens optional -> lower case 8-4-4-4-12
//   text     the bytes between the outer white space, unchanged; leading zeros are part of the ID
//
// Nothing here allocates beyond `out`, reads a locale or passes an ID through a floating-point number.
// Thread-safe: all functions are pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace firmquery {

enum class IdType : std::uint8_t { integer, numeric, uuid, text };

std::string_view to_string(IdType type);                           // "int", "numeric", "uuid", "text"
std::optional<IdType> id_type_from_string(std::string_view name);  // the inverse; nullopt for anything else

enum class IdProblem : std::uint8_t {
  none,
  empty,              // nothing between quotes or separators
  null_word,          // NULL, \N, (null), #N/A and their like
  control_character,  // NUL, or a control character inside
  invalid_encoding,   // bytes that are not text in the input's encoding
  too_long,           // more than IdRules::max_bytes
  scientific,         // 1.23E+12: a spreadsheet destroyed the digits
  decimal,            // 123.0: a number, not an ID, for int and text
  thousands,          // 1,234 or 1.234.567: digits in groups
  decimal_comma,      // 10,00
  out_of_range,       // digits only, but not an int8
  not_integer,
  not_numeric,
  not_uuid,
  inexact_number,  // a number in a workbook with more digits than Excel keeps; only RowCleaner finds it
};

// The reason code of rejected.csv and of firm_id_problem(): "empty", "null", "control_character",
// "invalid_encoding", "too_long", "scientific", "decimal", "thousands", "decimal_comma", "out_of_range",
// "not_an_integer", "not_a_number", "not_a_uuid", "inexact_number"; "" for none.
std::string_view problem_code(IdProblem problem);

struct IdRules {
  std::size_t max_bytes = 1024;  // of the trimmed field
  // Accept text IDs that look like damage done by a spreadsheet (1.23E+12, 123.0, 1,234) as they stand.
  bool allow_suspect = false;
};

// The raw field without outer white space: ASCII blanks and controls of the \t\n\v\f\r kind, U+00A0, U+FEFF,
// U+200B, U+2000..U+200A, U+202F, U+3000.
std::string_view trim_id(std::string_view raw);

// Checks `raw` (UTF-8; trimmed here) and writes its canonical form to `canonical`, replacing what was there.
// On any problem `canonical` is unspecified. The canonical form is canonicalize()'s fixed point: it is accepted
// again, unchanged. max_bytes limits it too, since ".5" grows to "0.5".
IdProblem canonicalize(std::string_view raw, IdType type, const IdRules& rules, std::string& canonical);

// The same for integers, without text in between and with the default rules. On a problem `value` is unspecified.
IdProblem parse_integer_id(std::string_view raw, std::int64_t& value);

// <0, 0, >0: the ascending order of canonical IDs of a type: by value for int and numeric, by bytes otherwise.
int compare_canonical(std::string_view a, std::string_view b, IdType type);

}  // namespace firmquery
