#include "json_text.hpp"

#include <fmt/format.h>

#include <charconv>

namespace firmquery {
namespace {

constexpr const char* kEncoded = "percent-encoded";

template <class Json>
std::optional<std::string> from_json(const Json& value) {
  if (value.is_string()) return value.template get<std::string>();
  if (!value.is_object() || value.size() != 1 || !value.contains(kEncoded)) return std::nullopt;
  if (!value[kEncoded].is_string()) return std::nullopt;
  const std::string encoded = value[kEncoded].template get<std::string>();
  std::string text;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] != '%') {
      text += encoded[i];
      continue;
    }
    if (encoded.size() - i < 3) return std::nullopt;
    unsigned byte = 0;
    const char* digits = encoded.data() + i + 1;
    if (std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2) return std::nullopt;
    text += static_cast<char>(byte);
    i += 2;
  }
  return text;
}

}  // namespace

nlohmann::ordered_json text_to_json(std::string_view text) {
  using Json = nlohmann::ordered_json;
  Json json = text;
  try {
    (void)json.dump();
    return json;
  } catch (const Json::type_error&) {  // the only way to ask the library whether this is UTF-8
  }
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F && c != '%') {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", byte);
    }
  }
  return Json::object({{kEncoded, encoded}});
}

std::optional<std::string> text_from_json(const nlohmann::json& value) {
  return from_json(value);
}

std::optional<std::string> text_from_json(const nlohmann::ordered_json& value) {
  return from_json(value);
}

}  // namespace firmquery
