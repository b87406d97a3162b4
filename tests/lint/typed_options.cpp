// What must not compile, one case at a time, and one that must: an option is read by a name and a type that
// exist.
#include "firmquery/job/options.hpp"
#include "firmquery/job/settings.hpp"

namespace firmquery {

#if CASE == 0
constexpr Option<std::chrono::seconds> kGood{"connect-timeout"};
auto read(const Settings& settings) {
  return settings.get(kGood);
}
#elif CASE == 1
constexpr Option<std::chrono::seconds> kName{"conect-timeout"};
#elif CASE == 2
constexpr Option<bool> kKind{"connect-timeout"};
#elif CASE == 3
constexpr Option<std::uint8_t> kRange{"chunk-size"};
#elif CASE == 4
constexpr Choice<bool> kNames{"snapshot", {{"on", true}, {"of", false}}};
#elif CASE == 5
constexpr Choice<bool> kFewer{"snapshot", {{"on", true}}};
#elif CASE == 6
auto read(const Settings& settings) {
  return settings.get("connect-timeout");
}
#elif CASE == 7
constexpr Choice<int> kUnset{"thousands", {{"point", 1}, {"comma", 2}, {"apostrophe", 3}, {"space", 4}}};
#endif

}  // namespace firmquery
