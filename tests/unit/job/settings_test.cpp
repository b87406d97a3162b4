#include "firmquery/job/settings.hpp"

#include <gtest/gtest.h>

#include <set>

#include "firmquery/job/options.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using test::TempDir;

Surroundings environment(std::map<std::string, std::string> variables) {
  Surroundings surroundings;
  surroundings.environment.insert(variables.begin(), variables.end());
  return surroundings;
}

std::string texts_of(const std::vector<Error>& errors) {
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
  const auto chunk = [](const Settings& settings) { return settings.value(options::chunk_size); };

  const Setting fallback = chunk(resolve_settings({}, environment({})));
  EXPECT_EQ(fallback.items, std::vector<std::string>{"250"});
  EXPECT_EQ(describe_origin(fallback), "default");
  const Setting user = chunk(resolve_settings({}, environment({{"XDG_CONFIG_HOME", xdg}})));
  EXPECT_EQ(user.items, std::vector<std::string>{"2"});
  EXPECT_EQ(describe_origin(user), xdg + "/firmquery/config.yaml:1");
  const Setting file = chunk(resolve_settings({{}, job}, environment({{"XDG_CONFIG_HOME", xdg}})));
  EXPECT_EQ(file.items, std::vector<std::string>{"3"});
  EXPECT_EQ(describe_origin(file), job + ":3");
  const auto variables = environment({{"XDG_CONFIG_HOME", xdg}, {"FIRMQUERY_CHUNK_SIZE", "4"}});
  const Setting variable = chunk(resolve_settings({{}, job}, variables));
  EXPECT_EQ(variable.items, std::vector<std::string>{"4"});
  EXPECT_EQ(describe_origin(variable), "environment FIRMQUERY_CHUNK_SIZE");
  const Setting flag = chunk(resolve_settings({{{options::chunk_size, {"5"}}}, job}, variables));
  EXPECT_EQ(flag.items, std::vector<std::string>{"5"});
  EXPECT_EQ(describe_origin(flag), "flag --chunk-size");
}

TEST(Settings, RepeatedFlags) {
  const Flags flags = {{options::chunk_size, {"5", "6"}}, {options::fail_on, {"missing>1", "rejected>2"}}};
  const Settings settings = resolve_settings({flags}, {});
  EXPECT_TRUE(settings.problems.empty()) << texts_of(settings.problems);
  EXPECT_EQ(settings.get(options::chunk_size), 6u);
  EXPECT_EQ(settings.get(options::fail_on), (std::vector<std::string>{"missing>1", "rejected>2"}));
}

TEST(Settings, LibraryVariablesHaveTheOriginEnvironment) {
  const TempDir directory;
  const std::string job =
      directory.write("job.yaml", "database: {host: filehost, user: fileuser}\n").string();
  const Settings settings = resolve_settings({{}, job}, environment({{"PGHOST", "envhost"}}));
  const Setting& host = settings.value(options::host);
  EXPECT_EQ(host.items, std::vector<std::string>{"envhost"});
  EXPECT_TRUE(host.read_by_library);
  EXPECT_EQ(describe_origin(host), "environment PGHOST");
  EXPECT_EQ(settings.get(options::user), "fileuser");
}

TEST(Settings, EveryErrorIsKept) {
  const Flags flags = {{options::chunk_size, {"x"}}, {options::connections, {"0"}}};
  const Settings settings = resolve_settings({flags}, environment({{"FIRMQUERY_QUIET", "perhaps"}}));
  ASSERT_EQ(settings.problems.size(), 3u) << texts_of(settings.problems);
  EXPECT_TRUE(settings.refused(options::connections));
  EXPECT_FALSE(settings.refused(options::ids));
}

TEST(Settings, AreReadInTheirOwnTypes) {
  const Settings settings = resolve_settings({{{options::retry_delay, {"0.5"}},
                                               {options::pace, {"1000000000000"}},
                                               {options::format, {"csv, jsonl"}},
                                               {options::snapshot, {"OFF"}},
                                               {options::id_type, {"uuid"}},
                                               {options::out, {"a/b"}}}},
                                             {});
  static_assert(std::is_same_v<decltype(settings.get(options::connect_timeout)), std::chrono::seconds>);
  EXPECT_EQ(settings.get(options::retry_delay), std::chrono::milliseconds(500));
  EXPECT_EQ(settings.get(options::connect_timeout), std::chrono::seconds(30));
  EXPECT_EQ(settings.get(options::pace), 1'000'000'000'000u);
  EXPECT_EQ(settings.get(options::format), (std::vector<std::string>{"csv", "jsonl"}));
  EXPECT_FALSE(settings.get(options::snapshot));
  EXPECT_EQ(settings.get(options::id_type), IdType::uuid);
  EXPECT_EQ(settings.get(options::out), std::filesystem::path("a/b"));
  EXPECT_FALSE(settings.get(options::quiet));
  // What has no default is empty in its own type.
  EXPECT_EQ(settings.get(options::thousands), DigitGroups::none);
  EXPECT_EQ(settings.get(options::max_statement_seconds).count(), 0);
  EXPECT_TRUE(settings.get(options::fail_on).empty());
}

// With relative paths from where the surroundings are; those of a job file start in its folder.
TEST(Settings, PathsStartInTheDirectoryOfTheSurroundings) {
  const TempDir directory;
  directory.write("jobs/job.yaml", "query: q.sql\n");
  Surroundings there;
  there.directory = directory.path();
  const SettingsSources sources{{{options::ids, {"ids.txt"}}, {options::log_file, {"/var/log/x"}}},
                                "jobs/job.yaml"};
  const Settings settings = resolve_settings(sources, there);
  EXPECT_TRUE(settings.problems.empty()) << texts_of(settings.problems);
  EXPECT_EQ(settings.get(options::ids), (directory / "ids.txt").string());
  EXPECT_EQ(settings.get(options::query), directory / "jobs/q.sql");
  EXPECT_EQ(settings.get(options::log_file), "/var/log/x");
  EXPECT_EQ(settings.get(options::default_directory), directory / "output");
  const Settings query = resolve_settings({{{options::ids, {"sql:select 1"}}}}, there);
  EXPECT_EQ(query.get(options::ids), "sql:select 1");
  EXPECT_EQ(resolve_settings({{{options::ids, {"sql:"}}}}, there).get(options::ids), "sql:");
  EXPECT_EQ(resolve_settings({{{options::ids, {"-"}}}}, there).get(options::ids), "-");
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
