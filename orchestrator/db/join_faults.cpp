// https://www.cockroachlabs.com/docs/advisories/a78681 and a81968, and cockroachdb/cockroach issue 159660.
#include <fmt/format.h>

#include <array>
#include <compare>

#include "firmquery/db/dialect.hpp"

namespace firmquery {
namespace {

struct Release {
  int major = 0, minor = 0, patch = 0;
  // clang-tidy 14 takes the comparison with 0 for one with a null pointer.
  friend auto operator<=>(const Release&, const Release&) = default;  // NOLINT(modernize-use-nullptr)
};

struct Fault {
  Release first, mended;
  std::string_view what, remedy;
};

constexpr std::string_view kSemiJoin =
    "semi-joins can return a row more than once where an index begins with a column of few allowed values "
    "(advisory "
    "78681)";
constexpr std::array kFaults = {
    Fault{{0, 0, 0}, {21, 1, 17}, kSemiJoin, "upgrade to v21.1.17 or later"},
    Fault{{21, 2, 0}, {21, 2, 8}, kSemiJoin, "upgrade to v21.2.8 or later"},
    Fault{{22, 1, 0},
          {22, 1, 1},
          "left joins can return columns of the right side where nothing matches (advisory 81968)",
          "upgrade to v22.1.1 or later"},
    Fault{{24, 3, 0},
          {26, 2, 0},
          "a lookup join can ignore an IN condition on a later column of an index (issue 159660)",
          "upgrade to v26.2 or later, or to a patch release that names this issue among its fixes"},
};

}  // namespace

std::vector<JoinFault> join_faults(const Dialect& dialect) {
  std::vector<JoinFault> known;
  if (!dialect.is_cockroachdb()) return known;
  const Release release{dialect.major, dialect.minor, dialect.patch};
  for (const Fault& fault : kFaults) {
    if (release < fault.first || release >= fault.mended) continue;
    known.push_back({fmt::format("{} gives wrong results in some joins: {}", dialect.version, fault.what),
                     std::string(fault.remedy)});
  }
  return known;
}

}  // namespace firmquery
