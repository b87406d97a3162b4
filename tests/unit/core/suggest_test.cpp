#include "firmquery/core/suggest.hpp"

#include <gtest/gtest.h>

namespace firmquery {
namespace {

TEST(EditDistance, CountsEachKindOfSlip) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("run", "run"), 0u);
  EXPECT_EQ(edit_distance("rn", "run"), 1u);
  EXPECT_EQ(edit_distance("ruun", "run"), 1u);
  EXPECT_EQ(edit_distance("ran", "run"), 1u);
  EXPECT_EQ(edit_distance("rnu", "run"), 1u);  // a swap is one slip, not two
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(EditDistance, IsSymmetric) {
  EXPECT_EQ(edit_distance("chunk", "hcunks"), edit_distance("hcunks", "chunk"));
}

TEST(Nearest, IgnoresCaseAndSeparators) {
  EXPECT_EQ(nearest("ChunkSize", {"--ids", "chunk_size"}), "chunk_size");
  EXPECT_EQ(nearest("chunksize", {"chunk-size"}), "chunk-size");
}

TEST(Nearest, TakesTheNearestAndNothingFar) {
  EXPECT_EQ(nearest("querry", {"key", "query", "quiet"}), "query");
  EXPECT_EQ(nearest("frobnicate", {"run", "clean", "verify"}), "");
  EXPECT_EQ(nearest("x", {}), "");
}

TEST(Nearest, AStartIsNear) {
  EXPECT_EQ(nearest("temp", {"auto", "temp-table"}), "temp-table");
}

}  // namespace
}  // namespace firmquery
