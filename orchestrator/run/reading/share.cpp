#include "reading/share.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "firmquery/core/csv.hpp"
#include "firmquery/output/csv_records.hpp"
#include "firmquery/output/files.hpp"

namespace firmquery {
namespace {

Failure altered(const std::filesystem::path& part, const std::string& what) {
  return fail(ErrorKind::integrity, "the rows of finished ranges are not what the journal says: " + what,
              part.string(), "the file was altered after the run stopped: start a new run");
}

}  // namespace

Failure Share::differs(const JournalUnit& unit, const std::string& what) const {
  return altered(part_path_,
                 fmt::format("range of {} IDs from {} to {}: {}", unit.slice.size(),
                             ids_.canonical(unit.slice.begin), ids_.canonical(unit.slice.end - 1), what));
}

Share::Share(const IdSet& ids, unsigned number, Slice slice, std::filesystem::path part_path)
    : ids_(ids), number_(number), slice_(slice), part_path_(std::move(part_path)), reconciler_(ids, slice) {
  if (!slice.empty()) rest_.push_back(slice);
}

Slice Share::hull() const {
  return rest_.empty() ? Slice{} : Slice{rest_.front().begin, rest_.back().end};
}

void Share::advance(std::size_t rank) {
  rest_.front().begin = rank;
  if (rest_.front().empty()) rest_.erase(rest_.begin());
}

void Share::finish(Slice unit) {
  ++units_;
  all_journalled_ = false;
  advance(unit.end);
}

void Share::fail(Slice unit, const std::string& error) {
  advance(unit.end);
  if (!failed_.empty() && failed_.back().slice.end == unit.begin && failed_.back().error == error) {
    failed_.back().slice.end = unit.end;
  } else {
    failed_.push_back({unit, error});
  }
}

void Share::fail_rest(const std::string& error) {
  while (!done()) fail(front(), error);
}

std::vector<Slice> Share::unread() const {
  std::vector<Slice> slices = rest_;
  for (const Failed& failed : failed_) slices.push_back(failed.slice);
  std::sort(slices.begin(), slices.end(), [](Slice a, Slice b) { return a.begin < b.begin; });
  return slices;
}

// A finished range may lie anywhere in what is left: the ranges around a failed one were finished first.
Result<void> Share::take_out(Slice unit) {
  const auto holder = std::find_if(rest_.begin(), rest_.end(), [&](Slice slice) {
    return slice.begin <= unit.begin && unit.end <= slice.end;
  });
  if (holder == rest_.end()) {
    return altered(part_path_, fmt::format("the IDs {} to {} are finished twice", unit.begin + 1, unit.end));
  }
  const Slice before{holder->begin, unit.begin}, after{unit.end, holder->end};
  const auto at = rest_.erase(holder);
  for (const Slice slice : {after, before}) {
    if (!slice.empty()) rest_.insert(at, slice);
  }
  return {};
}

Result<void> Share::restore(const std::vector<JournalUnit>& units, std::size_t key_index) {
  std::uint64_t position = 0;
  std::optional<CsvRecords> records;
  for (const JournalUnit& unit : units) {
    if (unit.share != number_) continue;
    FQ_TRY(take_out(unit.slice));
    if (!records && unit.part_offset > 0) {
      std::error_code ignored;
      if (!std::filesystem::exists(part_path_, ignored)) return differs(unit, "the file is not there");
      FQ_TRY_ASSIGN(records, CsvRecords::open(part_path_));
    }
    reconciler_.begin(unit.slice);
    FQ_TRY(restore_rows(unit, key_index, records, position));
    reconciler_.commit();
    units_ += unit.units;
    part_offset_ = unit.part_offset;
  }
  // Also when nothing is left to be read, and so no worker opens the file.
  if (part_offset_ > 0) FQ_TRY(PartFile::open(part_path_, part_offset_));
  return {};
}

Result<void> Share::restore_rows(const JournalUnit& unit, std::size_t key_index,
                                 std::optional<CsvRecords>& records, std::uint64_t& position) {
  ByteDigest bytes;
  std::string scratch;
  while (position < unit.part_offset) {
    std::string_view record, key;
    const auto more = records->next(record);
    if (!more) return differs(unit, more.error().message);
    if (!*more) return differs(unit, fmt::format("the file ends at byte {}", position));
    bytes.update(record);
    bool is_null = false;
    if (!csv_field(record, key_index, scratch, key, is_null)) {
      return differs(unit, fmt::format("the row at byte {} has no key", position));
    }
    if (const auto known = reconciler_.row(key, is_null); !known) return differs(unit, known.error().message);
    position += record.size();
  }
  if (position != unit.part_offset || reconciler_.unit_rows() != unit.rows ||
      reconciler_.unit_found() != unit.found || reconciler_.unit_digest() != unit.found_digest) {
    return differs(unit, fmt::format("{} rows of {} IDs up to byte {}, where {} rows of {} IDs should end "
                                     "at byte {}",
                                     reconciler_.unit_rows(), reconciler_.unit_found(), position, unit.rows,
                                     unit.found, unit.part_offset));
  }
  if (bytes.value() != unit.bytes_digest) {
    return differs(unit, fmt::format("the {} rows up to byte {} have other values", unit.rows, position));
  }
  return {};
}

std::size_t unread_ids(const std::vector<Share>& shares) {
  std::size_t ids = 0;
  for (const Share& share : shares) {
    for (const Slice slice : share.unread()) ids += slice.size();
  }
  return ids;
}

Result<void> first_failure(const std::vector<Share>& shares) {
  std::uint64_t units = 0;
  const Share::Failed* failed = nullptr;
  for (const Share& share : shares) {
    units += share.units();
    if (failed == nullptr && !share.failed().empty()) failed = &share.failed().front();
  }
  if (failed == nullptr || units > 0) return {};
  return fail(ErrorKind::transient, "nothing could be read: " + failed->error);
}

}  // namespace firmquery
