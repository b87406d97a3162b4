#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "firmquery/core/csv.hpp"
#include "firmquery/core/time_text.hpp"
#include "firmquery/output/run_reader.hpp"

namespace firmquery {
namespace {

bool read_number(const std::string& text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

// The columns that such a file has in each run.
std::vector<std::string> columns_of(Artifact artifact) {
  std::vector<std::string> names(1);
  for (const char c : entry_of(artifact).columns)
    c == ',' ? void(names.emplace_back()) : void(names.back() += c);
  return names;
}

}  // namespace

Result<FieldReader> FieldReader::open(const std::filesystem::path& path,
                                      const std::vector<std::string>& first, const FormatOptions& options,
                                      std::size_t least) {
  FQ_TRY_ASSIGN(CsvRecords records, CsvRecords::open(path));
  FieldReader reader(std::move(records), path, options.spreadsheet_safe);
  std::string_view record;
  FQ_TRY_ASSIGN(const bool any, reader.records_.next(record));
  if (!any) return reader.wrong("the file is empty, without even a header");
  if (!reader.split(record)) return reader.wrong("the header is not CSV");
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (i == least && i == reader.fields_.size() && least > 0) break;
    if (i < reader.fields_.size() && reader.fields_[i] == first[i]) continue;
    return reader.wrong(fmt::format("column {} is {}, not {}", i + 1,
                                    i < reader.fields_.size() ? reader.fields_[i] : "not there", first[i]));
  }
  reader.columns_ = reader.fields_.size();
  return reader;
}

Failure FieldReader::wrong(std::string message) const {
  return fail(ErrorKind::integrity, std::move(message), path_.filename().string(),
              "the file was altered after it was written, or belongs to another run");
}

bool FieldReader::split(std::string_view record) {
  if (record.ends_with('\n')) record.remove_suffix(1);
  std::size_t column = 0;
  std::string_view value;
  bool is_null = false;
  for (std::size_t position = 0; position <= record.size(); ++column) {
    if (!next_csv_field(record, position, scratch_, value, is_null)) return false;
    if (column == fields_.size()) fields_.emplace_back();
    fields_[column] = spreadsheet_safe_ ? from_spreadsheet_safe(value) : value;
  }
  fields_.resize(column);
  return true;
}

Result<bool> FieldReader::next() {
  std::string_view record;
  FQ_TRY_ASSIGN(const bool more, records_.next(record));
  if (!more) return false;
  ++number_;
  if (split(record) && fields_.size() == columns_) return true;
  return wrong(fmt::format("record {} does not have the {} fields of the header", number_, columns_));
}

IdReader::IdReader(FieldReader fields, IdType type) : fields_(std::move(fields)), type_(type) {
  rules_.max_bytes = std::numeric_limits<std::size_t>::max();
  rules_.allow_suspect = true;  // what counts as an ID was decided when the list was cleaned
}

Result<bool> IdReader::next(std::string_view& id) {
  FQ_TRY_ASSIGN(const bool more, fields_.next());
  if (!more) return false;
  const std::string& field = fields_.fields().front();
  if (field.empty()) return fields_.wrong(fmt::format("record {} has no ID", fields_.number()));
  if (canonicalize(field, type_, rules_, canonical_) != IdProblem::none || canonical_ != field) {
    return fields_.wrong(fmt::format("record {} ({}) is not a canonical ID of type {}", fields_.number(),
                                     field, to_string(type_)));
  }
  if (fields_.number() > 1 && compare_canonical(previous_, field, type_) >= 0)
    return fields_.wrong(
        fmt::format("record {} ({}) does not come after {}", fields_.number(), field, previous_));
  previous_ = field;
  id = previous_;
  return true;
}

MissingReader::MissingReader(FieldReader fields, IdType type)
    : first_missing_([&] {
        const auto& header = fields.fields();  // until the first record is read
        for (std::size_t i = 1; i + 1 < header.size(); ++i) {
          if (header[i] + "," + header[i + 1] == kAgeColumns) return i;
        }
        return std::size_t{0};
      }()),
      ids_(std::move(fields), type) {}

Result<bool> MissingReader::next(MissingLine& line) {
  FQ_TRY_ASSIGN(const bool more, ids_.next(line.id));
  if (!more || !has_ages()) return more;
  const FieldReader& record = ids_.fields();
  line.first_missing = record.fields()[first_missing_];
  const std::string& runs = record.fields()[first_missing_ + 1];
  if (!read_number(runs, line.runs_missing) || line.runs_missing == 0)
    return record.wrong(fmt::format("record {}: {} is no number of runs", record.number(), runs));
  if (!epoch_seconds(record.fields()[first_missing_]))
    return record.wrong(fmt::format("record {}: {} is no time", record.number(), line.first_missing));
  return true;
}

Result<RejectedReader> RejectedReader::open(const std::filesystem::path& path, const FormatOptions& options) {
  constexpr std::size_t kOfFirstVersion = 3;  // line, raw, reason
  FQ_TRY_ASSIGN(FieldReader fields,
                FieldReader::open(path, columns_of(Artifact::rejected), options, kOfFirstVersion));
  return RejectedReader(std::move(fields));
}

Result<bool> RejectedReader::next(RejectedLine& line) {
  FQ_TRY_ASSIGN(const bool more, fields_.next());
  if (!more) return false;
  const auto& fields = fields_.fields();
  if (!read_number(fields[0], line.line))
    return fields_.wrong(fmt::format("record {}: {} is not a line number", fields_.number(), fields[0]));
  line.raw = fields[1];
  line.reason = fields[2];
  constexpr std::size_t kPlaceColumns = 6;
  if (fields.size() < kPlaceColumns) return true;
  line.column = fields[3];
  line.offset.reset();
  if (std::uint64_t offset = 0; !fields[4].empty()) {
    if (!read_number(fields[4], offset))
      return fields_.wrong(fmt::format("record {}: {} is not a byte offset", fields_.number(), fields[4]));
    line.offset = offset;
  }
  line.cell = fields[5];
  return true;
}

Result<DuplicateReader> DuplicateReader::open(const std::filesystem::path& path,
                                              const FormatOptions& options) {
  FQ_TRY_ASSIGN(FieldReader fields, FieldReader::open(path, columns_of(Artifact::duplicates), options));
  return DuplicateReader(std::move(fields));
}

Result<bool> DuplicateReader::next(DuplicateLine& line) {
  FQ_TRY_ASSIGN(const bool more, fields_.next());
  if (!more) return false;
  const auto& fields = fields_.fields();
  if (!read_number(fields[0], line.line) || !read_number(fields[2], line.first_line)) {
    return fields_.wrong(fmt::format("record {}: {} and {} are not both line numbers", fields_.number(),
                                     fields[0], fields[2]));
  }
  line.id = fields[1];
  return true;
}

}  // namespace firmquery
