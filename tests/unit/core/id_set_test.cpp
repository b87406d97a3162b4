#include "firmquery/core/id_set.hpp"
#include "../orchestrator/core/decimal_code.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "support/threads.hpp"

namespace firmquery {
namespace {

using Texts = std::vector<std::string>;

SortedIds sorted(IdType type, const Texts& canonical) {
  IdSetBuilder builder(type);
  for (const std::string& id : canonical) builder.add(id);
  return builder.finish();
}

Texts texts(const IdSet& ids) {
  Texts all;
  for (std::size_t i = 0; i < ids.size(); ++i) all.push_back(ids.canonical(i));
  return all;
}

void expect_finds_itself(const IdSet& ids) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const std::string id = ids.canonical(i);
    EXPECT_EQ(ids.find(id), i) << id;
    for (std::size_t hint = 0; hint <= ids.size(); ++hint)
      EXPECT_EQ(ids.find(id, 0, ids.size(), hint), i) << id;
    EXPECT_EQ(ids.find(id, i + 1, ids.size()), IdSet::npos);
    EXPECT_EQ(ids.find(id, 0, i), IdSet::npos);
  }
  // All of them at once, backwards, and what is none of them.
  Texts wanted = texts(ids);
  std::reverse(wanted.begin(), wanted.end());
  wanted.emplace_back("no such ID");
  wanted.emplace_back("99999999999999999");
  const std::vector<std::string_view> views(wanted.begin(), wanted.end());
  std::vector<std::size_t> ranks(views.size());
  ids.find_each(views, ranks);
  for (std::size_t i = 0; i < views.size(); ++i) EXPECT_EQ(ranks[i], ids.find(views[i])) << views[i];
}

TEST(IdSet, DefaultIsEmptyText) {
  const IdSet ids;
  EXPECT_EQ(ids.type(), IdType::text);
  EXPECT_TRUE(ids.empty());
  EXPECT_EQ(ids.find("1"), IdSet::npos);
  EXPECT_EQ(ids.digest(), Digest());
}

TEST(IdSet, NothingAdded) {
  for (const IdType type : {IdType::integer, IdType::numeric, IdType::uuid, IdType::text}) {
    const SortedIds ids = sorted(type, {});
    EXPECT_EQ(ids.unique.type(), type);
    EXPECT_TRUE(ids.unique.empty());
    EXPECT_TRUE(ids.repeated.empty());
    EXPECT_EQ(ids.duplicates, 0u);
    EXPECT_EQ(ids.unique.find(""), IdSet::npos);
  }
}

TEST(IdSet, OneId) {
  const SortedIds ids = sorted(IdType::text, {"only"});
  EXPECT_EQ(texts(ids.unique), Texts{"only"});
  expect_finds_itself(ids.unique);
  EXPECT_EQ(ids.unique.find("onl"), IdSet::npos);
  EXPECT_EQ(ids.unique.find("only2"), IdSet::npos);
  EXPECT_EQ(ids.unique.find(""), IdSet::npos);
}

TEST(IdSet, IntegersSortByValue) {
  IdSetBuilder builder(IdType::integer);
  for (const std::int64_t id :
       {std::int64_t{10}, std::int64_t{9}, std::int64_t{-1}, std::int64_t{0},
        std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    builder.add(id);
  }
  builder.add("-1");
  EXPECT_EQ(builder.size(), 7u);
  const SortedIds ids = builder.finish();
  EXPECT_EQ(texts(ids.unique), (Texts{"-9223372036854775808", "-1", "0", "9", "10", "9223372036854775807"}));
  EXPECT_EQ(texts(ids.repeated), Texts{"-1"});
  EXPECT_EQ(ids.duplicates, 1u);
  expect_finds_itself(ids.unique);
}

TEST(IdSet, OnlyTheCanonicalFormIsFound) {
  const SortedIds integers = sorted(IdType::integer, {"7", "0", "-7"});
  for (const char* other : {"007", "+7", " 7", "7 ", "-0", "00", "-", "", "x", "99999999999999999999"}) {
    EXPECT_EQ(integers.unique.find(other), IdSet::npos) << other;
  }
  const SortedIds uuids = sorted(IdType::uuid, {"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"});
  EXPECT_EQ(uuids.unique.find("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"), IdSet::npos);
  EXPECT_EQ(uuids.unique.find("a0eebc999c0b4ef8bb6d6bb9bd380a11"), IdSet::npos);
  expect_finds_itself(uuids.unique);
}

TEST(IdSet, DigitTextsKeepLeadingZerosAndByteOrder) {
  const SortedIds ids = sorted(
      IdType::text, {"7", "007", "70", "07", "999999999999999999", "000000000000000000", "7", "0", "10"});
  EXPECT_EQ(texts(ids.unique),
            (Texts{"0", "000000000000000000", "007", "07", "10", "7", "70", "999999999999999999"}));
  EXPECT_EQ(texts(ids.repeated), Texts{"7"});
  expect_finds_itself(ids.unique);
  EXPECT_EQ(ids.unique.find("0000000000000000000"), IdSet::npos);
  EXPECT_EQ(ids.unique.find("7a"), IdSet::npos);
}

TEST(IdSet, TextsThatAreNotAllDigits) {
  const Texts added = {"10", "007", "b",     "1234567890123456789", "a", "", "caf\xC3\xA9", "10",
                       "10", "a",   "CUST-1"};
  const SortedIds ids = sorted(IdType::text, added);
  EXPECT_EQ(texts(ids.unique),
            (Texts{"", "007", "10", "1234567890123456789", "CUST-1", "a", "b", "caf\xC3\xA9"}));
  EXPECT_EQ(texts(ids.repeated), (Texts{"10", "a"}));
  EXPECT_EQ(ids.duplicates, 3u);
  expect_finds_itself(ids.unique);
}

TEST(IdSet, TextsWithASharedPrefix) {
  const SortedIds ids = sorted(IdType::text, {"CUST-00000002", "CUST-0000", "CUST-00000001-long-tail-b",
                                              "CUST-00000001", "CUST-00000001-long-tail-a", "CUST-0000"});
  EXPECT_EQ(texts(ids.unique), (Texts{"CUST-0000", "CUST-00000001", "CUST-00000001-long-tail-a",
                                      "CUST-00000001-long-tail-b", "CUST-00000002"}));
  expect_finds_itself(ids.unique);
  for (const char* absent : {"CUST-000", "CUST-00000", "CUST-1", "A", "Z", "", "CUST-00000003"}) {
    EXPECT_EQ(ids.unique.find(absent), IdSet::npos) << absent;
  }
}

TEST(IdSet, NumericsSortByValue) {
  const Texts ascending = {"-12345678901234567891",
                           "-12345678901234567890",
                           "-10",
                           "-9.5",
                           "-9.05",
                           "-0.5",
                           "0",
                           "0.0000000000000000001",
                           "0.5",
                           "9",
                           "9.5",
                           "10",
                           "10.0000000000000000001",
                           "12345678901234567890",
                           std::string(8500, '3'),
                           std::string(9000, '1'),
                           std::string(9000, '2')};
  const SortedIds ids = sorted(IdType::numeric, Texts(ascending.rbegin(), ascending.rend()));
  EXPECT_EQ(texts(ids.unique), ascending);
  expect_finds_itself(ids.unique);
  EXPECT_EQ(ids.unique.find("9.50"), IdSet::npos);
}

TEST(IdSet, RepeatedHoldsEachIdOnce) {
  const SortedIds ids = sorted(IdType::integer, {"1", "2", "1", "1", "3", "2", "1"});
  EXPECT_EQ(texts(ids.unique), (Texts{"1", "2", "3"}));
  EXPECT_EQ(texts(ids.repeated), (Texts{"1", "2"}));
  EXPECT_EQ(ids.duplicates, 4u);
}

// Each thread of the sort sees one value only, and only all of them together see that there are two.
TEST(IdSet, TwoValuesInTwoBlocks) {
  constexpr std::uint64_t kEach = 200'000;
  test::Threads two(2);
  IdSetBuilder builder(IdType::integer, {&heap_memory(), &two});
  for (std::uint64_t i = 0; i < kEach; ++i) builder.add(std::int64_t{5});
  for (std::uint64_t i = 0; i < kEach; ++i) builder.add(std::int64_t{3});
  const SortedIds ids = builder.finish();
  EXPECT_EQ(texts(ids.unique), (Texts{"3", "5"}));
  EXPECT_EQ(texts(ids.repeated), (Texts{"3", "5"}));
  EXPECT_EQ(ids.duplicates, 2 * kEach - 2);
}

TEST(IdSet, DigestIsTheSumOverTheInterval) {
  for (const Texts& all : {Texts{"1", "2", "3", "007"}, Texts{"a", "b", "c", "1"}}) {
    const SortedIds ids = sorted(IdType::text, all);
    Digest sum;
    for (const std::string& id : all) sum += Digest::of(id);
    EXPECT_EQ(ids.unique.digest(), sum);
    EXPECT_EQ(ids.unique.digest(0, 1) + ids.unique.digest(1, 4), sum);
    EXPECT_EQ(ids.unique.digest(1, 2), Digest::of(ids.unique.canonical(1)));
    EXPECT_EQ(ids.unique.digest(2, 2), Digest());
  }
}

TEST(IdSet, LinesAreTheCanonicalForms) {
  const Texts integers = {"-9223372036854775808", "-7", "0", "5", "12345678", "9999999999",
                          "12345678901234567"};
  const Texts digits = {"0", "00", "007", "1234567890", "999999999999999999"};
  const Texts words = {"", "a,b", "caf\xC3\xA9"};
  for (const auto& [type, all, plain] :
       {std::tuple(IdType::integer, integers, true), std::tuple(IdType::text, digits, true),
        std::tuple(IdType::text, words, false)}) {
    const IdSet ids = sorted(type, all).unique;
    EXPECT_EQ(ids.plain(), plain) << all.front();
    for (std::size_t begin = 0; begin <= all.size(); ++begin) {
      std::string lines = "before", expected = lines;
      for (std::size_t i = begin; i < all.size(); ++i) expected += all[i] + '\n';
      ids.append_lines(begin, all.size() + 1, lines);
      EXPECT_EQ(lines, expected);
    }
  }
  EXPECT_TRUE(IdSet().plain());
}

// Before and after the first ID that is not of digits only.
TEST(IdSet, PackedDigitsAreTexts) {
  IdSetBuilder builder(IdType::text);
  const std::uint64_t codes[] = {encode_decimal(7, 3), encode_decimal(7, 1)};
  builder.add(PackedIds{IdType::text, {codes, 1}});
  builder.add("x");
  builder.add(PackedIds{IdType::text, {}});
  builder.add(PackedIds{IdType::text, {codes + 1, 1}});
  builder.add(PackedIds{IdType::text, {codes, 1}});
  const SortedIds ids = builder.finish();
  EXPECT_EQ(texts(ids.unique), (Texts{"007", "7", "x"}));
  EXPECT_EQ(texts(ids.repeated), Texts{"007"});
}

// Nothing that is in the set may be told not to be; of what is not, little is let through.
TEST(PackedFilter, LetsThroughWhatIsInTheSet) {
  for (const IdType type : {IdType::integer, IdType::text}) {
    IdSetBuilder builder(type);
    for (std::uint64_t i = 0; i < 5'000; ++i) builder.add(std::to_string(i * i * 977));
    if (type == IdType::text) builder.add("word");
    const IdSet ids = builder.finish().unique;
    const PackedFilter filter(ids);
    const auto packed = [&](std::uint64_t value) {
      return type == IdType::integer ? value : encode_decimal(value, std::to_string(value).size());
    };
    std::size_t passed = 0;
    for (std::uint64_t i = 0; i < 5'000; ++i) {
      ASSERT_TRUE(filter.may_hold(packed(i * i * 977))) << i;
      passed += filter.may_hold(packed(i * i * 977 + 1));
    }
    EXPECT_LT(passed, 100u);
    std::string text;
    append_packed(type, packed(977), text);
    EXPECT_EQ(text, "977");
  }
  EXPECT_FALSE(PackedFilter(IdSet()).may_hold(0));
}

TEST(IdSet, IntegerInterval) {
  const IdSet ids = sorted(IdType::integer, {"-40000", "-32768", "0", "32767", "32768"}).unique;
  using Interval = std::pair<std::size_t, std::size_t>;
  EXPECT_EQ(ids.integer_interval(-32768, 32767), Interval(1, 4));
  EXPECT_EQ(ids.integer_interval(std::numeric_limits<std::int64_t>::min(),
                                 std::numeric_limits<std::int64_t>::max()),
            Interval(0, 5));
  EXPECT_EQ(ids.integer_interval(1, 2), Interval(3, 3));
  EXPECT_EQ(ids.integer_interval(50000, 60000), Interval(5, 5));
  EXPECT_EQ(ids.integer_interval(2, 1), Interval(3, 3));
}

TEST(IdSet, BuilderIsEmptyAfterFinishAndServesAgain) {
  IdSetBuilder builder(IdType::text);
  builder.add("a");
  EXPECT_EQ(texts(builder.finish().unique), Texts{"a"});
  EXPECT_EQ(builder.size(), 0u);
  builder.add("1");
  builder.add("1");
  EXPECT_EQ(builder.size(), 2u);
  EXPECT_EQ(texts(builder.finish().unique), Texts{"1"});
}

TEST(IdSet, RepeatedOutlivesUnique) {
  IdSet repeated;
  {
    SortedIds ids = sorted(IdType::text, {"same-text", "same-text", "other-text"});
    repeated = std::move(ids.repeated);
  }
  EXPECT_EQ(texts(repeated), Texts{"same-text"});
}

TEST(IdSetDeathTest, WhatIsNotAnIdOfTheTypeIsNeverCounted) {
  EXPECT_DEATH(IdSetBuilder(IdType::integer).add("x"), "not an integer");
  EXPECT_DEATH(IdSetBuilder(IdType::uuid).add("x"), "not a UUID");
  EXPECT_DEATH(IdSetBuilder(IdType::text).add(std::int64_t{1}), "another type");
  EXPECT_DEATH(IdSetBuilder(IdType::integer).add(PackedIds{IdType::text, {}}), "another type");
}

}  // namespace
}  // namespace firmquery
