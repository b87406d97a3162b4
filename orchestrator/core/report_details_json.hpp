// Members of report.json about single statements, retries, and the look of the list. Private to the report.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "firmquery/core/report.hpp"
#include "json_fields.hpp"

namespace firmquery {

// "slowest" and "retried_for" of a start; each is there when it is not empty.
void add_details(const StartReport& start, nlohmann::ordered_json& json);
void read_details(const JsonFields& fields, StartReport& start, std::string& problem);

nlohmann::ordered_json to_object(const ListReport& list);
ListReport list_from(const JsonFields& fields, std::string& problem);

}  // namespace firmquery
