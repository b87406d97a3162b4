// An IdSet against std::sort and std::lower_bound, for every storage, size, distribution and number of
// threads.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "firmquery/core/id_set.hpp"

#include "support/random.hpp"
#include "support/threads.hpp"

namespace firmquery {
namespace {

using test::hexadecimal;
using test::Random;
using test::test_seed;

std::string padded(std::uint64_t number, std::size_t width) {
  const std::string digits = std::to_string(number);
  return digits.size() < width ? std::string(width - digits.size(), '0') + digits : digits;
}

struct Distribution {
  const char* name;
  IdType type;
  std::function<std::string(Random&)> make;  // a canonical ID
};

std::vector<Distribution> distributions() {
  return {
      {"ten digits", IdType::integer,
       [](Random& r) { return std::to_string(1'000'000'000 + r() % 9'000'000'000); }},
      {"any integer", IdType::integer,
       [](Random& r) { return std::to_string(static_cast<std::int64_t>(r())); }},
      {"few integers", IdType::integer,
       [](Random& r) { return std::to_string(static_cast<int>(r() % 200) - 100); }},
      {"one outlier", IdType::integer,
       [](Random& r) { return r() % 1000 == 0 ? std::string("-1") : std::to_string(r() % 50'000'000); }},
      {"far apart", IdType::integer,
       [](Random& r) { return std::to_string(r() % 8 == 0 ? r() >> 2 : r() % 100'000); }},
      {"uuid", IdType::uuid,
       [](Random& r) { return hexadecimal(r, 8) + "-0000-4000-8000-" + hexadecimal(r, 12); }},
      {"uuid, half the same", IdType::uuid,
       [](Random& r) { return "00000000-0000-4000-8000-00000000" + hexadecimal(r, 4); }},
      {"digit text", IdType::text, [](Random& r) { return padded(r() % 10'000'000, r() % 18); }},
      {"long digit text", IdType::text, [](Random& r) { return padded(r() % 10'000'000, 15 + r() % 8); }},
      {"shared prefix", IdType::text,
       [](Random& r) { return "CUST-0000" + padded(r() % 500'000, r() % 12); }},
      {"late difference", IdType::text,
       [](Random& r) { return hexadecimal(r, 1) + "-a-long-constant-" + hexadecimal(r, r() % 5); }},
      {"any bytes", IdType::text,
       [](Random& r) {
         std::string text;
         for (std::uint64_t size = r() % 20; size > 0; --size) text += static_cast<char>(r() % 256);
         return text;
       }},
      {"numeric", IdType::numeric,
       [](Random& r) {
         const std::uint64_t whole = r() >> (r() % 64);
         std::string text = std::to_string(whole) + (r() % 2 == 0 ? "" : padded(r() % 1000, 3));
         if (text.size() > 1 && text.front() == '0') text.insert(0, "1");
         if (r() % 2 == 0) text += "." + padded(r() % 1000, 3) + "7";
         return r() % 3 == 0 && text != "0" ? "-" + text : text;
       }},
  };
}

struct Expected {
  std::vector<std::string> unique, repeated;
};

Expected expected_of(std::vector<std::string> added, IdType type) {
  std::sort(added.begin(), added.end(),
            [&](const std::string& a, const std::string& b) { return compare_canonical(a, b, type) < 0; });
  Expected expected;
  for (auto at = added.begin(); at != added.end();) {
    const auto end = std::find_if(at, added.end(), [&](const std::string& id) { return id != *at; });
    expected.unique.push_back(*at);
    if (end - at > 1) expected.repeated.push_back(*at);
    at = end;
  }
  return expected;
}

void expect_equal(const IdSet& ids, const std::vector<std::string>& expected) {
  ASSERT_EQ(ids.size(), expected.size());
  Digest sum;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(ids.canonical(i), expected[i]) << "rank " << i;
    sum += Digest::of(expected[i]);
  }
  ASSERT_EQ(ids.digest(), sum);
}

// What is sought is half the time an ID of the set, and anywhere or nearby.
void expect_finds(const IdSet& ids, const std::vector<std::string>& expected, const Distribution& from,
                  Random& random) {
  const auto less = [&](const std::string& a, const std::string& b) {
    return compare_canonical(a, b, from.type) < 0;
  };
  for (int i = 0; i < 3'000; ++i) {
    const std::size_t begin = random() % (expected.size() + 1);
    const std::size_t end =
        random() % 4 == 0 ? expected.size() : begin + random() % (expected.size() - begin + 1);
    const bool known = random() % 2 == 0 && !expected.empty();
    const std::string wanted = known ? expected[random() % expected.size()] : from.make(random);
    const auto first = expected.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = expected.begin() + static_cast<std::ptrdiff_t>(end);
    const auto at = std::lower_bound(first, last, wanted, less);
    const std::size_t rank =
        at != last && *at == wanted ? static_cast<std::size_t>(at - expected.begin()) : IdSet::npos;
    const std::size_t hint = random() % 4 == 0 ? IdSet::npos : random() % (expected.size() + 2);
    ASSERT_EQ(ids.find(wanted, begin, end, hint), rank)
        << "'" << wanted << "' in [" << begin << ", " << end << ") with hint " << hint;
  }
}

void expect_like_std_set(const Distribution& from, std::size_t additions, unsigned threads, Random& random) {
  SCOPED_TRACE(std::string(from.name) + ", " + std::to_string(additions) + " additions, threads " +
               std::to_string(threads));
  std::vector<std::string> added;
  for (std::size_t i = 0; i < additions; ++i) {
    const bool again = !added.empty() && random() % 10 == 0;
    added.push_back(again ? added[random() % added.size()] : from.make(random));
  }
  const auto less = [&](const std::string& a, const std::string& b) {
    return compare_canonical(a, b, from.type) < 0;
  };
  const bool sorted = random() % 3 == 0;
  if (sorted) std::sort(added.begin(), added.end(), less);
  // Nearly sorted: some moved far, or all of a stretch moved.
  if (sorted && additions > 0 && random() % 2 == 0) {
    for (std::uint64_t moved = random() % (additions / 100 + 2); moved > 0; --moved)
      std::swap(added[random() % additions], added[random() % additions]);
    const auto middle = added.begin() + static_cast<std::ptrdiff_t>(random() % additions);
    if (random() % 4 == 0) std::rotate(added.begin(), middle, added.end());
  }
  if (random() % 8 == 0) std::reverse(added.begin(), added.end());

  test::Threads executor(threads);
  IdSetBuilder builder(from.type, {&heap_memory(), &executor});
  for (const std::string& id : added) builder.add(id);
  ASSERT_EQ(builder.size(), additions);
  const SortedIds ids = builder.finish();
  const Expected expected = expected_of(std::move(added), from.type);
  expect_equal(ids.unique, expected.unique);
  expect_equal(ids.repeated, expected.repeated);
  ASSERT_EQ(ids.duplicates, additions - expected.unique.size());
  expect_finds(ids.unique, expected.unique, from, random);
}

TEST(IdSetProperty, IsASet) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE("FIRMQUERY_TEST_SEED=" + std::to_string(seed));
  Random random(seed);
  for (const Distribution& from : distributions()) {
    for (const std::size_t most : {2u, 70u, 3'000u}) {
      for (int repeat = 0; repeat < 3; ++repeat) {
        expect_like_std_set(from, random() % most, 1 + static_cast<unsigned>(random() % 3), random);
        if (testing::Test::HasFatalFailure()) return;
      }
    }
  }
}

// Large enough for threads and for parts that do not fit the cache.
TEST(IdSetProperty, IsASetWhenLarge) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE("FIRMQUERY_TEST_SEED=" + std::to_string(seed));
  Random random(seed);
  for (const Distribution& from : distributions()) {
    expect_like_std_set(from, 140'000 + random() % 60'000, 2 + static_cast<unsigned>(random() % 3), random);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(IdSetProperty, IntegerIntervalIsTheValuesWithin) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE("FIRMQUERY_TEST_SEED=" + std::to_string(seed));
  Random random(seed);
  IdSetBuilder builder(IdType::integer);
  std::vector<std::int64_t> values;
  for (int i = 0; i < 500; ++i) {
    values.push_back(static_cast<std::int64_t>(random() % 2000) - 1000);
    builder.add(values.back());
  }
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  const IdSet ids = builder.finish().unique;
  for (int i = 0; i < 5'000; ++i) {
    const auto low = static_cast<std::int64_t>(random() % 2400) - 1200;
    const auto high = low + static_cast<std::int64_t>(random() % 1200);
    const auto [begin, end] = ids.integer_interval(low, high);
    const auto within = [&](std::int64_t value) { return value >= low && value <= high; };
    ASSERT_EQ(static_cast<std::ptrdiff_t>(end - begin), std::count_if(values.begin(), values.end(), within));
    for (std::size_t rank = begin; rank < end; ++rank) ASSERT_TRUE(within(values[rank]));
  }
}

}  // namespace
}  // namespace firmquery
