#include "strategy.hpp"

namespace firmquery {

Result<StrategyChoice> choose_strategy(const Job& job, const Dialect& dialect) {
  const auto temp_table = dialect.capabilities.find("temp_table");
  const bool can_stage = dialect.has("temp_table") && dialect.has("copy_in");
  const std::string obstacle =
      temp_table == dialect.capabilities.end() ? "not probed" : temp_table->second.detail;
  switch (job.strategy) {
    case StrategyKind::temp_table:
      if (can_stage) return StrategyChoice{StrategyKind::temp_table, "asked for"};
      return fail(ErrorKind::permission, "temporary tables cannot be used here: " + obstacle,
                  "--strategy temp-table",
                  "GRANT TEMPORARY ON DATABASE to this role, or use --strategy auto");
    case StrategyKind::in_list:
      return StrategyChoice{StrategyKind::in_list, "asked for"};
    case StrategyKind::automatic:
      break;
    default:
      return fail(ErrorKind::usage,
                  "the strategy " + std::string(to_string(job.strategy)) + " is not in this version",
                  "--strategy", "use auto, temp-table or in-list");
  }
  if (can_stage) return StrategyChoice{StrategyKind::temp_table, "auto: the server allows temporary tables"};
  return StrategyChoice{StrategyKind::in_list, "auto: no temporary table (" + obstacle + ")"};
}

std::unique_ptr<Strategy> make_strategy(StrategyKind kind, const StrategyContext& context) {
  return kind == StrategyKind::in_list ? make_in_list(context) : make_temp_table(context);
}

}  // namespace firmquery
