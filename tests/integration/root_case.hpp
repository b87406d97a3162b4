// Root at work where another account can put links, and files of root's that such a link leads to.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace firmquery::test {

class RootCase : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "NOT TESTED: only root has something to give away";
    directory_.write("roots/kept", "root's\n");
    std::filesystem::create_directory(roots("empty"));
    before_ = facts();
  }

  std::filesystem::path roots(const std::string& name) const { return directory_ / ("roots/" + name); }

  // A link that belongs to the account, as it would have made it.
  static void plant(const std::filesystem::path& target, const std::filesystem::path& link,
                    const std::string& account) {
    std::filesystem::remove_all(link);
    std::filesystem::create_symlink(target, link);
    give_to(link, account);
  }

  void expect_roots_files_untouched() const {
    EXPECT_EQ(facts(), before_);
    EXPECT_EQ(read_text(roots("kept")), "root's\n");
  }

  ProcessResult program(const std::vector<std::string>& arguments, ProcessOptions options = {}) const {
    if (options.directory.empty()) options.directory = directory_.path();
    options.environment["FIRMQUERY_LOCAL_DIR"] = local().string();
    return run_process(FIRMQUERY_BINARY, arguments, options);
  }
  std::filesystem::path local() const { return directory_ / "local"; }

  TempDir directory_;

 private:
  // Owner, mode and size of each file below roots.
  std::map<std::string, std::string> facts() const {
    std::map<std::string, std::string> all;
    const auto add = [&](const std::filesystem::path& path) {
      struct stat status {};
      EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
      all[path] = std::to_string(status.st_uid) + " " + std::to_string(status.st_mode) + " " +
                  std::to_string(status.st_size);
    };
    add(directory_ / "roots");
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_ / "roots")) {
      add(entry.path());
    }
    return all;
  }
  std::map<std::string, std::string> before_;
};

}  // namespace firmquery::test
