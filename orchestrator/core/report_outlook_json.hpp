// What a run expected of its time and had left of it, as report.json has it. Private to core.
#pragma once

#include <nlohmann/json.hpp>

#include "firmquery/core/report.hpp"
#include "json_fields.hpp"

namespace firmquery {

// The members of a report that may be left out: "estimate" and "left".
void add_outlook(const Report& report, nlohmann::ordered_json& json);
void read_outlook(const JsonFields& root, Report& report);

}  // namespace firmquery
