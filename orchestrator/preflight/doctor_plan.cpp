// Whether the server would read whole tables, as its planner says of the ranges that tell.
#include <fmt/format.h>

#include <algorithm>

#include "doctor_checks.hpp"
#include "firmquery/output/run_directory.hpp"
#include "preparing/full_scans.hpp"

namespace firmquery {

Checks check_plan(const Job& job, Session* session, const Dialect* dialect, const SqlTemplate* sql_template,
                  const QueryFacts* facts, std::optional<IdSet> ids) {
  const std::string name = "full scans";
  Checks checks;
  const auto not_checked = [&](const std::string& why) {
    checks.not_checked(name, why);
    return std::move(checks);
  };
  if (facts == nullptr) return not_checked("the query has not been examined");
  const auto choice = choose_strategy(job, *dialect);
  if (!choice) return not_checked("there is no strategy");
  const bool stand_in = !ids;
  if (stand_in) ids = stand_in_ids(facts->key);
  if (const auto readable = check_scan(job, *facts, ids->type()); !readable) {
    checks.fail(name, readable.error());
    return checks;
  }
  const Slice whole = askable(*ids, facts->key);
  if (whole.empty()) return not_checked("there is nothing to ask");
  RetryPolicy retry(job);
  const StrategyContext context{job, *dialect, *sql_template, *facts, *ids, make_run_id(), retry};
  const auto units = telling_units(context, choice->kind, split(whole, std::max(job.connections, 1u)));
  const auto found = find_full_scans(*session, context, choice->kind, units);
  if (!found) return not_checked(found.error().message);
  for (const ScanWarning& scan : *found) checks.warn(name, scan.what, scan.remedy);
  if (found->empty()) {
    checks.ok(name, fmt::format("none for {} by {}", stand_in ? "made-up IDs" : "the first range of the list",
                                to_string(choice->kind)));
  }
  return checks;
}

}  // namespace firmquery
