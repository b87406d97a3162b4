// The names by which people and files know strategies.
#include "firmquery/job/job.hpp"

namespace firmquery {

std::string_view to_string(StrategyKind kind) {
  switch (kind) {
    case StrategyKind::automatic:
      return "auto";
    case StrategyKind::temp_table:
      return "temp-table";
    case StrategyKind::staging_table:
      return "staging-table";
    case StrategyKind::array:
      return "array";
    case StrategyKind::in_list:
      return "in-list";
    case StrategyKind::scan:
      return "scan";
  }
  return "";
}

}  // namespace firmquery
