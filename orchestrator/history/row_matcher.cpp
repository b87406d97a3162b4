#include "row_matcher.hpp"

#include <algorithm>

#include "firmquery/core/csv.hpp"

namespace firmquery {
namespace {

// So many rows of one ID that differ are matched; with more, and they are told of as they are.
constexpr std::size_t kMatchedRows = 1000;
// Beyond so many, they are matched in their order and not by likeness: that takes the square of their number.
constexpr std::size_t kLikenedRows = 32;

// The fields of a record one after the other, each as it stands there: quoted or not, nothing is null.
class RawFields {
 public:
  explicit RawFields(std::string_view record) : record_(record) {}
  std::string_view next() {
    const std::size_t begin = std::min(position_, record_.size());
    std::string_view value;
    bool is_null = false;
    if (position_ > record_.size() || !next_csv_field(record_, position_, scratch_, value, is_null)) {
      position_ = record_.size() + 1;
      return record_.substr(begin);
    }
    return record_.substr(begin, position_ - begin - 1);
  }

 private:
  std::string_view record_;
  std::size_t position_ = 0;
  std::string scratch_;
};

}  // namespace

Result<void> RowMatcher::keep(std::string_view id, std::vector<std::string>& rows, std::string_view row,
                              bool added) {
  if (rows.size() == kMatchedRows) return tell(id, row, added);
  rows.emplace_back(row);
  return {};
}

Result<void> RowMatcher::tell(std::string_view id, std::string_view row, bool added) {
  ++(added ? added_ : removed_);
  return sink_.row(id, added, row);
}

std::size_t RowMatcher::differing(std::string_view then, std::string_view now) const {
  RawFields a(then), b(now);
  std::size_t count = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) count += a.next() != b.next() ? 1 : 0;
  return count;
}

Result<void> RowMatcher::compare(std::string_view id, std::string_view then, std::string_view now) {
  RawFields a(then), b(now);
  for (const std::string& column : columns_) {
    const std::string_view was = a.next(), is = b.next();
    if (was != is) FQ_TRY(sink_.value(id, column, was, is));
  }
  ++changed_;
  return {};
}

Result<void> RowMatcher::end(std::string_view id) {
  if (then_.empty() && now_.empty()) return {};
  for (const std::string& row : then_) {
    if (now_.empty()) {
      FQ_TRY(tell(id, row, false));
      continue;
    }
    auto like = now_.begin();
    if (now_.size() <= kLikenedRows) {
      std::size_t least = columns_.size() + 1;
      for (auto other = now_.begin(); other != now_.end(); ++other) {
        const std::size_t count = differing(row, *other);
        if (count >= least) continue;
        least = count;
        like = other;
      }
    }
    FQ_TRY(compare(id, row, *like));
    now_.erase(like);
  }
  for (const std::string& row : now_) FQ_TRY(tell(id, row, true));
  then_.clear();
  now_.clear();
  return {};
}

}  // namespace firmquery
