// Members of a JSON object, read with the path of what is wrong. Private to the report.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firmquery/core/digest.hpp"

namespace firmquery {

// Microseconds are enough for a report; shorter numbers are easier to read. JSON has no NaN or infinity.
inline double rounded(double seconds) {
  return std::isfinite(seconds) ? std::round(seconds * 1e6) / 1e6 : 0.0;
}

// Reads the members of one JSON object. The first thing that is wrong is kept in `problem`; later reads then
// do nothing, so that a caller checks once.
class JsonFields {
 public:
  enum Need : std::uint8_t { required, optional };

  JsonFields(const nlohmann::ordered_json* object, std::string path, std::string& problem)
      : object_(object), path_(std::move(path)), problem_(problem) {}

  // Nothing is read from an optional one that is absent.
  JsonFields object(const char* name, Need need = required) const {
    const nlohmann::ordered_json* value = find(name, need);
    if (value && !value->is_object()) value = wrong(name, "an object");
    return {value, path_ + name + ".", problem_};
  }

  void read(const char* name, std::uint64_t& out, Need need = required) const {
    const nlohmann::ordered_json* value = find(name, need);
    if (!value) return;
    if (!value->is_number_unsigned()) return void(wrong(name, "a count"));
    out = value->get<std::uint64_t>();
  }

  void read(const char* name, double& out) const {
    const nlohmann::ordered_json* value = find(name, required);
    if (!value) return;
    if (!value->is_number()) return void(wrong(name, "a number"));
    out = value->get<double>();
  }

  void read(const char* name, std::string& out, Need need = required) const {
    const nlohmann::ordered_json* value = find(name, need);
    if (!value) return;
    if (!value->is_string()) return void(wrong(name, "a string"));
    out = value->get<std::string>();
  }

  void read(const char* name, bool& out) const {
    const nlohmann::ordered_json* value = find(name, required);
    if (!value) return;
    if (!value->is_boolean()) return void(wrong(name, "true or false"));
    out = value->get<bool>();
  }

  void read(const char* name, Digest& out, Need need = required) const {
    const nlohmann::ordered_json* value = find(name, need);
    if (!value) return;
    if (!value->is_string() || !Digest::from_hex(value->get_ref<const std::string&>(), out)) {
      wrong(name, "32 hexadecimal digits");
    }
  }

  void read(const char* name, bool& out, Need need) const {
    const nlohmann::ordered_json* value = find(name, need);
    if (!value) return;
    if (!value->is_boolean()) return void(wrong(name, "true or false"));
    out = value->get<bool>();
  }

  bool has(const char* name) const {
    return object_ != nullptr && problem_.empty() && object_->contains(name);
  }

  // An array of strings, which may be left out.
  bool texts(const char* name, std::vector<std::string>& out) const {
    const nlohmann::ordered_json* entries = array(name, optional);
    if (entries == nullptr) return true;
    for (const nlohmann::ordered_json& entry : *entries) {
      if (!entry.is_string()) return wrong(name, "an array of strings"), false;
      out.push_back(entry.get<std::string>());
    }
    return true;
  }

  const nlohmann::ordered_json* array(const char* name, Need need) const {
    const nlohmann::ordered_json* value = find(name, need);
    return value && !value->is_array() ? wrong(name, "an array") : value;
  }

  const nlohmann::ordered_json* wrong(const std::string& name, std::string_view expected) const {
    if (problem_.empty()) problem_ = fmt::format("\"{}{}\" is not {}", path_, name, expected);
    return nullptr;
  }

 private:
  const nlohmann::ordered_json* find(const char* name, Need need) const {
    if (!object_ || !problem_.empty()) return nullptr;
    const auto found = object_->find(name);
    if (found != object_->end()) return &*found;
    if (need == required) problem_ = fmt::format("\"{}{}\" is missing", path_, name);
    return nullptr;
  }

  const nlohmann::ordered_json* object_;
  std::string path_;
  std::string& problem_;
};

}  // namespace firmquery
