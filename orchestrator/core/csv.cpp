#include "firmquery/core/csv.hpp"

#include <algorithm>

namespace firmquery {
namespace {

// The same rule as PostgreSQL's CopyAttributeOutCSV with the default quote and NULL string.
bool needs_quotes(std::string_view value, bool only_column, char delimiter) {
  if (value.empty()) return true;  // unquoted it would read as NULL
  if (only_column && value == "\\.") return true;
  for (char c : value) {
    if (c == delimiter || c == '"' || c == '\n' || c == '\r') return true;
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

// -12, +0.5, -1e9
bool is_number(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  const auto digits = [&text] {
    std::size_t n = 0;
    while (n < text.size() && text[n] >= '0' && text[n] <= '9') ++n;
    text.remove_prefix(n);
    return n > 0;
  };
  if (!digits()) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!digits()) return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    if (!digits()) return false;
  }
  return text.empty();
}

bool looks_like_formula(std::string_view field) {
  if (field.empty() || std::string_view("=+-@\t\r'").find(field[0]) == std::string_view::npos) return false;
  return !is_number(field);
}

}  // namespace

void append_spreadsheet_safe(std::string& out, std::string_view record, char delimiter) {
  std::string_view line_feed;
  if (record.ends_with('\n')) {
    line_feed = record.substr(record.size() - 1);
    record.remove_suffix(1);
  }
  std::string scratch;
  for (std::size_t position = 0;; ++position) {
    const std::size_t begin = position;
    std::string_view value;
    const bool quoted = position < record.size() && record[position] == '"';
    if (!quoted || !quoted_field(record, position, scratch, value)) {
      position = std::min(record.find(delimiter, begin), record.size());
      value = record.substr(begin, position - begin);
    }
    std::string_view raw = record.substr(begin, position - begin);
    if (looks_like_formula(value)) {
      if (quoted) {
        out += '"';
        raw.remove_prefix(1);
      }
      out += '\'';
    }
    out += raw;
    if (position >= record.size()) break;
    out += record[position];  // the delimiter
  }
  out += line_feed;
}

std::string_view from_spreadsheet_safe(std::string_view value) {
  if (value.starts_with('\'')) value.remove_prefix(1);
  return value;
}

void append_csv_field(std::string& out, std::string_view value, bool only_column, char delimiter) {
  if (!needs_quotes(value, only_column, delimiter)) {
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

bool next_csv_field(std::string_view record, std::size_t& position, std::string& scratch,
                    std::string_view& value, bool& is_null, char delimiter) {
  const bool quoted = position < record.size() && record[position] == '"';
  if (quoted) {
    if (!quoted_field(record, position, scratch, value)) return false;
    if (position < record.size() && record[position] != delimiter) return false;
  } else {
    const std::size_t end = std::min(record.find(delimiter, position), record.size());
    value = record.substr(position, end - position);
    position = end;
  }
  is_null = !quoted && value.empty();
  ++position;  // the delimiter
  return true;
}

std::optional<std::vector<std::string>> csv_fields(std::string_view record) {
  if (record.ends_with('\n')) record.remove_suffix(1);
  std::vector<std::string> fields;
  std::string scratch;
  std::string_view value;
  bool is_null = false;
  for (std::size_t position = 0; position <= record.size();) {
    if (!next_csv_field(record, position, scratch, value, is_null)) return std::nullopt;
    fields.emplace_back(value);
  }
  return fields;
}

std::size_t csv_record_size(std::string_view text) {
  // A doubled quote inside quotes switches twice.
  bool in_quotes = false;
  for (std::size_t from = 0;;) {
    const std::size_t line_feed = text.find('\n', from);
    if (line_feed == std::string_view::npos) return line_feed;
    std::string_view line = text.substr(from, line_feed - from);
    line.remove_prefix(std::min(line.find('"'), line.size()));
    in_quotes ^= std::count(line.begin(), line.end(), '"') % 2 != 0;
    from = line_feed + 1;
    if (!in_quotes) return from;
  }
}

bool csv_field(std::string_view record, std::size_t column, std::string& scratch, std::string_view& value,
               bool& is_null, char delimiter) {
  if (!record.empty() && record.back() == '\n') record.remove_suffix(1);
  std::size_t position = 0;
  for (std::size_t field = 0; position <= record.size(); ++field) {
    if (!next_csv_field(record, position, scratch, value, is_null, delimiter)) return false;
    if (field == column) return true;
  }
  return false;
}

}  // namespace firmquery
