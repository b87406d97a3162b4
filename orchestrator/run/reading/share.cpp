#include "reading/share.hpp"

#include <algorithm>

namespace firmquery {
Share::Share(const IdSet& ids, unsigned number, Slice slice)
    : ids_(ids), number_(number), slice_(slice), reconciler_(ids, slice) {
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
bool Share::take_out(Slice finished, std::uint64_t units) {
  const auto holder = std::find_if(rest_.begin(), rest_.end(), [&](Slice slice) {
    return slice.begin <= finished.begin && finished.end <= slice.end;
  });
  if (holder == rest_.end()) return false;
  const Slice before{holder->begin, finished.begin}, after{finished.end, holder->end};
  const auto at = rest_.erase(holder);
  for (const Slice slice : {after, before}) {
    if (!slice.empty()) rest_.insert(at, slice);
  }
  units_ += units;
  return true;
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
