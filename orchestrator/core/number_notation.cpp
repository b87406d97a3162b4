#include "firmquery/core/number_notation.hpp"

#include "id_shapes.hpp"

namespace firmquery {

std::string_view to_option(DigitGroups groups) {
  switch (groups) {
    case DigitGroups::none:
      return "";
    case DigitGroups::comma:
      return ",";
    case DigitGroups::point:
      return ".";
    case DigitGroups::apostrophe:
      return "'";
    case DigitGroups::space:
      return "space";
  }
  return "";
}

IdProblem read_notation(std::string_view& text, IdType type, NumberNotation notation, std::string& room) {
  if (type == IdType::uuid || all_digits(text)) return IdProblem::none;
  const DecimalMark mark = notation.fraction_mark();
  const std::string_view decimals = mark == DecimalMark::comma ? "," : mark == DecimalMark::point ? "." : "";
  NumberParts parts;
  if (!match_number(text, notation.groups, decimals, parts)) {
    const bool misread = type == IdType::numeric && mark == DecimalMark::comma && is_decimal(text);
    return misread ? IdProblem::not_numeric : IdProblem::none;
  }
  const bool whole = parts.fraction.find_first_not_of('0') == std::string_view::npos;
  // A text with a fraction is no whole number that somebody has formatted.
  if (type == IdType::text && !whole) return IdProblem::none;
  room.clear();
  for (const char character : parts.whole) {
    if (is_digit(character) || character == '-' || character == '+') room += character;
  }
  if (!whole) (room += '.') += parts.fraction;
  text = room;
  return IdProblem::none;
}

}  // namespace firmquery
