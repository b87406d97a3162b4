// What a value looks like as a cell, and back again. Only what comes back as it was is a number, a truth value or a
// date; everything else is text, and so are all IDs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "firmquery/output/xlsx_reader.hpp"

namespace firmquery {

// A spreadsheet shows and keeps so many digits of a number.
inline constexpr std::size_t kXlsxDigitsMax = 15;

// What the values of a column may become.
enum class XlsxForm : std::uint8_t { text, number, floating, boolean, date };
XlsxForm xlsx_form_of(std::uint32_t type_oid);  // of pg_type.dat, which CockroachDB shares

// The formats of cells, by their index in the workbook's styles.
enum class XlsxStyle : std::uint32_t {
  general,
  text,
  header,
  date,
  whole,     // digits without an exponent
  decimals,  // one decimal; with two it is the next style, and so on to kXlsxDigitsMax
};
// The part of the workbook that has them.
std::string xlsx_styles_xml();

// How the value stands in the file: `<c r="ADDRESS"`, what it gives, and what it appends.
struct XlsxValue {
  XlsxStyle style = XlsxStyle::text;
  bool boolean = false;     // t="b"
  std::string_view digits;  // number, truth value or date; empty: the value is text
};
// `scratch` may hold the digits.
XlsxValue xlsx_value(std::string_view value, XlsxForm form, std::string& scratch);

// The value of a cell that xlsx_value() chose; nullopt: such a cell is none of ours. `scratch` may hold it.
std::optional<std::string_view> value_of_xlsx(const XlsxCell& cell, std::string& scratch);

}  // namespace firmquery
