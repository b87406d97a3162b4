#include "firmquery/csv.hpp"

namespace firmquery {
namespace {

// The same rule as PostgreSQL's CopyAttributeOutCSV with the default delimiter, quote and NULL string.
bool needs_quotes(std::string_view value, bool only_column) {
  if (value.empty()) return true;  // unquoted it would read as NULL
  if (only_column && value == "\\.") return true;
  for (char c : value) {
    if (c == ',' || c == '"' || c == '\n' || c == '\r') return true;
  }
  return false;
}

// Reads the quoted field whose opening quote is at `position` and moves behind its closing quote.
// False when the quote is never closed.
bool quoted_field(std::string_view record, std::size_t& position, std::string& scratch,
                  std::string_view& value) {
  const std::size_t begin = position + 1;
  std::size_t copied = begin;
  bool unescaped = false;
  for (std::size_t quote = record.find('"', begin); quote != std::string_view::npos;
       quote = record.find('"', quote + 2)) {
    const bool doubled = quote + 1 < record.size() && record[quote + 1] == '"';
    if (!doubled) {
      position = quote + 1;
      value = record.substr(begin, quote - begin);
      if (unescaped) {
        scratch.append(record.substr(copied, quote - copied));
        value = scratch;
      }
      return true;
    }
    if (!unescaped) scratch.clear();
    unescaped = true;
    scratch.append(record.substr(copied, quote + 1 - copied));
    copied = quote + 2;
  }
  return false;
}

}  // namespace

void append_csv_field(std::string& out, std::string_view value, bool only_column) {
  if (!needs_quotes(value, only_column)) {
    out.append(value);
    return;
  }
  out.push_back('"');
  std::size_t begin = 0;
  for (std::size_t quote = value.find('"'); quote != std::string_view::npos; quote = value.find('"', begin)) {
    out.append(value.substr(begin, quote + 1 - begin));
    out.push_back('"');
    begin = quote + 1;
  }
  out.append(value.substr(begin));
  out.push_back('"');
}

bool csv_field(std::string_view record, std::size_t column, std::string& scratch, std::string_view& value,
               bool& is_null) {
  if (!record.empty() && record.back() == '\n') record.remove_suffix(1);
  std::size_t position = 0;
  for (std::size_t field = 0;; ++field) {
    const bool quoted = position < record.size() && record[position] == '"';
    if (quoted) {
      if (!quoted_field(record, position, scratch, value)) return false;
      if (position < record.size() && record[position] != ',') return false;
    } else {
      std::size_t comma = record.find(',', position);
      if (comma == std::string_view::npos) comma = record.size();
      value = record.substr(position, comma - position);
      position = comma;
    }
    if (field == column) {
      is_null = !quoted && value.empty();
      return true;
    }
    if (position >= record.size()) return false;
    ++position;  // the comma
  }
}

}  // namespace firmquery
