#include "publishing/part_writer.hpp"

#include <algorithm>
#include <utility>

namespace firmquery {

Result<void> PartWriter::open() {
  FQ_TRY_ASSIGN(part_, PartFile::open(path_, kept_));
  unit_begin_ = kept_;
  finished_ = {};
  bytes_ = {};
  before_ = {};
  return {};
}

Result<void> PartWriter::row(std::string_view csv) {
  if (auto written = part_->write(csv); !written) {
    broken_ = true;
    return written;
  }
  bytes_.update(csv);
  return {};
}

Result<void> PartWriter::take_back() {
  bytes_ = before_;
  if (auto cut = part_->truncate(unit_begin_); !cut) {
    broken_ = true;
    return cut;
  }
  return {};
}

void PartWriter::finish(const FinishedUnit& unit) {
  finished_.share = share_;
  if (finished_.slice.empty()) finished_.slice.begin = unit.ids.begin;
  finished_.slice.end = unit.ids.end;
  ++finished_.units;
  finished_.rows += unit.rows;
  finished_.found += unit.found;
  finished_.found_digest += unit.found_digest;
  finished_.seconds += unit.seconds;
  finished_.longest_s = std::max(finished_.longest_s, unit.seconds);
  unit_begin_ = part_->offset();
  before_ = bytes_;
}

Result<void> PartWriter::keep() {
  if (finished_.slice.empty()) return {};
  const bool was_broken = std::exchange(broken_, true);
  FQ_TRY(part_->sync());
  finished_.part_offset = part_->offset();
  finished_.bytes_digest = bytes_.value();
  FQ_TRY(journal_.unit(finished_));
  broken_ = was_broken;
  kept_ = finished_.part_offset;
  finished_ = {};
  bytes_ = {};
  before_ = {};
  return {};
}

}  // namespace firmquery
