#include "firmquery/core/list_record.hpp"

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "firmquery/core/csv.hpp"
#include "record_reader.hpp"
#include "text_decoder.hpp"

namespace firmquery {
namespace {

std::string readable(std::string_view text) {
  std::string shown;
  if (is_valid_utf8(text)) return std::string(text);
  append_readable(shown, text, std::numeric_limits<std::size_t>::max());
  return shown;
}

void append_field(std::string& out, std::string_view value, bool quoted, bool is_text) {
  if (value.empty()) {
    if (quoted) out += "\"\"";
  } else if (is_text) {
    append_csv_field(out, value);
  } else {
    append_csv_field(out, readable(value));
  }
}

// Names that are taken, without case.
class Names {
 public:
  bool take(const std::string& name) {
    std::string folded = name;
    for (char& c : folded) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return taken_.insert(std::move(folded)).second;
  }
  std::string free_of(const std::string& name) {
    if (take(name)) return name;
    return numbered("result_" + name);
  }
  std::string numbered(const std::string& name) {
    std::string free = name;
    for (std::size_t n = 2; !take(free); ++n) free = name + "_" + std::to_string(n);
    return free;
  }

 private:
  std::unordered_set<std::string> taken_;
};

}  // namespace

RecordForm record_form(const InputProfile& profile) {
  RecordForm form;
  form.width = std::max({profile.width, profile.header.size(), std::size_t{1}});
  if (profile.format == InputFormat::workbook) form.text = RecordForm::Text::csv;
  if (profile.delimiter != 0) {
    form.text = RecordForm::Text::delimited;
    form.delimiter = profile.delimiter;
  }
  return form;
}

void append_list_fields(std::string& out, std::string_view record, const RecordForm& form,
                        std::string& scratch) {
  const bool is_text = is_valid_utf8(record);
  std::size_t fields = 0;
  if (form.text == RecordForm::Text::field) {
    append_field(out, record, false, is_text);
    fields = 1;
  } else if (form.text == RecordForm::Text::csv) {
    // Fields of our own that hold quotes hold no more than CSV does.
    std::string_view value;
    bool is_null = false;
    for (std::size_t position = 0; position <= record.size(); ++fields) {
      if (!next_csv_field(record, position, scratch, value, is_null)) break;
      if (fields > 0) out += ',';
      append_field(out, value, !is_null, is_text);
    }
  } else {
    for (std::size_t position = 0; position != std::string_view::npos; ++fields) {
      const Field field = read_field(record, form.delimiter, position, scratch);
      if (fields > 0) out += ',';
      append_field(out, field.text, field.quoted, is_text);
    }
  }
  if (fields < form.width) out.append(form.width - fields, ',');
}

MergedColumns merged_columns(const InputProfile& list, const std::vector<std::string>& result) {
  MergedColumns columns;
  const std::size_t width = record_form(list).width;
  Names names;
  for (const std::string& name : list.header) names.take(name);
  for (std::size_t i = 0; i < width; ++i) {
    const bool named = i < list.header.size() && !list.header[i].empty();
    const bool is_id = list.header.empty() && i == list.column_index;
    columns.own.push_back(named   ? readable(list.header[i])
                          : is_id ? names.numbered("id")
                                  : names.numbered("column_" + std::to_string(i + 1)));
  }
  columns.status = names.free_of("status");
  columns.reason = names.free_of("reason");
  for (const std::string& name : result) columns.result.push_back(names.free_of(name));
  return columns;
}

}  // namespace firmquery
