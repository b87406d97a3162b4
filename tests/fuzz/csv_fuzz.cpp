// CSV: what the encoder writes is read back, field by field and record by record, wherever the reader's
// blocks end; any other bytes are refused, or come back as records that make up the file.
#include <optional>
#include <vector>

#include "firmquery/core/csv.hpp"
#include "firmquery/output/csv_records.hpp"
#include "fuzz/fuzz.hpp"

namespace firmquery::fuzz {
namespace {

using Fields = std::vector<std::optional<std::string>>;

// Records end with 0x1E, fields with 0x1F; a field that starts with NUL is NULL.
std::vector<Fields> records_of(const std::string& text) {
  std::vector<Fields> records;
  Fields fields;
  std::string field;
  const auto end_field = [&] {
    if (field.starts_with('\0')) {
      fields.emplace_back();
    } else {
      fields.emplace_back(field);
    }
    field.clear();
  };
  for (const char c : text + '\x1E') {
    if (c != '\x1E' && c != '\x1F') {
      field += c;
      continue;
    }
    end_field();
    if (c == '\x1F') continue;
    records.push_back(std::move(fields));
    fields.clear();
  }
  return records;
}

std::string encoded(const Fields& fields) {
  std::string record;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) record += ',';
    if (fields[i]) append_csv_field(record, *fields[i], fields.size() == 1);
  }
  return record + '\n';
}

void check_fields(std::string_view record, const Fields& fields) {
  std::string scratch;
  std::string_view value;
  bool is_null = false;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    require(csv_field(record, i, scratch, value, is_null), "a field is there");
    require(is_null == !fields[i].has_value(), "NULL and empty differ");
    require(is_null || value == *fields[i], "a field is what was written");
  }
  require(!csv_field(record, fields.size(), scratch, value, is_null), "no field behind the last");
}

// The spreadsheet-safe form holds the same fields, and none that a spreadsheet would run.
void check_spreadsheet(std::string_view record, const Fields& fields) {
  std::string safe, scratch;
  append_spreadsheet_safe(safe, record);
  std::string_view value;
  bool is_null = false;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    require(csv_field(safe, i, scratch, value, is_null), "a safe field is there");
    require(is_null == !fields[i].has_value(), "a safe field is NULL as before");
    if (is_null) continue;
    require(from_spreadsheet_safe(value) == *fields[i], "a safe field gives the value back");
    require(value.empty() || std::string_view("=@\t\r").find(value[0]) == std::string_view::npos,
            "no formula");
  }
  require(!csv_field(safe, fields.size(), scratch, value, is_null), "no safe field behind the last");
}

// `pad`: a first record that brings the others to the end of the reader's block.
void check_round_trip(const std::string& text, std::size_t pad) {
  const std::vector<Fields> records = records_of(text);
  std::string bytes = pad > 0 ? std::string(pad, 'x') + '\n' : "";
  for (const Fields& fields : records) bytes += encoded(fields);
  const MemoryFile file(bytes);
  auto reader = CsvRecords::open(file.path());
  require(reader.has_value(), "open");
  std::string_view record;
  if (pad > 0) require(reader->next(record).value_or(false) && record.size() == pad + 1, "padding");
  for (const Fields& fields : records) {
    require(reader->next(record).value_or(false), "a record is there");
    check_fields(record, fields);
    check_spreadsheet(record, fields);
  }
  const auto more = reader->next(record);
  require(more && !*more, "no record behind the last");
}

void check_hostile(const std::string& text) {
  std::string scratch;
  std::string_view value;
  bool is_null = false;
  for (std::size_t column = 0; column < 4; ++column) {
    if (csv_field(text, column, scratch, value, is_null)) require(value.size() <= text.size(), "field size");
  }
  std::string safe;
  append_spreadsheet_safe(safe, text);
  require(safe.size() >= text.size(), "nothing is dropped");
  const MemoryFile file(text);
  auto reader = CsvRecords::open(file.path());
  require(reader.has_value(), "open");
  std::size_t bytes = 0;
  while (true) {
    std::string_view record;
    const auto more = reader->next(record);
    if (!more) return;
    if (!*more) break;
    bytes += record.size();
  }
  require(bytes == text.size(), "records make up the file");
}

}  // namespace
}  // namespace firmquery::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace firmquery::fuzz;
  Input input(data, size);
  const unsigned mode = input.byte();
  const std::string text = input.rest();
  if ((mode & 1U) != 0) {
    check_hostile(text);
  } else {
    const std::size_t block = std::size_t{1} << 20;
    check_round_trip(text, (mode & 0xF0U) == 0xF0U ? block - (mode & 0x0EU) - 2 : 0);
  }
  return 0;
}
