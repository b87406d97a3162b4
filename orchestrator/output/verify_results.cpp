#include "verify_results.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "firmquery/core/csv.hpp"
#include "firmquery/output/csv_records.hpp"
#include "firmquery/core/id_set.hpp"
#include "firmquery/core/id_type.hpp"
#include "firmquery/core/key_text.hpp"

namespace firmquery {
namespace {

Failure wrong(std::string message) {
  return fail(ErrorKind::integrity, std::move(message), "results.csv",
              "the file was altered after it was written, or belongs to another run");
}

class ResultRows {
 public:
  ResultRows(CsvRecords records, const Report& report, IdType type)
      : records_(std::move(records)), report_(report), type_(type) {}

  Result<void> header(const std::string& expected) {
    std::string_view record, name;
    FQ_TRY_ASSIGN(const bool any, records_.next(record));
    if (!any) return wrong("the file is empty, without even a header");
    if (!report_.spreadsheet_safe && record != expected)
      return wrong("the header is not that of the journal");
    bool is_null = false;
    for (; csv_field(record, key_column_, scratch_, name, is_null); ++key_column_) {
      if (plain(name) == report_.key) return {};
    }
    return wrong(fmt::format("the header has no column {}", report_.key));
  }

  // `begin`: where the range's bytes begin in its part.
  Result<void> range(const JournalUnit& unit, std::uint64_t begin) {
    IdSetBuilder keys(type_);
    ByteDigest digest;
    std::uint64_t bytes = 0;
    const std::uint64_t first = rows_ + 1;
    std::string last;
    for (std::uint64_t i = 0; i < unit.rows; ++i) {
      std::string_view record;
      FQ_TRY_ASSIGN(const bool more, records_.next(record));
      if (!more)
        return wrong(
            fmt::format("it holds {} records, but the report has {} rows", rows_, report_.result.rows));
      ++rows_;
      digest.update(record);
      bytes += record.size();
      FQ_TRY(take_key(record));
      if (i > 0 && key_ == last) continue;  // rows of one ID mostly follow each other
      last = key_;
      keys.add(std::string_view(key_));
    }
    const IdSet found = keys.finish().unique;
    const Digest found_digest = found.digest();
    const std::string place = fmt::format("records {} to {}", first, rows_);
    if (found.size() != unit.found || found_digest != unit.found_digest) {
      return wrong(
          fmt::format("{}: the keys are not those of the journal ({} with digest {}, not {} with {})", place,
                      found.size(), found_digest.to_hex(), unit.found, unit.found_digest.to_hex()));
    }
    if (!report_.spreadsheet_safe &&
        (begin + bytes != unit.part_offset || digest.value() != unit.bytes_digest)) {
      return wrong(place + ": the values are not those that the journal has the digest of");
    }
    found_ += found.size();
    found_digest_ += found_digest;
    return {};
  }

  Result<std::string> end() {
    std::string_view record;
    FQ_TRY_ASSIGN(const bool more, records_.next(record));
    if (more) return wrong(fmt::format("it holds more than {} records, which the journal has", rows_));
    if (rows_ != report_.result.rows) {
      return wrong(
          fmt::format("it holds {} records, but the report has {} rows", rows_, report_.result.rows));
    }
    if (found_ != report_.result.found || found_digest_ != report_.result.found_digest) {
      return wrong(fmt::format("its keys are {} with digest {}, but the report has {} with {}", found_,
                               found_digest_.to_hex(), report_.result.found,
                               report_.result.found_digest.to_hex()));
    }
    return fmt::format(
        "results.csv holds the {} rows of the journal, with the keys of the {} found IDs, digest {}", rows_,
        found_, found_digest_.to_hex());
  }

 private:
  std::string_view plain(std::string_view value) const {
    return report_.spreadsheet_safe ? from_spreadsheet_safe(value) : value;
  }

  Result<void> take_key(std::string_view record) {
    std::string_view value;
    bool is_null = false;
    if (!csv_field(record, key_column_, scratch_, value, is_null) || is_null) {
      return wrong(fmt::format("record {} has no key", rows_));
    }
    if (!read_key(plain(value), type_, key_)) {
      return wrong(fmt::format("record {}: the key \"{}\" is not an ID of type {}", rows_,
                               value.substr(0, 200), to_string(type_)));
    }
    return {};
  }

  CsvRecords records_;
  const Report& report_;
  const IdType type_;
  std::size_t key_column_ = 0;
  std::string scratch_, key_;
  std::uint64_t rows_ = 0, found_ = 0;
  Digest found_digest_;
};

}  // namespace

Result<std::string> verify_results(const std::filesystem::path& path, const Report& report,
                                   const JournalState& journal) {
  const auto type = id_type_from_string(report.id_type);
  if (!type || !journal.list) return wrong("report and journal do not say what its keys are");
  FQ_TRY_ASSIGN(CsvRecords records, CsvRecords::open(path));
  ResultRows rows(std::move(records), report, *type);
  FQ_TRY(rows.header(journal.list->csv_header));
  // The parts follow each other; within one, the ranges stand as the journal has them.
  std::vector<JournalUnit> units = journal.units;
  std::stable_sort(units.begin(), units.end(),
                   [](const JournalUnit& a, const JournalUnit& b) { return a.share < b.share; });
  for (std::size_t i = 0; i < units.size(); ++i) {
    const bool follows = i > 0 && units[i - 1].share == units[i].share;
    FQ_TRY(rows.range(units[i], follows ? units[i - 1].part_offset : 0));
  }
  return rows.end();
}

}  // namespace firmquery
