// Whatever the bytes: a canonical form is accepted again and stays as it is, and the order of canonical IDs
// is a strict order that has equality exactly for equal bytes.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/id_type.hpp"
#include "firmquery/core/key_text.hpp"

#include "support/random.hpp"

namespace firmquery {
namespace {

using test::test_seed;

constexpr IdType kTypes[] = {IdType::integer, IdType::numeric, IdType::uuid, IdType::text};

// Strings made of pieces that mean something to the rules, so that many are nearly IDs.
class HostileStrings {
 public:
  explicit HostileStrings(std::uint64_t seed) : random_(seed) {}

  std::string next() {
    static const std::vector<std::string> kPiecesOfIds = {"0",
                                                          "00",
                                                          "7",
                                                          "123",
                                                          "9999999999",
                                                          "9223372036854775808",
                                                          "-",
                                                          "+",
                                                          ".",
                                                          ",",
                                                          "E",
                                                          "e+",
                                                          "E-",
                                                          " ",
                                                          "\t",
                                                          "\r",
                                                          "\n",
                                                          std::string(1, '\0'),
                                                          "\x7F",
                                                          "\xC2\xA0",
                                                          "\xC2\x85",
                                                          "\xEF\xBB\xBF",
                                                          "\xE2\x80\x8B",
                                                          "\xE3\x80\x80",
                                                          "\xE2\x80",
                                                          "\xFF",
                                                          "\xED\xA0\x80",
                                                          "\xF0\x9F\x98\x80",
                                                          "a",
                                                          "F",
                                                          "{",
                                                          "}",
                                                          "urn:uuid:",
                                                          "null",
                                                          "NULL",
                                                          "\\N",
                                                          "#N/A",
                                                          "a0eebc99",
                                                          "9c0b",
                                                          "6bb9bd380a11",
                                                          ",000",
                                                          ".000",
                                                          "'000",
                                                          ",00",
                                                          "\xE2\x80\xAF"
                                                          "000",
                                                          ".0",
                                                          ".50",
                                                          "'",
                                                          "\""};
    std::string text;
    for (std::uint64_t pieces = random_() % 8; pieces > 0; --pieces) {
      if (random_() % 8 == 0) {
        text += static_cast<char>(random_() % 256);
      } else {
        text += kPiecesOfIds[random_() % kPiecesOfIds.size()];
      }
    }
    if (random_() % 4 == 0) text = uuid_like(text);
    return text;
  }

 private:
  std::string uuid_like(const std::string& fallback) {
    if (random_() % 4 == 0) return fallback;
    std::string text = random_() % 3 == 0 ? "{" : "";
    for (int i = 0; i < 32; ++i) {
      text += "0123456789abcdefABCDEF"[random_() % 22];
      if (i % 4 == 3 && i < 31 && random_() % 2 == 0) text += '-';
    }
    if (random_() % 50 == 0) text[random_() % text.size()] = 'g';
    return text.front() == '{' ? text + "}" : text;
  }

  std::mt19937_64 random_;
};

TEST(IdTypeProperty, CanonicalizeIsIdempotent) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE("FIRMQUERY_TEST_SEED=" + std::to_string(seed));
  HostileStrings strings(seed);
  std::mt19937_64 random(seed);
  std::size_t accepted[4] = {};
  std::string once, twice;
  for (int i = 0; i < 200'000; ++i) {
    const std::string raw = strings.next();
    IdRules rules;
    rules.allow_suspect = random() % 2 == 0;
    if (random() % 4 == 0) rules.max_bytes = 1 + random() % 40;
    for (const IdType type : kTypes) {
      if (canonicalize(raw, type, rules, once) != IdProblem::none) continue;
      ++accepted[static_cast<std::size_t>(type)];
      ASSERT_FALSE(once.empty());
      ASSERT_LE(once.size(), rules.max_bytes);
      ASSERT_EQ(canonicalize(once, type, rules, twice), IdProblem::none)
          << to_string(type) << " '" << raw << "'";
      ASSERT_EQ(once, twice) << to_string(type) << " '" << raw << "'";
      ASSERT_EQ(trim_id(once), once);
      ASSERT_TRUE(read_key(raw, type, twice)) << to_string(type) << " '" << raw << "'";
      ASSERT_EQ(once, twice) << to_string(type) << " '" << raw << "': a key is the ID that a list would hold";
    }
  }
  for (const IdType type : kTypes) {
    EXPECT_GT(accepted[static_cast<std::size_t>(type)], 1000u)
        << "the strings no longer test " << to_string(type);
  }
}

TEST(IdTypeProperty, IntegersAgreeWithTheirText) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE("FIRMQUERY_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 200'000; ++i) {
    const auto expected = static_cast<std::int64_t>(random()) >> (random() % 64);
    std::string raw = std::to_string(expected);
    const std::size_t sign = expected < 0 ? 1 : 0;
    raw.insert(sign, random() % 20, '0');
    if (expected >= 0 && random() % 2 == 0) raw.insert(0, "+");
    std::int64_t value = 0;
    ASSERT_EQ(parse_integer_id(raw, value), IdProblem::none) << raw;
    ASSERT_EQ(value, expected) << raw;
    std::string canonical;
    ASSERT_EQ(canonicalize(raw, IdType::integer, {}, canonical), IdProblem::none) << raw;
    ASSERT_EQ(canonical, std::to_string(expected));
  }
}

TEST(IdTypeProperty, ParseIntegerAndCanonicalizeFindTheSameProblem) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE("FIRMQUERY_TEST_SEED=" + std::to_string(seed));
  HostileStrings strings(seed);
  std::string canonical;
  for (int i = 0; i < 200'000; ++i) {
    const std::string raw = strings.next();
    std::int64_t value = 0;
    ASSERT_EQ(parse_integer_id(raw, value), canonicalize(raw, IdType::integer, {}, canonical))
        << "'" << raw << "'";
  }
}

TEST(IdTypeProperty, OrderIsStrictAndTotal) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE("FIRMQUERY_TEST_SEED=" + std::to_string(seed));
  HostileStrings strings(seed);
  for (const IdType type : kTypes) {
    std::vector<std::string> ids;
    std::string canonical;
    for (int i = 0; i < 200'000 && ids.size() < 120; ++i) {
      if (canonicalize(strings.next(), type, {}, canonical) == IdProblem::none) ids.push_back(canonical);
    }
    ASSERT_EQ(ids.size(), 120u) << to_string(type);
    for (const std::string& a : ids) {
      for (const std::string& b : ids) {
        const int order = compare_canonical(a, b, type);
        ASSERT_EQ(order == 0, a == b) << a << " and " << b;
        ASSERT_EQ(order<0, compare_canonical(b, a, type)> 0) << a << " and " << b;
        for (const std::string& c : ids) {
          if (order < 0 && compare_canonical(b, c, type) < 0) {
            ASSERT_LT(compare_canonical(a, c, type), 0) << a << ", " << b << ", " << c;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace firmquery
