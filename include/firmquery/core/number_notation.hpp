// How a list writes its numbers: the mark between groups of three digits, and the mark before a fraction.
// What people and spreadsheets write in other countries (1.234.567, 1'234'567, 10,00) cannot be told from
// other things by itself (1.234 is a fraction elsewhere), so it is read only where somebody has said how the
// list writes numbers.
//
// Thread-safe: all functions are pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "firmquery/core/id_type.hpp"

namespace firmquery {

// Space: blank, no-break, narrow no-break, figure and thin space. Apostrophe: ' and U+2019.
enum class DigitGroups : std::uint8_t { none, comma, point, apostrophe, space };
enum class DecimalMark : std::uint8_t { none, point, comma };

std::string_view to_option(DigitGroups groups);  // ",", ".", "'", "space"; "" for none

struct NumberNotation {
  DigitGroups groups = DigitGroups::none;
  DecimalMark decimal = DecimalMark::none;

  bool given() const { return groups != DigitGroups::none || decimal != DecimalMark::none; }
  // Where nothing was said and the comma or the point makes groups, the other of the two begins a fraction.
  DecimalMark fraction_mark() const {
    if (decimal != DecimalMark::none) return decimal;
    if (groups == DigitGroups::point) return DecimalMark::comma;
    return groups == DigitGroups::comma ? DecimalMark::point : DecimalMark::none;
  }
  bool has_comma() const { return groups == DigitGroups::comma || fraction_mark() == DecimalMark::comma; }
};

// Makes `text` (trimmed) what canonicalize() reads: without groups, with a point before a fraction, and
// without a fraction of zeros: "1.234.567,00" -> "1234567". Text that is no number in the notation stays as
// it is, and so does everything for uuid. `room` is where the new text may lie. Fails (not_numeric) for a
// numeric ID with a point that neither makes groups nor begins a fraction: canonicalize() would take it for
// one.
IdProblem read_notation(std::string_view& text, IdType type, NumberNotation notation, std::string& room);

}  // namespace firmquery
