// What was found out about missing IDs, as an unfinished run keeps it.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "firmquery/core/near_misses.hpp"
#include "json_fields.hpp"
#include "report_findings_json.hpp"

namespace firmquery {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

std::string to_json(const NearMisses& near_misses) {
  Json found = Json::array();
  for (const NearMiss& miss : near_misses.found) {
    found.push_back({{"rank", miss.rank},
                     {"suggestion", miss.suggestion},
                     {"rule", miss.rule},
                     {"matches", miss.matches}});
  }
  const Json json = {{"schema", 1},
                     {"of_found", near_misses.of_found.to_hex()},
                     {"report", to_object(near_misses.report)},
                     {"found", std::move(found)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<NearMisses> near_misses_from_json(const std::string& text, const std::string& place) {
  const Json json = Json::parse(text, nullptr, false);
  std::string problem;
  if (!json.is_object()) problem = "it is not a JSON object";
  const JsonFields root(&json, "", problem);
  NearMisses read;
  root.read("of_found", read.of_found);
  read.report = near_misses_from(root.object("report"), problem);
  const Json* found = problem.empty() ? root.array("found", JsonFields::required) : nullptr;
  if (found != nullptr) {
    for (const Json& entry : *found) {
      if (!entry.is_object()) {
        problem = "an entry of \"found\" is not an object";
        break;
      }
      const JsonFields fields(&entry, fmt::format("found[{}].", read.found.size()), problem);
      NearMiss& miss = read.found.emplace_back();
      std::uint64_t rank = 0;
      fields.read("rank", rank);
      miss.rank = static_cast<std::size_t>(rank);
      fields.read("suggestion", miss.suggestion);
      fields.read("rule", miss.rule);
      fields.read("matches", miss.matches);
      const bool ascending = read.found.size() < 2 || read.found[read.found.size() - 2].rank < miss.rank;
      if (problem.empty() && !ascending) problem = "the ranks are not ascending";
    }
  }
  if (!problem.empty())
    return fail(ErrorKind::integrity, "it does not hold what was found out about missing IDs: " + problem,
                place);
  return read;
}

}  // namespace firmquery
