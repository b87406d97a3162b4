// What `cmake --install` puts where: the program works from there, with the extension beside it.
#include <gtest/gtest.h>

#include <filesystem>

#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace firmquery::test {
namespace {

namespace fs = std::filesystem;

TEST(Install, HasTheProgramAndItsDocumentation) {
  const TempDir directory;
  const fs::path build = fs::path(FIRMQUERY_BINARY).parent_path().parent_path();
  const ProcessResult installed =
      run_process("cmake", {"--install", build.string(), "--prefix", directory.path().string()});
  ASSERT_EQ(installed.exit_code, 0) << installed.err;
  const ProcessResult version = run_process(directory / "bin/firmquery", {"--version"});
  EXPECT_EQ(version.exit_code, 0) << version.err;
  EXPECT_TRUE(version.out.starts_with("firmquery ")) << version.out;
  for (const char* name : {"README.md", "LICENSE", "user-guide.md", "operations.md", "adr/README.md"}) {
    EXPECT_TRUE(fs::exists(directory / "share/doc/firmquery" / name)) << name;
  }
}

}  // namespace
}  // namespace firmquery::test
