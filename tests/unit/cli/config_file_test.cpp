#include "../orchestrator/cli/config_file.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "firmquery/job/settings.hpp"
#include "support/temp_dir.hpp"

namespace firmquery::cli {
namespace {

// What `config init` prints, with the comments taken from every key that has a default, is a valid job.
TEST(ConfigFile, HoldsValidDefaults) {
  std::istringstream lines(commented_job_file());
  std::string uncommented;
  for (std::string line; std::getline(lines, line);) {
    for (const OptionSpec& spec : option_table()) {
      if (spec.fallback.empty()) continue;
      const std::string key(spec.yaml.empty() ? flat_key(spec)
                                              : std::string(spec.yaml.substr(spec.yaml.find('.') + 1)));
      const std::size_t at = line.find("# " + key + ": ");
      if (at == 0 || at == 2) line.erase(at, 2);
    }
    uncommented += line + "\n";
  }
  const test::TempDir directory;
  const auto path = directory.write("job.yaml", uncommented);
  const Settings settings = resolve_settings({{}, path}, {});
  ASSERT_TRUE(settings.problems.empty()) << settings.problems[0].to_string() << "\n" << uncommented;
  for (const OptionSpec& spec : option_table()) {
    // Options of commands that take no job file have sections of their own.
    const std::string section = "\n" + std::string(spec.yaml.substr(0, spec.yaml.find('.'))) + ":\n";
    const bool of_jobs = spec.yaml.empty() || uncommented.find(section) != std::string::npos;
    const Setting& value = settings.value(spec);
    EXPECT_EQ(value.origin == Origin::job_file, !spec.fallback.empty() && of_jobs) << spec.name;
    if (spec.fallback.empty() || !of_jobs || spec.kind == ValueKind::path)
      continue;  // which is taken from the file's folder
    EXPECT_EQ(value.items.back(), spec.fallback);
  }
}

}  // namespace
}  // namespace firmquery::cli
