#include "firmquery/core/sample.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace firmquery {
namespace {

std::vector<std::uint64_t> drawn(std::uint64_t population, std::uint64_t size, std::uint64_t seed) {
  StratifiedSample sample(population, size, seed);
  std::vector<std::uint64_t> places;
  while (const auto place = sample.next()) places.push_back(*place);
  EXPECT_EQ(places.size(), sample.size());
  return places;
}

TEST(StratifiedSample, IsAllWhereThereAreNoMore) {
  EXPECT_EQ(drawn(0, 10, 1), std::vector<std::uint64_t>{});
  EXPECT_EQ(drawn(10, 0, 1), std::vector<std::uint64_t>{});
  EXPECT_EQ(drawn(3, 3, 1), (std::vector<std::uint64_t>{0, 1, 2}));
  EXPECT_EQ(drawn(3, 100, 1), (std::vector<std::uint64_t>{0, 1, 2}));
}

// Each stratum has one place, so that no stretch of two is left out.
TEST(StratifiedSample, LeavesNoLargePartOut) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    for (const auto& [population, size] : {std::pair{1000ull, 100ull}, std::pair{1003ull, 100ull},
                                           std::pair{101ull, 100ull}, std::pair{1ull << 40, 7ull}}) {
      const auto places = drawn(population, size, seed);
      ASSERT_EQ(places.size(), size);
      const std::uint64_t widest = population / size + 1;
      std::uint64_t previous = 0;
      for (std::size_t i = 0; i < places.size(); ++i) {
        EXPECT_LT(places[i], population);
        EXPECT_TRUE(i == 0 || places[i] > previous);
        EXPECT_LT(places[i] - previous, 2 * widest);
        previous = places[i];
      }
      EXPECT_LE(population - previous, 2 * widest);
    }
  }
}

TEST(StratifiedSample, IsRandomAndRepeatable) {
  EXPECT_EQ(drawn(100'000, 100, 7), drawn(100'000, 100, 7));
  EXPECT_NE(drawn(100'000, 100, 7), drawn(100'000, 100, 8));
  // Every place of a stratum is drawn by some seed.
  std::vector<bool> seen(10);
  for (std::uint64_t seed = 0; seed < 500; ++seed) seen[drawn(10, 1, seed).front()] = true;
  EXPECT_EQ(seen, std::vector<bool>(10, true));
}

}  // namespace
}  // namespace firmquery
