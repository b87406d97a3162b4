// The names by which people and files know strategies and lists.
#include "firmquery/job/job.hpp"

namespace firmquery {

std::string_view query_of(std::string_view ids_path) {
  constexpr std::string_view kPrefix = "sql:";
  return ids_path.starts_with(kPrefix) ? ids_path.substr(kPrefix.size()) : std::string_view();
}

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
