// CSV exactly as PostgreSQL's COPY ... (FORMAT csv) writes it: fields separated by commas, NULL is empty, an
// empty string is "", quotes only where needed (comma, quote, CR, LF, `\.` alone, leading or trailing nothing),
// quotes doubled, records end with LF. https://www.postgresql.org/docs/current/sql-copy.html
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace firmquery {

// Appends one field. `only_column`: PostgreSQL quotes a lone `\.` so that no reader takes it for the end.
void append_csv_field(std::string& out, std::string_view value, bool only_column = false);

// The field number `column` (0-based) of one CSV record as written above; false when there are fewer fields.
// `value` points into `record` or, when quotes had to be undone, into `scratch`.
bool csv_field(std::string_view record, std::size_t column, std::string& scratch, std::string_view& value,
               bool& is_null);

}  // namespace firmquery
