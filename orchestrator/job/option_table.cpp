#include "firmquery/job/option_table.hpp"

#include <algorithm>

namespace firmquery {

std::string_view heading_of(OptionGroup group) {
  switch (group) {
    case OptionGroup::input:
      return "Input";
    case OptionGroup::query:
      return "Query";
    case OptionGroup::server:
      return "Server";
    case OptionGroup::limits:
      return "Limits";
    case OptionGroup::output:
      return "Output";
    case OptionGroup::display:
      return "Display and logs";
    case OptionGroup::connection:
      return "Connection";
    case OptionGroup::kerberos:
      return "Kerberos";
    case OptionGroup::labels:
      return "Labels";
  }
  return "";
}

const OptionSpec* find_option(std::string_view name) {
  const auto found = std::find_if(kOptionTable.begin(), kOptionTable.end(),
                                  [&](const auto& spec) { return spec.name == name; });
  return found == kOptionTable.end() ? nullptr : &*found;
}

const OptionSpec* find_option_by_yaml(std::string_view dotted) {
  const auto matches = [&](const OptionSpec& spec) {
    return dotted == spec.yaml || (spec.scope != kNoFlag && dotted == flat_key(spec));
  };
  const auto found = std::find_if(kOptionTable.begin(), kOptionTable.end(), matches);
  return found == kOptionTable.end() ? nullptr : &*found;
}

std::string flag_name(const OptionSpec& spec) {
  return "--" + std::string(spec.name);
}

std::string flat_key(const OptionSpec& spec) {
  std::string key(spec.name);
  std::replace(key.begin(), key.end(), '-', '_');
  return key;
}

std::string environment_name(const OptionSpec& spec) {
  std::string name = "FIRMQUERY_" + flat_key(spec);
  for (char& c : name) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return name;
}

}  // namespace firmquery
