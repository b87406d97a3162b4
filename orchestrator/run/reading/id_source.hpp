// The IDs of a unit as text, where they travel with its statement. A run writes all of them; a plan shows the
// first few and says how many more there are.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

#include "firmquery/core/id_set.hpp"
#include "firmquery/core/plan.hpp"

namespace firmquery {

class IdSource {
 public:
  static constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

  // `ids` must outlive the source.
  explicit IdSource(const IdSet& ids, std::size_t most = kAll) : ids_(&ids), most_(most) {}

  // "a,b,c" or "a,b,c, ... 4997 more", of what append(rank, id, list) makes of each ID.
  template <class Append>
  std::string join(Slice slice, Append append) const {
    std::string list, id;
    const std::size_t shown = std::min(slice.size(), most_);
    for (std::size_t rank = slice.begin; rank < slice.begin + shown; ++rank) {
      if (rank > slice.begin) list += ',';
      id.clear();
      ids_->append_canonical(rank, id);
      append(rank, id, list);
    }
    if (shown < slice.size()) list += ", ... " + std::to_string(slice.size() - shown) + " more";
    return list;
  }

  // The text of a one-dimensional array: {1,2,3} or {"a","b\\c"}.
  std::string array(Slice slice) const;

 private:
  const IdSet* ids_;
  std::size_t most_;
};

// All IDs of a slice as the text of an array.
std::string array_text(const IdSet& ids, Slice slice);
// A text as a quoted element of an array's text.
std::string array_element(std::string_view text);

}  // namespace firmquery
