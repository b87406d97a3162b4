#include <fmt/format.h>

#include "firmquery/core/csv.hpp"
#include "firmquery/output/csv_records.hpp"
#include "publishing/part_writer.hpp"
#include "reading/share.hpp"

namespace firmquery {
namespace {

class Restorer {
 public:
  Restorer(Share& share, const std::filesystem::path& part, RowKey key)
      : share_(share), part_(part), key_(key) {}

  Result<void> unit(const JournalUnit& unit) {
    if (!share_.take_out(unit.slice, unit.units))
      return altered(
          fmt::format("the IDs {} to {} are finished twice", unit.slice.begin + 1, unit.slice.end));
    if (!records_ && unit.part_offset > 0) {
      std::error_code ignored;
      if (!std::filesystem::exists(part_, ignored)) return differs(unit, "the file is not there");
      FQ_TRY_ASSIGN(records_, CsvRecords::open(part_));
    }
    share_.reconciler().begin(unit.slice);
    FQ_TRY(rows(unit));
    share_.reconciler().commit();
    return {};
  }

 private:
  Failure altered(const std::string& what) const {
    return fail(ErrorKind::integrity, "the rows of finished ranges are not what the journal says: " + what,
                part_.string(), "the file was altered after the run stopped: start a new run");
  }

  Failure differs(const JournalUnit& unit, const std::string& what) const {
    const IdSet& ids = share_.ids();
    return altered(fmt::format("range of {} IDs from {} to {}: {}", unit.slice.size(),
                               ids.canonical(unit.slice.begin), ids.canonical(unit.slice.end - 1), what));
  }

  Result<void> rows(const JournalUnit& unit) {
    Reconciler& reconciler = share_.reconciler();
    ByteDigest bytes;
    std::string scratch;
    while (position_ < unit.part_offset) {
      std::string_view record, key;
      const auto more = records_->next(record);
      if (!more) return differs(unit, more.error().message);
      if (!*more) return differs(unit, fmt::format("the file ends at byte {}", position_));
      bytes.update(record);
      bool is_null = false;
      if (!key_.read_csv(record, scratch, key, is_null)) {
        return differs(unit, fmt::format("the row at byte {} has no key", position_));
      }
      if (const auto known = reconciler.row(key, is_null); !known)
        return differs(unit, known.error().message);
      position_ += record.size();
    }
    if (position_ != unit.part_offset || reconciler.unit_rows() != unit.rows ||
        reconciler.unit_found() != unit.found || reconciler.unit_digest() != unit.found_digest) {
      return differs(
          unit, fmt::format("{} rows of {} IDs up to byte {}, where {} rows of {} IDs should end at byte {}",
                            reconciler.unit_rows(), reconciler.unit_found(), position_, unit.rows, unit.found,
                            unit.part_offset));
    }
    if (bytes.value() != unit.bytes_digest)
      return differs(unit, fmt::format("the {} rows up to byte {} have other values", unit.rows, position_));
    return {};
  }

  Share& share_;
  const std::filesystem::path& part_;
  const RowKey key_;
  std::optional<CsvRecords> records_;
  std::uint64_t position_ = 0;
};

}  // namespace

Result<std::uint64_t> restore_share(Share& share, const std::filesystem::path& part,
                                    const std::vector<JournalUnit>& units, RowKey key) {
  Restorer restorer(share, part, key);
  std::uint64_t kept = 0;
  for (const JournalUnit& unit : units) {
    if (unit.share != share.number()) continue;
    FQ_TRY(restorer.unit(unit));
    kept = unit.part_offset;
  }
  // Also when nothing is left to be read, and so no worker opens the file.
  if (kept > 0) FQ_TRY(PartFile::open(part, kept));
  return kept;
}

}  // namespace firmquery
