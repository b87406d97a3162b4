// The names by which people and files know phases and strategies.
#include "firmquery/job.hpp"
#include "firmquery/pipeline.hpp"

namespace firmquery {

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::starting:
      return "starting";
    case Phase::cleaning:
      return "cleaning";
    case Phase::connecting:
      return "connecting";
    case Phase::loading:
      return "loading";
    case Phase::querying:
      return "querying";
    case Phase::exporting:
      return "exporting";
    case Phase::done:
      return "done";
  }
  return "";
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
