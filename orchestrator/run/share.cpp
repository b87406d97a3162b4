#include "share.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "firmquery/csv.hpp"
#include "firmquery/csv_records.hpp"

namespace firmquery {
namespace {

Failure differs(const std::filesystem::path& part, const std::string& what) {
  return fail(ErrorKind::integrity, "the rows of finished ranges are not what the journal says: " + what,
              part.string(), "the file was altered after the run stopped: start a new run");
}

}  // namespace

Share::Share(const IdSet& ids, unsigned number, Slice slice, std::filesystem::path part_path)
    : number_(number), slice_(slice), part_path_(std::move(part_path)), reconciler_(ids, slice) {
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
    return differs(part_path_, fmt::format("the IDs {} to {} are finished twice", unit.begin + 1, unit.end));
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
  std::string scratch;
  for (const JournalUnit& unit : units) {
    if (unit.share != number_) continue;
    FQ_TRY(take_out(unit.slice));
    reconciler_.begin(unit.slice);
    while (position < unit.part_offset) {
      if (!records) {
        FQ_TRY_ASSIGN(records, CsvRecords::open(part_path_));
      }
      std::string_view record, key;
      FQ_TRY_ASSIGN(const bool more, records->next(record));
      if (!more) return differs(part_path_, fmt::format("it ends at byte {}", position));
      bool is_null = false;
      if (!csv_field(record, key_index, scratch, key, is_null)) {
        return differs(part_path_, fmt::format("the row at byte {} has no key", position));
      }
      FQ_TRY(reconciler_.row(key, is_null));
      position += record.size();
    }
    if (position != unit.part_offset || reconciler_.unit_rows() != unit.rows ||
        reconciler_.unit_found() != unit.found || reconciler_.unit_digest() != unit.found_digest) {
      return differs(part_path_,
                     fmt::format("{} rows of {} IDs up to byte {}, where {} rows of {} IDs should end "
                                 "at byte {}",
                                 reconciler_.unit_rows(), reconciler_.unit_found(), position, unit.rows,
                                 unit.found, unit.part_offset));
    }
    reconciler_.commit();
    units_ += unit.units;
    part_offset_ = unit.part_offset;
  }
  return {};
}

}  // namespace firmquery
