#include "jsonl_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "firmquery/core/csv.hpp"
#include "firmquery/core/utf8_text.hpp"
#include "firmquery/output/csv_records.hpp"
#include "firmquery/output/json_string.hpp"
#include "json_scanner.hpp"
#include "unpacked_row.hpp"

namespace firmquery {
namespace {

constexpr std::string_view kEncoded = R"({"percent-encoded":)";

enum class Form : std::uint8_t { text, boolean, number, floating, json };

// By the OIDs of pg_type.dat, which CockroachDB shares.
Form form_of(std::uint32_t type_oid) {
  switch (type_oid) {
    case 16:  // bool
      return Form::boolean;
    case 20:    // int8
    case 21:    // int2
    case 23:    // int4
    case 26:    // oid
    case 1700:  // numeric
      return Form::number;
    case 700:  // float4
    case 701:  // float8
      return Form::floating;
    case 114:   // json
    case 3802:  // jsonb
      return Form::json;
    default:
      return Form::text;
  }
}

// Infinity and NaN are none (RFC 8259, section 6); many readers drop the sign of zero.
bool is_number(std::string_view text) {
  return text != "-0" && is_json_number(text);
}

// Whether a double keeps every digit: at most 15 significant ones, or an integer up to 2^53 (IEEE 754).
bool survives_as_number(std::string_view text) {
  if (!is_number(text)) return false;
  const std::string_view digits = text.substr(text.front() == '-' ? 1 : 0);
  const std::string_view mantissa = digits.substr(0, digits.find_first_of("eE"));
  std::size_t significant = 0;
  for (const char c : mantissa) {
    if (c == '.' || (c == '0' && significant == 0)) continue;
    ++significant;
  }
  if (significant <= 15) return true;
  constexpr std::string_view kLargest = "9007199254740992";
  return digits == mantissa && digits.find('.') == std::string_view::npos &&
         digits.size() == kLargest.size() && digits <= kLargest;
}

// What may stand in a line as it is, and is not taken for something else when it is read.
bool stands_as_it_is(std::string_view json) {
  const bool composed = json.starts_with('{') || json.starts_with('[');
  const bool one_line =
      std::none_of(json.begin(), json.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  return composed && one_line && is_utf8(json) && !json.starts_with(kEncoded) &&
         JsonScanner(json).whole_value();
}

void append_string(std::string& out, std::string_view text) {
  if (is_utf8(text)) return append_json_string(out, text);
  out += kEncoded;
  append_json_string(out, percent_encoded(text));
  out += '}';
}

class JsonlWriter : public ResultWriter {
 public:
  explicit JsonlWriter(ByteSink& out) : out_(out) {}

  Result<void> open(const ResultColumns& columns) override {
    std::vector<std::string> names;
    for (const ResultColumn& column : columns) {
      names.push_back(column.name);
      forms_.push_back(form_of(column.type_oid));
    }
    for (const std::string& name : object_names(names)) {
      labels_.emplace_back(labels_.empty() ? "{" : ",");
      append_json_string(labels_.back(), is_utf8(name) ? name : percent_encoded(name));
      labels_.back() += ':';
    }
    return {};
  }

  Result<void> row(std::string_view csv) override {
    if (csv.ends_with('\n')) csv.remove_suffix(1);
    line_.clear();
    std::size_t column = 0;
    std::string_view value;
    bool is_null = false;
    for (std::size_t position = 0; position <= csv.size(); ++column) {
      if (!next_csv_field(csv, position, scratch_, value, is_null) || column == labels_.size())
        return damaged();
      line_ += labels_[column];
      is_null ? void(line_ += "null") : append(value, forms_[column]);
    }
    if (column != labels_.size()) return damaged();
    line_ += "}\n";
    return out_.write(line_);
  }

  Result<void> finish() override { return {}; }

 private:
  static Failure damaged() {
    return fail(ErrorKind::integrity, "a row does not have the fields of the header", "results",
                "start a new run");
  }

  void append(std::string_view value, Form form) {
    if (form == Form::boolean && (value == "t" || value == "f")) {
      line_ += value == "t" ? "true" : "false";
    } else if ((form == Form::number && survives_as_number(value)) ||
               (form == Form::floating && is_number(value)) ||
               (form == Form::json && stands_as_it_is(value))) {
      line_ += value;
    } else {
      append_string(line_, value);
    }
  }

  ByteSink& out_;
  std::vector<std::string> labels_;  // by column: what stands before the value
  std::vector<Form> forms_;
  std::string line_, scratch_;
};

class JsonlRows : public ResultRows {
 public:
  JsonlRows(CsvRecords lines, std::vector<std::string> columns)
      : lines_(std::move(lines)),
        columns_(std::move(columns)),
        names_(object_names(columns_)),
        row_(columns_.size()) {
    for (std::string& name : names_)
      if (!is_utf8(name)) name = percent_encoded(name);
  }

  const std::vector<std::string>& columns() const override { return columns_; }

  Result<bool> next() override {
    std::string_view line;
    FQ_TRY_ASSIGN(const bool more, lines_.next(line));
    if (!more) return false;
    ++number_;
    if (!read(line))
      return lines_.damaged(fmt::format("line {} is not an object with the columns of the query", number_));
    return true;
  }

  std::string_view csv() override { return row_.csv(); }
  bool field(std::size_t column, std::string_view& value, bool& is_null) override {
    return row_.field(column, value, is_null);
  }
  bool each_field(const std::function<void(std::string_view value, bool is_null)>& take) override {
    row_.each(take);
    return true;
  }

 private:
  bool read(std::string_view line) {
    if (line.ends_with('\n')) line.remove_suffix(1);
    JsonScanner json(line);
    std::string name;
    for (std::size_t i = 0; i < row_.size(); ++i) {
      if (!json.take(i == 0 ? '{' : ',') || !json.string(name) || name != names_[i] || !json.take(':'))
        return false;
      if (!read(json, row_[i])) return false;
    }
    return json.take('}') && json.at_end();
  }

  static bool read(JsonScanner& json, UnpackedField& field) {
    std::string_view raw;
    if (!json.value(raw)) return false;
    field.is_null = raw == "null";
    field.value.clear();
    if (field.is_null) return true;
    if (raw == "true" || raw == "false") {
      field.value = raw.substr(0, 1);
    } else if (raw.front() == '"') {
      return JsonScanner(raw).string(field.value);
    } else if (raw.starts_with(kEncoded)) {
      JsonScanner inner(raw.substr(kEncoded.size()));
      std::string text;
      return inner.string(text) && from_percent_encoded(text, field.value);
    } else {
      field.value = raw;
    }
    return true;
  }

  CsvRecords lines_;
  const std::vector<std::string> columns_;
  std::vector<std::string> names_;
  UnpackedRow row_;
  std::uint64_t number_ = 0;
};

}  // namespace

std::unique_ptr<ResultWriter> jsonl_writer(ByteSink& out, const FormatOptions&) {
  return std::make_unique<JsonlWriter>(out);
}

Result<std::unique_ptr<ResultRows>> jsonl_rows(const std::filesystem::path& path, const FormatOptions&,
                                               const std::vector<std::string>& columns) {
  FQ_TRY_ASSIGN(CsvRecords lines, CsvRecords::open(path, CsvRecords::Quotes::ordinary));
  return std::make_unique<JsonlRows>(std::move(lines), columns);
}

}  // namespace firmquery
