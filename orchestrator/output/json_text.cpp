#include "json_text.hpp"

#include "firmquery/core/utf8_text.hpp"
#include "firmquery/output/json_string.hpp"

namespace firmquery {
namespace {

constexpr const char* kEncodedName = "percent-encoded";

template <class Json>
std::optional<std::string> from_json(const Json& value) {
  if (value.is_string()) return value.template get<std::string>();
  if (!value.is_object() || value.size() != 1 || !value.contains(kEncodedName)) return std::nullopt;
  if (!value[kEncodedName].is_string()) return std::nullopt;
  std::string text;
  if (!from_percent_encoded(value[kEncodedName].template get<std::string>(), text)) return std::nullopt;
  return text;
}

}  // namespace

nlohmann::ordered_json text_to_json(std::string_view text) {
  using Json = nlohmann::ordered_json;
  if (is_utf8(text)) return text;
  return Json::object({{kEncodedName, percent_encoded(text)}});
}

std::optional<std::string> text_from_json(const nlohmann::json& value) {
  return from_json(value);
}

std::optional<std::string> text_from_json(const nlohmann::ordered_json& value) {
  return from_json(value);
}

}  // namespace firmquery
