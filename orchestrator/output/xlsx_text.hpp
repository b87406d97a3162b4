// Text in a workbook. XML cannot hold most control characters, so a workbook writes them _xHHHH_, with the UTF-16 code
// unit in hexadecimal, and a text that looks like this with its underscore written _x005F_ (ECMA-376 part 1, 22.9.2.19).
// Bytes that are no UTF-8 stand as lone surrogates, _xDC80_ to _xDCFF_, which no text has.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace firmquery {

// Appends the text as character data of XML.
void append_xlsx_text(std::string& out, std::string_view text);

// Undoes _xHHHH_ in what an XML parser has given, in place, from `begin` on.
void undo_xlsx_escapes(std::string& text, std::size_t begin);

// What a cell may hold (in Excel's specification: characters, which are UTF-16 code units).
inline constexpr std::size_t kXlsxCellUnitsMax = 32'767;

// The largest beginning of `text` that a cell holds, in bytes; no character is cut apart.
std::size_t xlsx_cell_prefix(std::string_view text);

}  // namespace firmquery
