#include "firmquery/job/settings.hpp"

#include <optional>
#include <system_error>
#include <utility>

#include "connection.hpp"
#include "firmquery/db/session.hpp"
#include "firmquery/job/options.hpp"
#include "yaml_file.hpp"

namespace firmquery {
namespace {

// As the job has it: a path on the way to a file starts in the directory of the surroundings.
std::string located(const OptionSpec& spec, std::string text, const Surroundings& surroundings) {
  if (spec.kind != ValueKind::path || text == "-") return text;
  if (options::ids.is(spec) && text.starts_with("sql:")) return text;
  return surroundings.located(text).string();
}

// Checks the texts of one source and keeps them when they are valid.
void merge(Settings& settings, const OptionSpec& spec, const std::vector<std::string>& texts, Setting source,
           const Surroundings& surroundings) {
  for (const std::string& text : texts) {
    auto checked = check_value(spec, text, source.place);
    if (!checked) {
      settings.problems.push_back(std::move(checked).error());
      return settings.mark_refused(spec);
    }
    if (!is_repeatable(spec.kind)) source.items.clear();  // the last one stands
    source.items.push_back(located(spec, *std::move(checked), surroundings));
  }
  settings.set(spec, std::move(source));
}

void merge_file(Settings& settings, const std::filesystem::path& path, Origin origin,
                const Surroundings& surroundings) {
  YamlFile file = read_yaml_file(surroundings.located(path), origin == Origin::job_file);
  settings.file_unread |= !file.errors.empty() && file.given.empty() && file.refused.empty();
  for (Error& error : file.errors) settings.problems.push_back(std::move(error));
  for (const OptionSpec* option : file.refused) settings.mark_refused(*option);
  for (std::string& notice : file.notices) settings.notices.push_back(std::move(notice));
  for (Given& given : file.given) {
    for (std::string& item : given.items) item = located(*given.option, std::move(item), surroundings);
    settings.set(*given.option, Setting{std::move(given.items), origin, std::move(given.place), false});
  }
}

constexpr const char* kSavedPlace = "journal.jsonl";

void merge_saved(Settings& settings, const SavedOptions& saved, const Surroundings& surroundings) {
  std::map<const OptionSpec*, std::vector<std::string>> texts;
  for (const auto& [name, text] : saved) {
    if (const OptionSpec* spec = find_option(name); spec != nullptr) texts[spec].push_back(text);
  }
  for (const auto& [spec, items] : texts) {
    merge(settings, *spec, items, Setting{{}, Origin::job_file, kSavedPlace, false}, surroundings);
  }
}

void merge_environment(Settings& settings, const OptionSpec& spec, const Surroundings& surroundings) {
  const std::string own = environment_name(spec);
  if (const auto text = surroundings.variable(own)) {
    merge(settings, spec, {*text}, Setting{{}, Origin::environment, own, false}, surroundings);
  } else if (const std::string name(spec.variable); !name.empty()) {
    if (const auto library = surroundings.variable(name))
      merge(settings, spec, {*library}, Setting{{}, Origin::environment, name, true}, surroundings);
  }
}

// What platforms and other programs name a database by, when nothing else does. A run that began with one is
// resumed with it: the saved options lack the password.
void add_url_of_environment(Settings& settings, const Surroundings& surroundings) {
  const Setting& dsn = settings.value(options::dsn);
  for (const char* name : {"DATABASE_URL", "COCKROACH_URL"}) {
    const auto url = surroundings.variable(name);
    if (!url) continue;
    const bool saved = dsn.place == kSavedPlace && dsn.items.back() == dsn_without_secrets(*url);
    if (names_server(settings, surroundings) && !saved) continue;
    return settings.set(options::dsn, Setting{{*url}, Origin::environment, name, false});
  }
}

}  // namespace

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

Settings resolve_settings(const SettingsSources& sources, const Surroundings& surroundings) {
  Settings settings;
  for (const OptionSpec& spec : option_table()) {
    if (!spec.fallback.empty()) merge(settings, spec, {std::string(spec.fallback)}, Setting{}, surroundings);
  }
  const std::filesystem::path user = user_file(surroundings);
  std::error_code ignored;
  if (!user.empty() && std::filesystem::exists(user, ignored)) {
    merge_file(settings, user, Origin::user_file, surroundings);
  }
  settings.job_file = sources.job_file;
  if (!sources.job_file.empty()) merge_file(settings, sources.job_file, Origin::job_file, surroundings);
  merge_saved(settings, sources.saved, surroundings);
  for (const OptionSpec& spec : option_table()) {
    merge_environment(settings, spec, surroundings);
    if (const auto texts = sources.flags.find(spec); texts != sources.flags.end()) {
      merge(settings, spec, texts->second, Setting{{}, Origin::flag, flag_name(spec), false}, surroundings);
    }
  }
  add_url_of_environment(settings, surroundings);
  return settings;
}

SavedOptions options_to_save(const Settings& settings, const Surroundings& surroundings) {
  SavedOptions saved;
  for (const OptionSpec& spec : option_table()) {
    const Setting& value = settings.value(spec);
    const bool of_this_start = spec.group == OptionGroup::display || spec.scope == kStart ||
                               spec.scope == kDoctor || options::deadline.is(spec);
    if (value.origin == Origin::fallback || of_this_start || options::out.is(spec)) continue;
    for (std::string text : value.items) {
      const bool path = spec.kind == ValueKind::path && !text.empty() && text != "-";
      if (path) text = surroundings.absolute(text).string();
      const bool dsn = options::dsn.is(spec) || options::ids_dsn.is(spec);
      if (dsn && text != kLocalDsn) text = dsn_without_secrets(text);
      saved.emplace_back(spec.name, std::move(text));
    }
  }
  return saved;
}

std::string describe_origin(const Setting& value) {
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
