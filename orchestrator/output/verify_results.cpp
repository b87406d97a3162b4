#include "verify_results.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "firmquery/core/id_set.hpp"
#include "firmquery/core/id_type.hpp"
#include "firmquery/core/key_text.hpp"
#include "firmquery/core/row_key.hpp"

namespace firmquery {
namespace {

class ResultCheck {
 public:
  ResultCheck(const RunReader& run, const ResultFile& file, IdType type)
      : report_(run.report()), name_(file.name()), type_(type) {}

  Result<void> open(Result<std::unique_ptr<ResultRows>> opened) {
    FQ_TRY_ASSIGN(file_, std::move(opened));
    const auto key = RowKey::among(file_->columns(), report_.key);
    if (!key) return wrong(fmt::format("the header has no column {}", report_.key));
    row_key_ = *key;
    return {};
  }

  // `begin`: where the range's bytes begin in its part.
  Result<void> range(const JournalUnit& unit, std::uint64_t begin) {
    IdSetBuilder keys(type_);
    ByteDigest digest;
    std::uint64_t bytes = 0;
    const std::uint64_t first = rows_ + 1;
    std::string last;
    for (std::uint64_t i = 0; i < unit.rows; ++i) {
      FQ_TRY_ASSIGN(const bool more, file_->next());
      if (!more)
        return wrong(
            fmt::format("it holds {} records, but the report has {} rows", rows_, report_.result.rows));
      ++rows_;
      const std::string_view record = file_->csv();
      digest.update(record);
      bytes += record.size();
      FQ_TRY(take_key());
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
    if (begin + bytes != unit.part_offset || digest.value() != unit.bytes_digest)
      return wrong(place + ": the values are not those that the journal has the digest of");
    found_ += found.size();
    found_digest_ += found_digest;
    return {};
  }

  Result<std::string> end() {
    FQ_TRY_ASSIGN(const bool more, file_->next());
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
    return fmt::format("{} holds the {} rows of the journal, with the keys of the {} found IDs, digest {}",
                       name_, rows_, found_, found_digest_.to_hex());
  }

 private:
  Failure wrong(std::string message) const {
    return fail(ErrorKind::integrity, std::move(message), name_,
                "the file was altered after it was written, or belongs to another run");
  }

  Result<void> take_key() {
    std::string_view value;
    bool is_null = false;
    const auto field = [this](std::size_t column, std::string_view& text, bool& null) {
      return file_->field(column, text, null);
    };
    if (!row_key_.read(field, value, is_null) || is_null)
      return wrong(fmt::format("record {} has no key", rows_));
    if (!read_key(value, type_, key_)) {
      return wrong(fmt::format("record {}: the key \"{}\" is not an ID of type {}", rows_,
                               value.substr(0, 200), to_string(type_)));
    }
    return {};
  }

  const Report& report_;
  const std::string name_;
  const IdType type_;
  std::unique_ptr<ResultRows> file_;
  RowKey row_key_;
  std::string key_;
  std::uint64_t rows_ = 0, found_ = 0;
  Digest found_digest_;
};

}  // namespace

Result<std::string> verify_results(const RunReader& run, const ResultFile& file,
                                   const JournalState& journal) {
  const auto type = id_type_from_string(run.report().id_type);
  if (!type) {
    return fail(ErrorKind::integrity, "the report does not say what its keys are", file.name(),
                "the files were altered after they were written");
  }
  ResultCheck check(run, file, *type);
  FQ_TRY(check.open(run.results(file)));
  // The parts follow each other; within one, the ranges stand as the journal has them.
  std::vector<JournalUnit> units = journal.units;
  std::stable_sort(units.begin(), units.end(),
                   [](const JournalUnit& a, const JournalUnit& b) { return a.share < b.share; });
  for (std::size_t i = 0; i < units.size(); ++i) {
    const bool follows = i > 0 && units[i - 1].share == units[i].share;
    FQ_TRY(check.range(units[i], follows ? units[i - 1].part_offset : 0));
  }
  return check.end();
}

}  // namespace firmquery
