// CSV exactly as PostgreSQL's COPY ... (FORMAT csv) writes it: fields separated by commas, NULL is empty, an
// empty string is "", quotes only where needed (comma, quote, CR, LF, `\.` alone, leading or trailing nothing),
// quotes doubled, records end with LF. https://www.postgresql.org/docs/current/sql-copy.html
//
// `delimiter`: a tab instead of the comma gives what COPY ... (FORMAT csv, DELIMITER E'\t') writes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace firmquery {

// Appends one field. `only_column`: PostgreSQL quotes a lone `\.` so that no reader takes it for the end.
void append_csv_field(std::string& out, std::string_view value, bool only_column = false,
                      char delimiter = ',');

// The field number `column` (0-based) of one CSV record as written above; false when there are fewer fields.
// `value` points into `record` or, when quotes had to be undone, into `scratch`.
bool csv_field(std::string_view record, std::size_t column, std::string& scratch, std::string_view& value,
               bool& is_null, char delimiter = ',');

// One field after the other: the one at `position` of a record without its line feed. `position` is 0 at first, moves
// to the next field, and is greater than the record's size behind the last. False when the record is no CSV.
bool next_csv_field(std::string_view record, std::size_t& position, std::string& scratch,
                    std::string_view& value, bool& is_null, char delimiter = ',');

// How many bytes of a text of CSV records the first of them has, with its line feed; npos: its end is not there.
std::size_t csv_record_size(std::string_view text);

// All fields of one record, with or without its line feed: of a header, where nothing is null. None: it is no CSV.
std::optional<std::vector<std::string>> csv_fields(std::string_view record);

// Spreadsheets take a field that starts with = + - @, a tab or a carriage return for a formula, wherever it came from
// (https://owasp.org/www-community/attacks/CSV_Injection). In a spreadsheet-safe file such a field starts with an
// apostrophe, unless it is a plain number; a field that starts with an apostrophe gets another one, so that nothing
// is lost. Appends the record, with its line feed if it has one.
void append_spreadsheet_safe(std::string& out, std::string_view record, char delimiter = ',');
// The field's value in a spreadsheet-safe file as it was before.
std::string_view from_spreadsheet_safe(std::string_view value);

}  // namespace firmquery
