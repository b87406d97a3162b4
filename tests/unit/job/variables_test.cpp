#include "firmquery/job/variables.hpp"

#include <gtest/gtest.h>

namespace firmquery {
namespace {

StrayVariables strays(std::initializer_list<std::pair<const std::string, std::string>> variables) {
  Surroundings surroundings;
  surroundings.environment.insert(variables.begin(), variables.end());
  return stray_variables(surroundings);
}

TEST(StrayVariables, AMisspeltOptionIsAnError) {
  const StrayVariables stray =
      strays({{"FIRMQUERY_CHUNKSIZE", "5"}, {"FIRMQUERY_FAIL_ONN", "missing>0"}, {"PATH", "/bin"}});
  ASSERT_EQ(stray.errors.size(), 2u);
  EXPECT_EQ(stray.errors[0].place, "FIRMQUERY_CHUNKSIZE");
  EXPECT_EQ(stray.errors[0].remedy, "did you mean FIRMQUERY_CHUNK_SIZE?");
  EXPECT_EQ(stray.errors[1].remedy, "did you mean FIRMQUERY_FAIL_ON?");
  EXPECT_TRUE(stray.warnings.empty());
}

TEST(StrayVariables, WhatIsFarFromAllIsAWarning) {
  const StrayVariables stray =
      strays({{"FIRMQUERY_SERVICE_HOST", "10.0.0.1"}, {"FIRMQUERY_KEEP", "1"}, {"FIRMQUERY_", ""}});
  EXPECT_TRUE(stray.errors.empty());
  EXPECT_EQ(stray.warnings.size(), 3u);
}

TEST(StrayVariables, TheProgramsOwnAreNone) {
  const StrayVariables stray = strays({{"FIRMQUERY_DSN", "host=db"},
                                       {"FIRMQUERY_LOCAL_DIR", "/x"},
                                       {"FIRMQUERY_COCKROACH_BIN", "/y"},
                                       {"FIRMQUERY_MAX_RETRIES", ""},
                                       {"FIRMQUERY", ""}});
  EXPECT_TRUE(stray.errors.empty());
  EXPECT_TRUE(stray.warnings.empty());
}

}  // namespace
}  // namespace firmquery
