#include "firmquery/job/settings.hpp"

#include <gtest/gtest.h>

#include <set>

#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using test::TempDir;

Surroundings environment(std::map<std::string, std::string> variables) {
  Surroundings surroundings;
  surroundings.environment.insert(variables.begin(), variables.end());
  return surroundings;
}

TypedValues flags(TypedValues values) {
  return values;
}

std::string all(const std::vector<Error>& errors) {
  std::string text;
  for (const Error& error : errors) text += error.to_string() + "\n";
  return text;
}

TEST(OptionTable, NamesAndPathsAreUnique) {
  std::set<std::string_view> names, paths;
  for (const OptionSpec& spec : option_table()) {
    EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
    EXPECT_FALSE(spec.help.empty()) << spec.name;
    EXPECT_TRUE(spec.yaml.empty() || paths.insert(spec.yaml).second) << spec.yaml;
    EXPECT_EQ(find_option(spec.name), &spec);
  }
}

TEST(OptionTable, DefaultsPassTheirOwnChecks) {
  for (const OptionSpec& spec : option_table()) {
    if (spec.fallback.empty()) continue;
    const auto checked = check_value(spec, spec.fallback, "default");
    ASSERT_TRUE(checked) << checked.error().to_string();
    EXPECT_EQ(*checked, spec.fallback);
  }
}

TEST(OptionTable, NamesOfTheContract) {
  const OptionSpec& chunk = *find_option("chunk-size");
  EXPECT_EQ(flag_name(chunk), "--chunk-size");
  EXPECT_EQ(flat_key(chunk), "chunk_size");
  EXPECT_EQ(environment_name(chunk), "FIRMQUERY_CHUNK_SIZE");
  for (const char* name : {"ids",
                           "column",
                           "id-type",
                           "query",
                           "sql",
                           "key",
                           "dsn",
                           "strategy",
                           "connections",
                           "chunk-size",
                           "max-query-length",
                           "query-timeout",
                           "connect-timeout",
                           "max-retries",
                           "retry-delay",
                           "max-input-ids",
                           "warning-threshold",
                           "format",
                           "compress",
                           "out",
                           "fail-on",
                           "progress",
                           "quiet",
                           "json",
                           "log-format",
                           "log-file"}) {
    ASSERT_NE(find_option(name), nullptr) << name;
    EXPECT_NE(find_option(name)->scope & kRun, 0u) << name;
  }
  EXPECT_EQ(find_option("password"), nullptr);
}

// Every pair of neighbours in the order of precedence, on one option.
TEST(Settings, TheStrongerSourceStands) {
  const TempDir directory;
  directory.write("xdg/firmquery/config.yaml", "processing: {chunk_size: 2}\n");
  const std::string job = directory.write("job.yaml", "\nprocessing:\n  chunk_size: 3\n").string();
  const std::string xdg = (directory / "xdg").string();
  const auto chunk = [](const Resolution& resolution) { return resolution.settings.value("chunk-size"); };

  const Value fallback = chunk(resolve_settings(flags({}), "", environment({})));
  EXPECT_EQ(fallback.items, std::vector<std::string>{"250"});
  EXPECT_EQ(describe_origin(fallback), "default");
  const Value user = chunk(resolve_settings(flags({}), "", environment({{"XDG_CONFIG_HOME", xdg}})));
  EXPECT_EQ(user.items, std::vector<std::string>{"2"});
  EXPECT_EQ(describe_origin(user), xdg + "/firmquery/config.yaml:1");
  const Value file = chunk(resolve_settings(flags({}), job, environment({{"XDG_CONFIG_HOME", xdg}})));
  EXPECT_EQ(file.items, std::vector<std::string>{"3"});
  EXPECT_EQ(describe_origin(file), job + ":3");
  const auto variables = environment({{"XDG_CONFIG_HOME", xdg}, {"FIRMQUERY_CHUNK_SIZE", "4"}});
  const Value variable = chunk(resolve_settings(flags({}), job, variables));
  EXPECT_EQ(variable.items, std::vector<std::string>{"4"});
  EXPECT_EQ(describe_origin(variable), "environment FIRMQUERY_CHUNK_SIZE");
  const Value flag = chunk(resolve_settings(flags({{"chunk-size", {"5"}}}), job, variables));
  EXPECT_EQ(flag.items, std::vector<std::string>{"5"});
  EXPECT_EQ(describe_origin(flag), "flag --chunk-size");
}

TEST(Settings, RepeatedFlags) {
  const auto resolution = resolve_settings(
      flags({{"chunk-size", {"5", "6"}}, {"fail-on", {"missing>1", "rejected>2"}}}), "", environment({}));
  EXPECT_TRUE(resolution.errors.empty()) << all(resolution.errors);
  EXPECT_EQ(resolution.settings.integer("chunk-size"), 6);
  EXPECT_EQ(resolution.settings.value("fail-on").items,
            (std::vector<std::string>{"missing>1", "rejected>2"}));
}

TEST(Settings, LibraryVariablesHaveTheOriginEnvironment) {
  const TempDir directory;
  const std::string job =
      directory.write("job.yaml", "database: {host: filehost, user: fileuser}\n").string();
  const auto resolution = resolve_settings(flags({}), job, environment({{"PGHOST", "envhost"}}));
  const Value& host = resolution.settings.value("host");
  EXPECT_EQ(host.items, std::vector<std::string>{"envhost"});
  EXPECT_TRUE(host.read_by_library);
  EXPECT_EQ(describe_origin(host), "environment PGHOST");
  EXPECT_EQ(resolution.settings.text("user"), "fileuser");
}

TEST(Settings, EveryErrorIsKept) {
  const auto resolution = resolve_settings(flags({{"chunk-size", {"x"}}, {"connections", {"0"}}}), "",
                                           environment({{"FIRMQUERY_QUIET", "perhaps"}}));
  ASSERT_EQ(resolution.errors.size(), 3u) << all(resolution.errors);
}

TEST(CheckValue, Normalises) {
  EXPECT_EQ(check_value(*find_option("strategy"), "TEMP-TABLE", "p").value(), "temp-table");
  EXPECT_EQ(check_value(*find_option("encoding"), "UTF8", "p").value(), "utf-8");
  EXPECT_EQ(check_value(*find_option("header"), "false", "p").value(), "no");
  EXPECT_EQ(check_value(*find_option("format"), "csv, EXCEL", "p").value(), "csv,xlsx");
  EXPECT_EQ(check_value(*find_option("quiet"), "On", "p").value(), "true");
  EXPECT_EQ(check_value(*find_option("chunk-size"), "007", "p").value(), "7");
}

TEST(CheckValue, RangesIncludeTheirEnds) {
  const OptionSpec& connections = *find_option("connections");
  EXPECT_TRUE(check_value(connections, "1", "p"));
  EXPECT_TRUE(check_value(connections, "64", "p"));
  for (const char* text : {"0", "65", "", "2.0", "2x", " 2", "99999999999999999999999"}) {
    EXPECT_FALSE(check_value(connections, text, "p")) << text;
  }
  const OptionSpec& delay = *find_option("retry-delay");
  EXPECT_TRUE(check_value(delay, "0", "p"));
  EXPECT_TRUE(check_value(delay, "0.25", "p"));
  for (const char* text : {"-1", "nan", "inf", "5s", "3601"})
    EXPECT_FALSE(check_value(delay, text, "p")) << text;
}

}  // namespace
}  // namespace firmquery
