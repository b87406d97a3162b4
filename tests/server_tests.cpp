// The program of the tests that start servers: all of a label, or with --file=NAME those of one file, which share theirs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <string_view>

namespace {

// Names of all tests that are written in the file, as --gtest_filter takes them.
std::string tests_in(std::string_view file) {
  std::string filter;
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const testing::TestSuite& suite = *all.GetTestSuite(i);
    for (int j = 0; j < suite.total_test_count(); ++j) {
      const testing::TestInfo& test = *suite.GetTestInfo(j);
      const std::string_view path = test.file();
      if (path.substr(path.rfind('/') + 1) != file) continue;
      filter += std::string(filter.empty() ? "" : ":") + test.test_suite_name() + "." + test.name();
    }
  }
  return filter;
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  constexpr std::string_view kFile = "--file=";
  if (argc == 2 && std::string_view(argv[1]).substr(0, kFile.size()) == kFile) {
    const std::string filter = tests_in(argv[1] + kFile.size());
    if (filter.empty()) return std::fprintf(stderr, "no test is in %s\n", argv[1] + kFile.size()), 2;
    GTEST_FLAG_SET(filter, filter);
  } else if (argc != 1) {
    return std::fprintf(stderr, "only --file=NAME and what googletest knows\n"), 2;
  }
  return RUN_ALL_TESTS();
}
