// Runs the built program in a private directory and compares everything it leaves (exit code, standard
// output, standard error, files) with a file of tests/golden/data. FIRMQUERY_UPDATE_GOLDENS=1 rewrites the
// file.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace firmquery::test {

struct Scene {
  std::vector<std::string> arguments;
  int exit_code = 0;
  std::map<std::string, std::string> files = {};  // in the directory before the start
  std::string input = {};
  std::map<std::string, std::optional<std::string>> environment = {};
  std::vector<std::string> shown = {};  // files that belong to the golden
};

// Nothing of the machine or the person who runs the tests may reach the program.
inline std::map<std::string, std::optional<std::string>> clean_environment(const TempDir& directory) {
  std::map<std::string, std::optional<std::string>> changes;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::string name(text.substr(0, text.find('=')));
    for (const char* prefix :
         {"PG", "FIRMQUERY_", "KRB5", "XDG_", "CLICOLOR", "DATABASE_URL", "COCKROACH_URL"}) {
      if (name.starts_with(prefix)) changes[name] = std::nullopt;
    }
  }
  changes["HOME"] = (directory / "home").string();
  changes["TZ"] = "Asia/Kathmandu";
  changes["COLUMNS"] = "80";
  return changes;
}

inline ProcessResult play(const Scene& scene, const TempDir& directory) {
  for (const auto& [name, text] : scene.files) directory.write(name, text);
  ProcessOptions options;
  options.environment = clean_environment(directory);
  for (const auto& [name, text] : scene.environment) options.environment[name] = text;
  options.input = scene.input;
  options.directory = directory.path();
  return run_process(FIRMQUERY_BINARY, scene.arguments, options, std::chrono::minutes(10));
}

inline void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// Everything that playing the scene left, with the directory as $DIR.
inline std::string play_to_text(const Scene& scene, const TempDir& directory) {
  const ProcessResult result = play(scene, directory);
  EXPECT_EQ(result.exit_code, scene.exit_code) << result.err;
  std::string text = "$ firmquery";
  for (const std::string& argument : scene.arguments) text += " " + argument;
  text += "\nexit " + std::to_string(result.exit_code) + "\n--- stdout\n" + result.out + "--- stderr\n" +
          result.err;
  for (const std::string& file : scene.shown) {
    const bool exists = std::filesystem::exists(directory / file);
    text += "--- " + file + "\n" + (exists ? read_text(directory / file) : "(none)\n");
  }
  replace_all(text, directory.path().string(), "$DIR");
  return text;
}

inline void expect_golden_text(const std::string& name, const std::string& text) {
  const std::filesystem::path golden =
      std::filesystem::path(FIRMQUERY_SOURCE_DIR) / "tests/golden/data" / (name + ".txt");
  if (const char* update = std::getenv("FIRMQUERY_UPDATE_GOLDENS");
      update != nullptr && std::string_view(update) == "1") {
    std::filesystem::create_directories(golden.parent_path());
    write_text(golden, text);
    return;
  }
  ASSERT_TRUE(std::filesystem::exists(golden)) << golden << " is missing; the program printed\n" << text;
  EXPECT_EQ(read_text(golden), text) << "FIRMQUERY_UPDATE_GOLDENS=1 accepts the change";
}

// `as`: what the golden was typed with, where other arguments must give the same.
inline void expect_golden(const std::string& name, const Scene& scene, const std::string& as = {}) {
  const TempDir directory;
  std::string text = play_to_text(scene, directory);
  if (!as.empty()) text.replace(0, text.find('\n'), "$ firmquery " + as);
  expect_golden_text(name, text);
}

}  // namespace firmquery::test
