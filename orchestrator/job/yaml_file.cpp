#include "yaml_file.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "firmquery/core/suggest.hpp"
#include "firmquery/job/options.hpp"
#include "firmquery/output/files.hpp"
#include "firmquery/output/trusted_path.hpp"

namespace firmquery {
namespace {

constexpr std::array<std::string_view, 7> kSections = {"application", "database", "kerberos", "processing",
                                                       "output",      "input",    "query"};
constexpr std::array<std::string_view, 5> kSecrets = {"password", "passwd", "pwd", "pgpassword", "secret"};

bool is_section(std::string_view key) {
  return std::find(kSections.begin(), kSections.end(), key) != kSections.end();
}

class Reader {
 public:
  Reader(const std::filesystem::path& path, bool relative_to_file)
      : name_(path.string()), folder_(relative_to_file ? path.parent_path() : std::filesystem::path()) {}

  YamlFile read(const std::string& text) {
    try {
      const YAML::Node root = YAML::Load(text);
      if (root.IsNull()) return std::move(file_);
      if (!root.IsMap()) {
        complain(root, "is not a list of keys and values", "see firmquery config init for one that is");
        return std::move(file_);
      }
      read_map(root, "");
    } catch (const YAML::Exception& error) {
      refuse(Error{ErrorKind::usage, "not valid YAML: " + error.msg, at(error.mark), {}, {}});
    }
    return std::move(file_);
  }

 private:
  std::string at(const YAML::Mark& mark) const {
    return mark.is_null() ? name_ : fmt::format("{}:{}", name_, mark.line + 1);
  }
  void refuse(Error error, const OptionSpec* option = nullptr) {
    file_.errors.push_back(std::move(error));
    if (option != nullptr) file_.refused.push_back(option);
  }
  void complain(const YAML::Node& node, std::string message, std::string remedy = {},
                const OptionSpec* option = nullptr) {
    refuse(Error{ErrorKind::usage, std::move(message), at(node.Mark()), std::move(remedy), {}}, option);
  }

  void read_map(const YAML::Node& map, const std::string& section) {
    std::map<std::string, int> lines;
    for (const auto& entry : map) {
      if (!entry.first.IsScalar()) {
        complain(entry.first, "a key is not plain text");
        continue;
      }
      const std::string key = entry.first.Scalar();
      const auto [before, fresh] = lines.emplace(key, entry.first.Mark().line + 1);
      if (!fresh) {
        complain(entry.first, fmt::format("\"{}\" was given in line {} already", key, before->second));
        continue;
      }
      if (section.empty() && is_section(key) && !entry.second.IsScalar()) {
        read_section(key, entry.first, entry.second);
      } else {
        read_key(section, key, entry.first, entry.second);
      }
    }
  }

  void read_section(const std::string& key, const YAML::Node& key_node, const YAML::Node& value) {
    if (value.IsNull()) return;
    if (value.IsMap()) return read_map(value, key);
    complain(key_node, fmt::format("\"{}\" holds keys of its own, not a list", key));
  }

  void read_key(const std::string& section, const std::string& key, const YAML::Node& key_node,
                const YAML::Node& value) {
    if (std::find(kSecrets.begin(), kSecrets.end(), key) != kSecrets.end()) {
      return complain(
          key_node, fmt::format("\"{}\": a secret does not belong in this file", key),
          "use database.password_file, database.passfile (~/.pgpass), PGPASSWORD, a service file or "
          "Kerberos");
    }
    const std::string dotted = section.empty() ? key : section + "." + key;
    if (dotted == "output.formats" && value.IsMap()) return read_formats(value);
    const OptionSpec* spec =
        dotted == "output.formats" ? &options::format.spec() : find_option_by_yaml(dotted);
    if (spec == nullptr) return complain(key_node, unknown_key(section, key), suggestion(section, key));
    read_value(*spec, key, key_node, value);
  }

  static std::string unknown_key(const std::string& section, const std::string& key) {
    const std::string where = section.empty() ? "" : fmt::format(" in \"{}\"", section);
    return fmt::format("unknown key \"{}\"{}", key, where);
  }

  static std::string suggestion(const std::string& section, const std::string& key) {
    std::vector<std::string> here, anywhere, leaves;
    if (section.empty()) here.assign(kSections.begin(), kSections.end());
    for (const OptionSpec& spec : option_table()) {
      const std::string path(spec.yaml);
      const std::size_t dot = path.find('.');
      if (section.empty()) {
        if (spec.scope != kNoFlag) here.push_back(flat_key(spec));
      } else if (dot != std::string::npos && path.substr(0, dot) == section) {
        here.push_back(path.substr(dot + 1));
      }
      if (dot == std::string::npos) continue;
      leaves.push_back(path.substr(dot + 1));
      if (leaves.back() == key || flat_key(spec) == key) anywhere.push_back(path);
    }
    if (section == "output") here.emplace_back("formats");
    if (!anywhere.empty()) return fmt::format("did you mean \"{}\"?", anywhere.front());
    const std::string near = nearest(key, here);
    if (!near.empty()) return fmt::format("did you mean \"{}\"?", near);
    const std::string elsewhere = nearest(key, leaves);
    for (const OptionSpec& spec : option_table()) {
      if (!elsewhere.empty() && spec.yaml.ends_with("." + elsewhere))
        return fmt::format("did you mean \"{}\"?", spec.yaml);
    }
    return "firmquery config init prints every key";
  }

  void read_value(const OptionSpec& spec, const std::string& key, const YAML::Node& key_node,
                  const YAML::Node& value) {
    std::vector<std::string> texts;
    if (value.IsScalar()) {
      texts.push_back(value.Scalar());
    } else if (value.IsSequence() && (spec.kind == ValueKind::choices || is_repeatable(spec.kind))) {
      for (const YAML::Node& item : value) {
        if (!item.IsScalar())
          return complain(item, fmt::format("{}: an entry is not plain text", key), {}, &spec);
        texts.push_back(item.Scalar());
      }
    } else if (value.IsNull()) {
      return complain(key_node, fmt::format("\"{}\" has no value", key), "give it one or remove the line",
                      &spec);
    } else {
      return complain(key_node, fmt::format("\"{}\" takes one value, not a list or keys of its own", key), {},
                      &spec);
    }
    if (spec.kind == ValueKind::choices) texts = {fmt::format("{}", fmt::join(texts, ","))};
    std::vector<std::string> items;
    for (const std::string& text : texts) {
      auto checked = check_value(spec, text, at(value.Mark()), key);
      if (!checked) {
        return refuse(std::move(checked).error(), &spec);
      }
      items.push_back(resolved(spec, *std::move(checked)));
    }
    if (options::jaas_conf.is(spec) && !items.empty()) {
      file_.notices.push_back(at(key_node.Mark()) + ": jaas_conf is for Java programs and is not used");
    }
    file_.given.push_back(Given{&spec, std::move(items), at(key_node.Mark())});
  }

  std::string resolved(const OptionSpec& spec, std::string text) const {
    if (spec.kind != ValueKind::path || folder_.empty() || text == "-") return text;
    if (options::ids.is(spec) && !query_of(text).empty()) return text;
    const std::filesystem::path path(text);
    return path.is_absolute() ? text : (folder_ / path).lexically_normal().string();
  }

  // output.formats as the original schema has it: {csv: true, excel: true}.
  void read_formats(const YAML::Node& map) {
    const OptionSpec& spec = options::format.spec();
    const OptionSpec& boolean = options::json.spec();
    std::string wanted;
    for (const auto& entry : map) {
      const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
      auto name = check_value(spec, key, at(entry.first.Mark()), "formats");
      auto on = check_value(boolean, entry.second.IsScalar() ? entry.second.Scalar() : "",
                            at(entry.second.Mark()), key);
      if (!name || !on) {
        return refuse(!name ? std::move(name).error() : std::move(on).error(), &spec);
      }
      if (*on == "false") continue;
      if (key == "excel") {
        file_.notices.push_back(at(entry.first.Mark()) +
                                ": excel: this build writes no workbook; csv, tsv and jsonl it does");
        continue;
      }
      wanted += (wanted.empty() ? "" : ",") + *name;
    }
    if (wanted.empty()) return complain(map, "formats: none is switched on", "write csv: true");
    file_.given.push_back(Given{&spec, {wanted}, at(map.Mark())});
  }

  std::string name_;
  std::filesystem::path folder_;
  YamlFile file_;
};

}  // namespace

YamlFile read_yaml_file(const std::filesystem::path& path, bool relative_to_file) {
  const auto trusted = check_trusted_source(path);
  auto text = trusted ? read_file(path) : Failure(trusted.error());
  if (!text) {
    YamlFile file;
    file.errors.push_back(std::move(text).error());
    return file;
  }
  return Reader(path, relative_to_file).read(*text);
}

}  // namespace firmquery
