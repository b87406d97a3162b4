// Whatever the sizes and speeds: slices, ranges and IN-list chunks cover every ID exactly once, in order, and
// keep their limits.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "firmquery/core/plan.hpp"

#include "support/random.hpp"

namespace firmquery {
namespace {

using std::chrono::duration;
using test::Random;
using test::test_seed;

// Sizes from none to many, each order of magnitude as likely as the next.
std::size_t some_size(Random& random) {
  return static_cast<std::size_t>(random() >> (44 + random() % 20)) + random() % 3;
}

// Takes units until nothing is left. Every ID of `whole` was in exactly one unit when this does not fail:
// units that are not empty, start where the last one ended and end within the whole.
template <class NextUnit>
void expect_covers_once(Slice whole, NextUnit next_unit) {
  Slice rest = whole;
  while (!rest.empty()) {
    const Slice unit = next_unit(rest);
    ASSERT_EQ(unit.begin, rest.begin);
    ASSERT_GT(unit.end, unit.begin);
    ASSERT_LE(unit.end, rest.end);
    rest.begin = unit.end;
  }
  ASSERT_EQ(rest.begin, whole.end);
}

TEST(PlanProperty, SlicesCoverTheListOnceAndDifferByOneAtMost) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE("FIRMQUERY_TEST_SEED=" + std::to_string(seed));
  Random random(seed);
  for (int i = 0; i < 5'000; ++i) {
    const std::size_t begin = some_size(random);
    const Slice whole{begin, begin + some_size(random)};
    const std::size_t parts = 1 + random() % 64;
    const std::vector<Slice> slices = split(whole, parts);
    ASSERT_LE(slices.size(), parts);
    std::size_t at = 0, least = whole.size(), most = 0;
    expect_covers_once(whole, [&](Slice) { return at < slices.size() ? slices[at++] : Slice{}; });
    if (HasFatalFailure()) return;
    ASSERT_EQ(at, slices.size());
    for (const Slice& slice : slices) {
      least = std::min(least, slice.size());
      most = std::max(most, slice.size());
    }
    ASSERT_LE(most - (slices.empty() ? 0 : least), 1u);
  }
}

// The ranges of a slice, on a server whose speed changes without warning and that sometimes gives up.
TEST(PlanProperty, RangesCoverEachSliceOnceWhateverTheServerDoes) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE("FIRMQUERY_TEST_SEED=" + std::to_string(seed));
  Random random(seed);
  for (int i = 0; i < 500; ++i) {
    RangeSizer::Options options;
    options.least = 1 + random() % 1'000;
    options.most = options.least + some_size(random);
    options.first = options.least + random() % (options.most - options.least + 1);
    for (const Slice& slice : split({0, some_size(random)}, 1 + random() % 4)) {
      RangeSizer sizer(options);
      expect_covers_once(slice, [&](Slice rest) {
        while (random() % 8 == 0) sizer.too_slow(sizer.next());  // a timeout: nothing is finished
        EXPECT_GE(sizer.next(), 1u);
        EXPECT_LE(sizer.next(), options.most);
        const Slice unit{rest.begin, rest.begin + std::min(sizer.next(), rest.size())};
        sizer.completed(unit.size(), duration<double>(static_cast<double>(random() % 1'000'000) / 1e5));
        return unit;
      });
      if (HasFailure()) return;
    }
  }
}

struct Ids {
  IdSet set;
  std::vector<std::size_t> costs;  // characters of each ID as a literal, its comma included
};

Ids some_ids(IdType type, std::size_t count, Random& random) {
  IdSetBuilder builder(type);
  for (std::size_t i = 0; i < count; ++i) {
    std::string id;
    if (type == IdType::integer) {
      id = std::to_string(static_cast<std::int64_t>(random()) >> (random() % 64));
    } else {
      for (std::size_t size = 1 + random() % 40; size > 0; --size) id += "ab7'\\- "[random() % 7];
    }
    if (type == IdType::integer) {
      builder.add(std::stoll(id));
    } else {
      builder.add(id);
    }
  }
  Ids ids{builder.finish().unique, {}};
  for (std::size_t i = 0; i < ids.set.size(); ++i) {
    const std::string id = ids.set.canonical(i);
    std::size_t cost = id.size() + 1;
    if (type == IdType::text) {
      bool escaped = false;
      for (const char c : id) {
        cost += c == '\'' || c == '\\' ? 1 : 0;
        escaped = escaped || c == '\\';
      }
      cost += escaped ? 4 : 2;  // quotes, and the blank and E of an escape string
    }
    ids.costs.push_back(cost);
  }
  return ids;
}

TEST(PlanProperty, ChunksCoverEachSliceOnceAndKeepBothLimits) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE("FIRMQUERY_TEST_SEED=" + std::to_string(seed));
  Random random(seed);
  for (int i = 0; i < 300; ++i) {
    const Ids ids = some_ids(random() % 2 == 0 ? IdType::integer : IdType::text, random() % 3'000, random);
    const InListLimits limits{1 + random() % 400, 200 + random() % 20'000};
    const std::size_t fixed = random() % 400;
    for (const Slice& slice : split({0, ids.set.size()}, 1 + random() % 4)) {
      expect_covers_once(slice, [&](Slice rest) {
        const Slice unit = next_chunk(ids.set, rest, limits, fixed);
        EXPECT_LE(unit.size(), limits.max_ids);
        std::size_t chars = fixed;
        for (std::size_t at = unit.begin; at < unit.end; ++at) chars += ids.costs[at];
        // One ID has to be asked for whatever its length.
        if (unit.size() > 1) {
          EXPECT_LE(chars, limits.max_chars);
        }
        return unit;
      });
      if (HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace firmquery
