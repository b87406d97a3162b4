#include "sample_table.hpp"

#include <algorithm>

#include "firmquery/core/id_type.hpp"
#include "record_reader.hpp"

namespace firmquery {
namespace {

std::size_t count_fields(std::string_view record, char delimiter, std::string& scratch) {
  if (delimiter == 0) return 1;
  if (record.find('"') == std::string_view::npos) {
    return 1 + static_cast<std::size_t>(std::count(record.begin(), record.end(), delimiter));
  }
  std::size_t count = 0;
  for (std::size_t position = 0; position != std::string_view::npos; ++count) {
    read_field(record, delimiter, position, scratch);
  }
  return count;
}

void add_row(SampleTable& table, std::string_view record, std::string& scratch) {
  const std::size_t count = count_fields(record, table.delimiter, scratch);
  table.fields_min = table.row_count == 0 ? count : std::min(table.fields_min, count);
  table.fields_max = std::max(table.fields_max, count);
  table.rows_split += count >= 2;
  ++table.row_count;
  if (table.rows.size() == SampleTable::kRowsKept) return;
  std::vector<std::string> fields{std::string(record)};
  if (table.delimiter != 0) fields = split_fields(record, table.delimiter);
  for (std::string& field : fields) field = std::string(trim_id(field));
  table.rows.push_back(std::move(fields));
}

}  // namespace

std::vector<std::string> SampleTable::column(std::size_t column, std::size_t first_row) const {
  std::vector<std::string> fields;
  for (std::size_t i = first_row; i < rows.size(); ++i) {
    if (column < rows[i].size()) fields.push_back(rows[i][column]);
  }
  return fields;
}

SampleTable read_table(std::string_view sample, bool whole, char delimiter, std::string_view comment) {
  SampleTable table;
  table.delimiter = delimiter;
  RecordReader reader(delimiter);
  Record record;
  std::string scratch;
  const auto take = [&] {
    if (trim_id(record.text).empty() || (!comment.empty() && record.text.starts_with(comment))) return;
    add_row(table, record.text, scratch);
  };
  reader.start(sample);
  while (reader.next(record)) take();
  // The last record of a cut sample is incomplete: it counts only where it is the only one.
  if ((whole || table.row_count == 0) && reader.finish(record)) take();
  return table;
}

}  // namespace firmquery
