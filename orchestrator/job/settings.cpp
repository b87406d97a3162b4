#include "firmquery/job/settings.hpp"

#include <charconv>
#include <system_error>
#include <utility>

#include "firmquery/job/connection.hpp"
#include "firmquery/db/session.hpp"
#include "yaml_file.hpp"

namespace firmquery {
namespace {

void put(Settings& settings, const OptionSpec& spec, Value value) {
  settings.set(spec.name, std::move(value));
}

// Checks the texts of one source and keeps them when they are valid.
void merge(Resolution& result, const OptionSpec& spec, const std::vector<std::string>& texts, Origin origin,
           const std::string& place, bool read_by_library = false) {
  Value value{{}, origin, place, read_by_library};
  for (const std::string& text : texts) {
    auto checked = check_value(spec, text, place);
    if (!checked) {
      result.errors.push_back(std::move(checked).error());
      return;
    }
    if (spec.kind != ValueKind::thresholds) value.items.clear();  // the last one stands
    value.items.push_back(*std::move(checked));
  }
  put(result.settings, spec, std::move(value));
}

void merge_file(Resolution& result, const std::filesystem::path& path, Origin origin) {
  YamlFile file = read_yaml_file(path, origin == Origin::job_file);
  result.files.push_back(path.string());
  for (Error& error : file.errors) result.errors.push_back(std::move(error));
  for (std::string& notice : file.notices) result.notices.push_back(std::move(notice));
  for (Given& given : file.given) {
    put(result.settings, *given.option, Value{std::move(given.items), origin, std::move(given.place), false});
  }
}

constexpr const char* kSavedPlace = "journal.jsonl";

void merge_saved(Resolution& result, const SavedOptions& saved) {
  std::map<const OptionSpec*, std::vector<std::string>> texts;
  for (const auto& [name, text] : saved) {
    if (const OptionSpec* spec = find_option(name); spec != nullptr) texts[spec].push_back(text);
  }
  for (const auto& [spec, items] : texts) merge(result, *spec, items, Origin::job_file, kSavedPlace);
}

// What platforms and other programs name a database by, when nothing else does. A run that began with one is
// resumed with it: the saved options lack the password.
void add_url_of_environment(Resolution& result, const Surroundings& surroundings) {
  const Value& dsn = result.settings.value("dsn");
  for (const char* name : {"DATABASE_URL", "COCKROACH_URL"}) {
    const auto url = surroundings.variable(name);
    if (!url) continue;
    const bool saved = dsn.place == kSavedPlace && dsn.items.back() == dsn_without_secrets(*url);
    if (names_server(result.settings, surroundings) && !saved) continue;
    return put(result.settings, *find_option("dsn"), Value{{*url}, Origin::environment, name, false});
  }
}

}  // namespace

const Value& Settings::value(std::string_view option) const {
  static const Value kUnset;
  const auto found = values_.find(option);
  return found == values_.end() ? kUnset : found->second;
}

void Settings::set(std::string_view option, Value value) {
  values_.insert_or_assign(std::string(option), std::move(value));
}

std::string Settings::text(std::string_view option) const {
  const Value& found = value(option);
  return found.items.empty() ? std::string() : found.items.back();
}

// Both were checked when the value was merged.
std::int64_t Settings::integer(std::string_view option) const {
  const std::string digits = text(option);
  std::int64_t result = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), result);
  return result;
}

double Settings::seconds(std::string_view option) const {
  const std::string digits = text(option);
  double result = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), result);
  return result;
}

std::filesystem::path user_file(const Surroundings& surroundings) {
  std::filesystem::path base;
  if (const auto xdg = surroundings.variable("XDG_CONFIG_HOME")) {
    base = *xdg;
  } else if (const auto home = surroundings.variable("HOME")) {
    base = std::filesystem::path(*home) / ".config";
  } else {
    return {};
  }
  return base / "firmquery" / "config.yaml";
}

Resolution resolve_settings(const TypedValues& typed, const std::string& job_file, const Surroundings& surroundings,
                            const SavedOptions& saved) {
  Resolution result;
  for (const OptionSpec& spec : option_table()) {
    if (!spec.fallback.empty())
      put(result.settings, spec, Value{{std::string(spec.fallback)}, Origin::fallback, {}, false});
  }
  const std::filesystem::path user = user_file(surroundings);
  std::error_code ignored;
  if (!user.empty() && std::filesystem::exists(user, ignored)) merge_file(result, user, Origin::user_file);
  if (!job_file.empty()) merge_file(result, job_file, Origin::job_file);
  merge_saved(result, saved);
  for (const OptionSpec& spec : option_table()) {
    if (const auto text = surroundings.variable(environment_name(spec))) {
      merge(result, spec, {*text}, Origin::environment, environment_name(spec));
    } else if (const std::string name(spec.variable); !name.empty()) {
      if (const auto library = surroundings.variable(name))
        merge(result, spec, {*library}, Origin::environment, name, true);
    }
    if (const auto texts = typed.find(spec.name); texts != typed.end()) {
      merge(result, spec, texts->second, Origin::flag, flag_name(spec));
    }
  }
  add_url_of_environment(result, surroundings);
  return result;
}

SavedOptions options_to_save(const Settings& settings, const Surroundings& surroundings) {
  SavedOptions saved;
  for (const OptionSpec& spec : option_table()) {
    const Value& value = settings.value(spec.name);
    const bool of_this_start = spec.group == Group::display || spec.scope == kStart || spec.scope == kDoctor;
    if (value.origin == Origin::fallback || of_this_start || spec.name == "out") continue;
    for (std::string text : value.items) {
      const bool path = spec.kind == ValueKind::path && !text.empty() && text != "-";
      if (path) text = surroundings.absolute(text).string();
      const bool dsn = spec.name == "dsn" || spec.name == "ids-dsn";
      if (dsn && text != kLocalDsn) text = dsn_without_secrets(text);
      saved.emplace_back(spec.name, std::move(text));
    }
  }
  return saved;
}

std::string describe_origin(const Value& value) {
  switch (value.origin) {
    case Origin::flag:
      return "flag " + value.place;
    case Origin::environment:
      return "environment " + value.place;
    case Origin::job_file:
    case Origin::user_file:
      return value.place;
    case Origin::fallback:
      return value.items.empty() ? "not set" : "default";
  }
  return {};
}

}  // namespace firmquery
