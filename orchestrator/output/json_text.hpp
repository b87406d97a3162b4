// Text in the files of a run. JSON is UTF-8, but names of files, queries and headers may hold any bytes: a
// text that is not UTF-8 is written as {"percent-encoded":"ids-%FF.csv"}, so that it comes back as it was.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace firmquery {

nlohmann::ordered_json text_to_json(std::string_view text);
// nullopt: this is neither.
std::optional<std::string> text_from_json(const nlohmann::json& value);
std::optional<std::string> text_from_json(const nlohmann::ordered_json& value);

}  // namespace firmquery
