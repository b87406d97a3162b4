#include "firmquery/core/plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace firmquery {
namespace {

using std::chrono::duration;

IdSet integers(std::int64_t first, std::size_t count) {
  IdSetBuilder builder(IdType::integer);
  for (std::size_t i = 0; i < count; ++i) builder.add(first + static_cast<std::int64_t>(i));
  return builder.finish().unique;
}

TEST(Split, CoversTheWholeInOrderWithSizesThatDifferByOneAtMost) {
  for (const std::size_t size : {0u, 1u, 2u, 7u, 64u, 1000u}) {
    for (const std::size_t parts : {1u, 2u, 3u, 64u}) {
      const auto slices = split({5, 5 + size}, parts);
      EXPECT_EQ(slices.size(), std::min(size, parts));
      std::size_t at = 5;
      for (const Slice& slice : slices) {
        EXPECT_EQ(slice.begin, at);
        EXPECT_FALSE(slice.empty());
        EXPECT_LE(slice.size(), slices.front().size());
        EXPECT_GE(slice.size() + 1, slices.front().size());
        at = slice.end;
      }
      EXPECT_EQ(at, 5 + size);
    }
  }
}

// A server that takes `seconds(ids)` for a range; the size that the sizer asks for most in the end.
template <class Seconds>
std::size_t settled_size(RangeSizer& sizer, Seconds seconds, int ranges = 400) {
  std::map<std::size_t, int> asked;
  for (int i = 0; i < ranges; ++i) {
    const std::size_t ids = sizer.next();
    if (i >= ranges / 2) ++asked[ids];
    sizer.completed(ids, duration<double>(seconds(static_cast<double>(ids))));
  }
  return std::max_element(asked.begin(), asked.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

RangeSizer small_sizer() {
  return RangeSizer({.first = 1000, .least = 10, .most = 1'000'000, .target = duration<double>(1.0)});
}

TEST(RangeSizer, TakesTheSizeAtWhichTheServerIsFastest) {
  // A millisecond a statement, and sorts that leave memory behind 8,000 IDs.
  const auto seconds = [](double ids) { return 1e-3 + ids * (ids > 8000 ? 4e-5 : 1e-5); };
  for (const std::size_t first : {500u, 1000u, 8000u, 64'000u}) {
    RangeSizer sizer({.first = first, .least = 10, .most = 1'000'000, .target = duration<double>(1.0)});
    const std::size_t settled = settled_size(sizer, seconds);
    EXPECT_GE(settled, 1000u) << first;
    EXPECT_LE(settled, 8000u) << first;
  }
}

TEST(RangeSizer, ALongLineMakesRangesLongUpToTheTarget) {
  RangeSizer sizer = small_sizer();
  // A fifth of a second for each statement: nothing smaller than the target's half gets near.
  const std::size_t settled = settled_size(sizer, [](double ids) { return 0.2 + ids * 1e-5; });
  EXPECT_GE(0.2 + static_cast<double>(settled) * 1e-5, 0.5);
  EXPECT_LE(0.2 + static_cast<double>(settled) * 1e-5, 1.0);
}

TEST(RangeSizer, StaysWhereSizesMakeNoDifference) {
  RangeSizer sizer = small_sizer();
  EXPECT_EQ(settled_size(sizer, [](double ids) { return ids * 1e-5; }), 1000u);
}

TEST(RangeSizer, FollowsWhereTheBestSizeGoes) {
  RangeSizer sizer = small_sizer();
  EXPECT_LE(settled_size(sizer, [](double ids) { return 1e-4 + ids * (ids > 2000 ? 4e-5 : 1e-5); }), 2000u);
  EXPECT_GE(settled_size(sizer, [](double ids) { return 1e-1 + ids * 1e-5; }), 16'000u);
}

TEST(RangeSizer, ShrinksWhenTheServerSlowsDownAndStaysWithinItsLimits) {
  RangeSizer sizer({.first = 100'000, .least = 500, .most = 200'000, .target = duration<double>(1.0)});
  sizer.completed(100'000, duration<double>(10));
  EXPECT_LE(sizer.next(), 10'000u);
  EXPECT_GE(sizer.next(), 5'000u);
  for (int i = 0; i < 20; ++i) sizer.completed(sizer.next(), duration<double>(100));
  EXPECT_EQ(sizer.next(), 500u);
  // Sizes that are all too short to time: the larger, the more is read.
  EXPECT_EQ(settled_size(sizer, [](double) { return 0.0; }), 200'000u);
  sizer.too_slow(sizer.next());
  EXPECT_LE(sizer.next(), 50'000u);
}

TEST(RangeSizer, ATooLargeStatementNeverMakesRangesLargerThanTheMost) {
  RangeSizer sizer({.first = 20'000, .least = 500, .most = 100'000, .target = duration<double>(1.0)});
  sizer.too_slow(500'000);
  EXPECT_EQ(sizer.next(), 100'000u);
  sizer.too_slow(1);
  EXPECT_EQ(sizer.next(), 1u);
}

TEST(RangeSizer, GrowsAgainOnlyAfterAWhileOfSuccess) {
  RangeSizer sizer({.first = 4000, .least = 10, .most = 100'000, .target = duration<double>(1.0)});
  sizer.too_slow(4000);
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(sizer.next(), 1000u);
    sizer.completed(1000, duration<double>(0.01));
  }
  sizer.completed(1000, duration<double>(0.01));
  EXPECT_EQ(sizer.next(), 2000u);
}

// The tail of a slice is small, whatever was asked for.
TEST(RangeSizer, WhatWasCutDoesNotCount) {
  RangeSizer sizer = small_sizer();
  (void)settled_size(
      sizer, [](double ids) { return 1e-2 + ids * 1e-5; }, 50);
  const std::size_t before = sizer.next();
  sizer.completed(3, duration<double>(0.01));
  EXPECT_GE(sizer.next() * 2, before);
}

TEST(NextChunk, ObeysBothLimitsAndTakesAtLeastOneId) {
  const IdSet ids = integers(1'000'000'000, 1000);
  EXPECT_EQ(next_chunk(ids, {0, 1000}, {250, 15'000}, 100).size(), 250u);
  EXPECT_EQ(next_chunk(ids, {900, 1000}, {250, 15'000}, 100), (Slice{900, 1000}));
  // Eleven characters an ID with its comma; five per cent of the limit are kept free.
  EXPECT_EQ(next_chunk(ids, {0, 1000}, {250, 1000}, 70).size(), (950u - 70u) / 11u);
  EXPECT_EQ(next_chunk(ids, {0, 1000}, {250, 1000}, 70, 4).size(), (950u - 70u) / 15u);
  EXPECT_EQ(next_chunk(ids, {0, 1000}, {250, 10}, 500).size(), 1u);
}

TEST(NextChunk, CountsQuotesForText) {
  IdSetBuilder builder(IdType::text);
  for (int i = 0; i < 100; ++i) builder.add("O'Neil\\" + std::to_string(100 + i));
  const IdSet ids = builder.finish().unique;
  const Slice chunk = next_chunk(ids, {0, 100}, {1000, 1000}, 0);
  // 10 characters, 2 doubled, 2 quotes, an E, a comma.
  EXPECT_EQ(chunk.size(), 950u / 16u);
}

}  // namespace
}  // namespace firmquery
