#include "firmquery/core/near_misses.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "firmquery/core/spelling_rule.hpp"
#include "support/random.hpp"

namespace firmquery {
namespace {

// A column, and a list that is looked up in it.
class World {
 public:
  explicit World(IdType type = IdType::text) : type_(type) {}
  std::set<std::string> column;
  std::vector<std::string> ids;
  std::size_t most = 10'000;
  bool sampled = true;  // the column can be looked at
  std::size_t asked = 0, questions = 0;

  NearMisses find() {
    IdSetBuilder builder(type_);
    for (const std::string& id : ids) builder.add(std::string_view(id));
    list = builder.finish().unique;
    KeyShape usual;
    if (sampled) {
      // As from an index: both ends and some stretches.
      const std::size_t step = std::max<std::size_t>(column.size() / 500, 1);
      std::size_t i = 0;
      for (const std::string& id : column) {
        if (i++ % step == 0) usual.add(id);
      }
    }
    std::vector<std::size_t> missing;
    for (std::size_t rank = 0; rank < list.size(); ++rank) {
      const std::string id = list.canonical(rank);
      if (!column.contains(id)) {
        missing.push_back(rank);
      } else if (rank % 7 == 0) {
        usual.add(id);
      }
    }
    std::vector<std::size_t> tried;
    for (const std::size_t at : spread(most, missing.size())) tried.push_back(missing[at]);
    auto found = find_near_misses({list, tried, missing.size(), usual},
                                  [&](const IdSet& spellings) -> Result<std::optional<std::vector<bool>>> {
                                    ++questions;
                                    asked += spellings.size();
                                    std::vector<bool> rows;
                                    for (std::size_t i = 0; i < spellings.size(); ++i)
                                      rows.push_back(column.contains(spellings.canonical(i)));
                                    return std::optional(rows);
                                  });
    EXPECT_TRUE(found);
    return *std::move(found);
  }

  IdSet list;

 private:
  IdType type_;
};

std::string digits(std::uint64_t value, std::size_t width) {
  std::string text = std::to_string(value);
  return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

// A column of IDs that `make` makes, a list of a tenth of them, half of which `damage` has been at.
World damaged(const std::function<std::string(std::mt19937_64&)>& make,
              const std::function<std::string(std::string)>& damage) {
  World world;
  std::mt19937_64 random(17);
  while (world.column.size() < 4000) world.column.insert(make(random));
  std::size_t i = 0;
  for (const std::string& id : world.column) {
    if (++i % 10 == 0) world.ids.push_back(i % 20 == 0 ? damage(id) : id);
  }
  return world;
}

// That nearly all damaged IDs get this rule, and the suggestion that undoes the damage.
void expect_rule(World world, const std::string& rule, std::size_t least = 150) {
  const NearMisses misses = world.find();
  ASSERT_FALSE(misses.report.rules.empty()) << rule;
  EXPECT_EQ(misses.report.rules.front().rule, rule);
  EXPECT_GE(misses.report.rules.front().ids, least) << rule;
  EXPECT_GE(misses.report.suggested, least);
  EXPECT_NE(misses.report.advice.find("--accept-rule " + rule), std::string::npos) << misses.report.advice;
  for (const NearMiss& miss : misses.found) {
    if (miss.matches == 1) {
      EXPECT_TRUE(world.column.contains(miss.suggestion)) << miss.suggestion;
    }
  }
  // The cost: the trial, and what the rules that hit leave.
  EXPECT_LE(world.questions, 2u);
  EXPECT_LE(world.asked, 256 * 60 + 3 * misses.report.tried);
}

std::string fixed(std::mt19937_64& random) {
  return digits(random() % 10'000'000, 10);  // zeros in front
}
std::string coded(std::mt19937_64& random) {
  std::string id;
  for (int i = 0; i < 2; ++i) id += static_cast<char>('A' + random() % 26);
  return id + digits(random() % 1'000'000, 6);
}
std::string hexadecimal(std::mt19937_64& random) {
  const std::string hex = fmt::format("{:016x}{:016x}", random(), random());
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20);
}
std::string without(std::string id, char character) {
  std::erase(id, character);
  return id;
}
std::string without_zeros(const std::string& id) {
  return id.substr(std::min(id.find_first_not_of('0'), id.size() - 1));
}

TEST(NearMisses, EachDamageIsFound) {
  expect_rule(damaged(fixed, without_zeros), "pad:10");
  expect_rule(damaged(coded, [](std::string id) { return "\xE2\x80\x8B" + id; }), "trim");
  expect_rule(damaged(coded, [](std::string id) { return "\"" + id + "\""; }), "trim");
  expect_rule(damaged(coded, [](std::string id) { return id.substr(0, 4) + " " + id.substr(4); }),
              "strip-blanks");
  expect_rule(damaged(coded,
                      [](std::string id) {
                        for (char& c : id) c = static_cast<char>(std::tolower(c));
                        return id;
                      }),
              "upper");
  expect_rule(damaged(hexadecimal,
                      [](std::string id) {
                        for (char& c : id) c = static_cast<char>(std::toupper(c));
                        return id;
                      }),
              "lower");
  expect_rule(damaged([](auto& random) { return std::to_string(1'000'000 + random() % 9'000'000); },
                      [](std::string id) { return "000" + id; }),
              "strip-zeros");
  expect_rule(damaged([](auto& random) { return std::to_string(1'000'000 + random() % 9'000'000); },
                      [](std::string id) { return id + ".0"; }),
              "strip-decimals");
  expect_rule(damaged(fixed, [](std::string id) { return id.substr(0, 3) + "-" + id.substr(3); }),
              "strip-separators");
  expect_rule(damaged(hexadecimal, [](std::string id) { return without(std::move(id), '-'); }),
              "group:8-4-4-4-12");
  expect_rule(damaged(coded,
                      [](std::string id) {
                        id[5] = id[5] == '0' ? 'O' : id[5];
                        return id;
                      }),
              "look-alikes:AA999999", 10);
  expect_rule(damaged([](auto& random) { return std::to_string(1'000'000 + random() % 9'000'000); },
                      [](std::string id) {
                        std::replace(id.begin(), id.end(), '1', 'l');
                        std::replace(id.begin(), id.end(), '0', 'O');
                        return id;
                      }),
              "look-alikes", 80);
  expect_rule(damaged(coded,
                      [](std::string id) {
                        std::string wide;
                        for (const char c : id)
                          wide += std::string("\xEF\xBC") + static_cast<char>(0x80 | (c - 0x20));
                        return wide;
                      }),
              "ascii", 1);
}

std::string respelled(const std::string& rule, const std::string& id) {
  std::string spelled;
  const auto parsed = SpellingRule::parse(rule, {});
  EXPECT_TRUE(parsed && parsed->apply(id, spelled)) << rule << " of " << id;
  return spelled;
}

TEST(NearMisses, CheckDigitsThatAreMissingOrTooMany) {
  for (const std::string scheme : {"luhn", "ean", "mod97"}) {
    const std::size_t more = scheme == "mod97" ? 2 : 1;
    const std::string add = fmt::format("add-{}:{}", scheme, 9 + more),
                      drop = fmt::format("drop-{}:9", scheme);
    const auto base = [](std::mt19937_64& random) { return digits(random() % 1'000'000'000, 9); };
    expect_rule(damaged([&](auto& random) { return respelled(add, base(random)); },
                        [&](const std::string& id) { return id.substr(0, 9); }),
                add);
    expect_rule(damaged(base, [&](const std::string& id) { return respelled(add, id); }), drop);
  }
}

TEST(NearMisses, IntegersHaveCheckDigitsToo) {
  World world(IdType::integer);
  for (std::uint64_t i = 0; i < 3000; ++i) world.column.insert(std::to_string(100'000 + i * 7));
  std::size_t i = 0;
  for (const std::string& id : world.column) {
    if (++i % 9 == 0) world.ids.push_back(respelled("add-luhn:7", id));
  }
  const NearMisses misses = world.find();
  ASSERT_EQ(misses.report.rules.size(), 1u) << misses.report.advice;
  EXPECT_EQ(misses.report.rules.front().rule, "drop-luhn:6");
  EXPECT_EQ(misses.report.suggested, world.ids.size());
}

TEST(NearMisses, TwoKindsOfDamageAtOnce) {
  expect_rule(damaged(fixed,
                      [](const std::string& id) {
                        const std::string bare = without_zeros(id);
                        return bare.substr(0, 2) + "-" + bare.substr(2);
                      }),
              "strip-separators+pad:10");
  expect_rule(damaged(fixed, [](const std::string& id) { return "\xE2\x80\x8B" + without_zeros(id); }),
              "trim+pad:10");
}

TEST(NearMisses, OneMissingIdIsEnough) {
  World world;
  for (std::uint64_t i = 0; i < 300; ++i) world.column.insert(digits(i * 31, 8));
  world.ids = {"310", "00000031"};
  const NearMisses misses = world.find();
  ASSERT_EQ(misses.found.size(), 1u);
  EXPECT_EQ(misses.found.front().suggestion, "00000310");
  EXPECT_EQ(misses.found.front().rule, "pad:8");
  EXPECT_EQ(misses.found.front().matches, 1u);
  EXPECT_EQ(misses.find(misses.found.front().rank), &misses.found.front());
  EXPECT_EQ(misses.find(misses.found.front().rank + 1), nullptr);
  EXPECT_EQ(misses.report.advice,
            "1 of 1 missing ID would match with zeros padded to 8 digits: --accept-rule pad:8 does it in the "
            "next run");
}

TEST(NearMisses, SeveralThatMatchAreCountedAndNoneIsChosen) {
  World world;
  for (std::uint64_t i = 0; i < 300; ++i) {
    world.column.insert(digits(i, 8));
    world.column.insert(digits(i, 6));
  }
  world.ids = {"17", "00000031"};
  const NearMisses misses = world.find();
  ASSERT_EQ(misses.found.size(), 1u);
  EXPECT_EQ(misses.found.front().suggestion, "");
  EXPECT_EQ(misses.found.front().rule, "pad:6 or pad:8");
  EXPECT_EQ(misses.found.front().matches, 2u);
  EXPECT_EQ(misses.report.ambiguous, 1u);
  EXPECT_EQ(misses.report.suggested, 0u);
  EXPECT_EQ(misses.report.advice, "");
}

TEST(NearMisses, WhatTheListAsksForAnywayIsNoSuggestion) {
  World world;
  for (std::uint64_t i = 0; i < 300; ++i) world.column.insert(digits(i, 8));
  world.ids = {"17", "00000017"};
  EXPECT_TRUE(world.find().found.empty());
}

TEST(NearMisses, ARareDamageIsSeenAmongManyThatAreTrulyMissing) {
  World world;
  std::mt19937_64 random(5);
  while (world.column.size() < 2000) world.column.insert(fixed(random));
  std::size_t i = 0;
  for (const std::string& id : world.column) {
    if (++i % 50 == 0) world.ids.push_back(without_zeros(id));
  }
  while (world.ids.size() < 20'000) world.ids.push_back(digits(random() % 10'000'000'000, 10));
  world.most = 30'000;
  const NearMisses misses = world.find();
  ASSERT_EQ(misses.report.rules.size(), 1u);
  EXPECT_EQ(misses.report.rules.front().rule, "pad:10");
  EXPECT_GE(misses.report.rules.front().ids, 36u);
}

TEST(NearMisses, AKeyThatNobodyCanLookAtNeedsMoreThanOneHit) {
  World world;
  for (std::uint64_t i = 0; i < 300; ++i) world.column.insert(fmt::format("KX{}", 1'000'003 * (i + 1)));
  for (std::uint64_t i = 0; i < 5; ++i) world.ids.push_back(fmt::format("kx{}", 1'000'003 * (i + 1)));
  world.sampled = false;
  EXPECT_EQ(world.find().report.rules.at(0).rule, "upper");
  world.ids.resize(1);
  EXPECT_TRUE(world.find().found.empty());
}

TEST(NearMisses, DigitsThatAreLostAreNamed) {
  World world;
  std::mt19937_64 random(3);
  for (std::size_t i = 0; i < 500; ++i)
    world.column.insert(std::to_string(1'000'000'000'000'000'000 + random() % 8'000'000'000'000'000'000));
  std::size_t i = 0;
  for (const std::string& id : world.column) {
    if (++i % 10 == 0) world.ids.push_back(id.substr(0, 15) + "0000");
  }
  world.ids.push_back("1.23E+18");
  const NearMisses misses = world.find();
  ASSERT_EQ(misses.report.rules.size(), 2u);
  EXPECT_EQ(misses.report.rules[0].rule, "excel-rounding");
  EXPECT_EQ(misses.report.rules[0].ids, 50u);
  EXPECT_FALSE(misses.report.rules[0].recoverable);
  EXPECT_EQ(misses.report.rules[1].rule, "e-notation");
  EXPECT_EQ(misses.report.suggested, 0u);
  EXPECT_NE(misses.report.advice.find("export the column as text again"), std::string::npos)
      << misses.report.advice;
}

// Lists that are as they should be, of IDs of which some are simply not there.

struct CleanWorld {
  const char* what;
  IdType type;
  std::function<std::string(test::Random&)> make;
  double there;  // the share of such IDs that are in the column
};

TEST(NearMisses, ACleanListGetsNone) {
  const std::uint64_t seed = test::test_seed();
  SCOPED_TRACE(seed);
  test::Random random(seed);
  const auto number = [](std::uint64_t most) {
    return [most](test::Random& draw) { return std::to_string(draw() % most); };
  };
  const auto of = [](const char* alphabet, std::size_t length) {
    return [alphabet = std::string(alphabet), length](test::Random& draw) {
      std::string id;
      while (id.size() < length) id += alphabet[draw() % alphabet.size()];
      return id;
    };
  };
  const char* const alnum = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  const CleanWorld worlds[] = {
      {"dense integers", IdType::integer, number(20'000), 0.9},
      {"sparse integers", IdType::integer, number(1'000'000'000'000), 0.5},
      {"dense numbers as text", IdType::text, number(20'000), 0.9},
      {"dense numbers of one width", IdType::text,
       [](test::Random& draw) { return digits(draw() % 20'000, 8); }, 0.9},
      {"numbers of mixed widths with zeros", IdType::text,
       [](test::Random& draw) { return digits(draw() % 10'000, 1 + draw() % 6); }, 0.7},
      {"UUIDs", IdType::text, [](test::Random& draw) { return hexadecimal(draw); }, 0.5},
      {"UUIDs by type", IdType::uuid, [](test::Random& draw) { return hexadecimal(draw); }, 0.5},
      {"alphanumeric", IdType::text, of(alnum, 10), 0.5},
      {"short and dense alphanumeric", IdType::text, of(alnum, 2), 0.8},
      {"short and dense capitals and digits", IdType::text, of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", 3),
       0.5},
      {"codes", IdType::text, coded, 0.5},
      {"names", IdType::text,
       [&](test::Random& draw) {
         return of(alnum, 4 + draw() % 9)(draw) + (draw() % 3 == 0 ? " GmbH" : "-AG");
       },
       0.5},
      {"sixteen digits", IdType::text,
       [](test::Random& draw) { return digits(draw() % 10'000'000'000'000'000, 16); }, 0.5},
  };
  for (const CleanWorld& clean : worlds) {
    SCOPED_TRACE(clean.what);
    World world(clean.type);
    std::set<std::string> seen;
    for (int i = 0; i < 12'000; ++i) {
      const std::string id = clean.make(random);
      if (!seen.insert(id).second) continue;
      if (static_cast<double>(random() % 1000) < clean.there * 1000) world.column.insert(id);
      if (random() % 3 == 0) world.ids.push_back(id);
    }
    const NearMisses misses = world.find();
    EXPECT_GT(misses.report.of, 100u);
    EXPECT_EQ(misses.report.suggested + misses.report.ambiguous, 0u) << misses.report.advice;
    EXPECT_EQ(misses.report.advice, "");
    // What was tried on a few is all that was asked for.
    EXPECT_LE(world.questions, 1u);
    EXPECT_LE(world.asked, 20'000u);
  }
}

TEST(NearMisses, AMillionMissingIdsCostNoMore) {
  World world;
  for (std::uint64_t i = 0; i < 2000; ++i) world.column.insert(digits(i * 13, 10));
  for (std::uint64_t i = 0; i < 1'000'000; ++i) world.ids.push_back(std::to_string(i));
  const NearMisses misses = world.find();
  EXPECT_EQ(misses.report.of, 1'000'000u);
  EXPECT_EQ(misses.report.tried, 10'000u);
  EXPECT_EQ(misses.report.rules.at(0).rule, "pad:10");
  EXPECT_LE(world.asked, 40'000u);
  EXPECT_NE(misses.report.advice.find("of the 10000 missing IDs that were tried"), std::string::npos)
      << misses.report.advice;
}

TEST(NearMisses, WhatCannotBeAskedEndsTheSearch) {
  IdSetBuilder builder(IdType::text);
  builder.add(std::string_view("ab"));
  const IdSet list = builder.finish().unique;
  KeyShape usual;
  for (int i = 0; i < 100; ++i) usual.add("AB");
  const std::vector<std::size_t> tried = {0};
  const auto misses =
      find_near_misses({list, tried, 1, usual}, [](const IdSet&) -> Result<std::optional<std::vector<bool>>> {
        return std::optional<std::vector<bool>>();
      });
  ASSERT_TRUE(misses);
  EXPECT_TRUE(misses->found.empty());
  EXPECT_EQ(misses->report.spellings, 0u);
  const auto failed =
      find_near_misses({list, tried, 1, usual}, [](const IdSet&) -> Result<std::optional<std::vector<bool>>> {
        return fail(ErrorKind::interrupted, "interrupted");
      });
  EXPECT_FALSE(failed);
}

TEST(Spread, IsEvenAndWhole) {
  EXPECT_EQ(spread(3, 2), (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(spread(2, 10), (std::vector<std::size_t>{0, 5}));
  EXPECT_TRUE(spread(0, 10).empty());
}

}  // namespace
}  // namespace firmquery
