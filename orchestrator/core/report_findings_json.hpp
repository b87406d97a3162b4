// What a run found out beside its answer, as report.json and the journal have it. Private to core.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "firmquery/core/report.hpp"
#include "json_fields.hpp"

namespace firmquery {

nlohmann::ordered_json to_object(const RecheckReport& recheck);
nlohmann::ordered_json to_object(const NearMissReport& near_misses);
nlohmann::ordered_json to_object(const HistoryReport& history);
nlohmann::ordered_json to_object(const BaselineReport& baseline);

NearMissReport near_misses_from(const JsonFields& fields, std::string& problem);

// The members of a report that may be left out.
void read_findings(const JsonFields& root, Report& report, std::string& problem);

}  // namespace firmquery
