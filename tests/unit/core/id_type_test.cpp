#include "firmquery/core/id_type.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace firmquery {
namespace {

using namespace std::string_literals;

// The canonical form, or the reason code in brackets.
std::string read(std::string_view raw, IdType type, const IdRules& rules = {}) {
  std::string canonical = "what was there before";
  const IdProblem problem = canonicalize(raw, type, rules, canonical);
  return problem == IdProblem::none ? canonical : "[" + std::string(problem_code(problem)) + "]";
}

using Cases = std::vector<std::pair<std::string, std::string>>;

void expect_all(const Cases& cases, IdType type, const IdRules& rules = {}) {
  for (const auto& [raw, expected] : cases) {
    EXPECT_EQ(read(raw, type, rules), expected) << "raw: '" << raw << "' as " << to_string(type);
  }
}

TEST(IdType, NamesGoBothWays) {
  for (const IdType type : {IdType::integer, IdType::numeric, IdType::uuid, IdType::text}) {
    EXPECT_EQ(id_type_from_string(to_string(type)), type);
  }
  EXPECT_EQ(to_string(IdType::integer), "int");
  EXPECT_EQ(id_type_from_string("INT"), std::nullopt);
  EXPECT_EQ(id_type_from_string("auto"), std::nullopt);
  EXPECT_EQ(id_type_from_string(""), std::nullopt);
}

TEST(IdType, ProblemsOfEveryType) {
  const Cases cases = {
      {"", "[empty]"},
      {" \t\r\n", "[empty]"},
      {"\xEF\xBB\xBF\xC2\xA0\xE2\x80\x8B", "[empty]"},
      {"NULL", "[null]"},
      {" null ", "[null]"},
      {"\\N", "[null]"},
      {"(null)", "[null]"},
      {"<NULL>", "[null]"},
      {"[Null]", "[null]"},
      {"#N/A", "[null]"},
      {"#REF!", "[null]"},
      {"#VALUE!", "[null]"},
      {"#NAME?", "[null]"},
      {"#DIV/0!", "[null]"},
      {"#NUM!", "[null]"},
      {"#null!", "[null]"},
      {"1\0002"s, "[control_character]"},
      {"1\t2", "[control_character]"},
      {"12\x7F", "[control_character]"},
      {"12345678\x1F", "[control_character]"},
      {"1234-5678\x7F", "[control_character]"},
      {"\xC2\x85x", "[control_character]"},
      {"1\xFF", "[invalid_encoding]"},
      {"1\xC0\xAF", "[invalid_encoding]"},
      {"1\xE0\x9F\xBF", "[invalid_encoding]"},
      {"1\xED\xA0\x80", "[invalid_encoding]"},
      {"1\xF0\x8F\xBF\xBF", "[invalid_encoding]"},
      {"1\xF4\x90\x80\x80", "[invalid_encoding]"},
      {"1\xF5\x80\x80\x80", "[invalid_encoding]"},
      {"1\xE2\x82", "[invalid_encoding]"},
      {"\x80", "[invalid_encoding]"},
      {std::string(1025, '1'), "[too_long]"},
  };
  for (const IdType type : {IdType::integer, IdType::numeric, IdType::uuid, IdType::text})
    expect_all(cases, type);
}

TEST(IdType, Integers) {
  expect_all({{"0", "0"},
              {"7", "7"},
              {"+007", "7"},
              {"-0", "0"},
              {"+0", "0"},
              {" 42\r", "42"},
              {"\xC2\xA0\x34\x32\xE3\x80\x80", "42"},
              {"1234567890", "1234567890"},
              {"-12345678", "-12345678"},
              {"9223372036854775807", "9223372036854775807"},
              {"-9223372036854775808", "-9223372036854775808"},
              {std::string(1000, '0') + "9223372036854775807", "9223372036854775807"},
              {std::string(1000, '0'), "0"},
              {"9223372036854775808", "[out_of_range]"},
              {"-9223372036854775809", "[out_of_range]"},
              {"18446744073709551617", "[out_of_range]"},
              {std::string(100, '9'), "[out_of_range]"}},
             IdType::integer);
}

TEST(IdType, WhatIsNotAnInteger) {
  expect_all({{"1.23E+12", "[scientific]"},
              {"1,23e5", "[scientific]"},
              {"1E5", "[scientific]"},
              {"-1e-5", "[scientific]"},
              {"1e", "[not_an_integer]"},
              {"1.e5", "[not_an_integer]"},
              {"123.0", "[decimal]"},
              {"-123.45", "[decimal]"},
              {"5.", "[decimal]"},
              {".5", "[not_an_integer]"},
              {"1,234", "[thousands]"},
              {"-1,234,567.50", "[thousands]"},
              {"1,23", "[decimal_comma]"},
              {"1234,567", "[decimal_comma]"},
              {"1,234.", "[not_an_integer]"},
              {"+", "[not_an_integer]"},
              {"-", "[not_an_integer]"},
              {"--1", "[not_an_integer]"},
              {"+-1", "[not_an_integer]"},
              {"1 2", "[not_an_integer]"},
              {"0x10", "[not_an_integer]"},
              {"12a", "[not_an_integer]"},
              {"1234567/", "[not_an_integer]"},
              {"1234567:", "[not_an_integer]"},
              {"1234567:90", "[not_an_integer]"},
              {"\xD9\xA1\xD9\xA2", "[not_an_integer]"}},
             IdType::integer);
}

TEST(IdType, ParseIntegerAgreesWithCanonicalize) {
  std::int64_t value = 0;
  EXPECT_EQ(parse_integer_id("-9223372036854775808", value), IdProblem::none);
  EXPECT_EQ(value, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(parse_integer_id("9223372036854775807", value), IdProblem::none);
  EXPECT_EQ(value, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_integer_id(" 0000000000000000000000012 ", value), IdProblem::none);
  EXPECT_EQ(value, 12);
  EXPECT_EQ(parse_integer_id("", value), IdProblem::empty);
  EXPECT_EQ(parse_integer_id("1.0", value), IdProblem::decimal);
}

TEST(IdType, EveryDigitCountParses) {
  std::string digits;
  std::int64_t expected = 0;
  for (int i = 1; i <= 18; ++i) {
    digits += static_cast<char>('0' + i % 10);
    expected = expected * 10 + i % 10;
    std::int64_t value = 0;
    ASSERT_EQ(parse_integer_id(digits, value), IdProblem::none);
    EXPECT_EQ(value, expected);
    for (std::size_t at = 0; at < digits.size(); ++at) {
      std::string broken = digits;
      broken[at] = 'x';
      EXPECT_EQ(parse_integer_id(broken, value), IdProblem::not_integer) << broken;
    }
  }
}

TEST(IdType, Numerics) {
  expect_all({{"007.50", "7.5"},
              {"-0.0", "0"},
              {"-0", "0"},
              {".5", "0.5"},
              {"5.", "5"},
              {"+5", "5"},
              {"-.50", "-0.5"},
              {"000", "0"},
              {"0.000", "0"},
              {"100", "100"},
              {"123456789012345678901234567890.000000000000000000001",
               "123456789012345678901234567890.000000000000000000001"},
              {"1e5", "[scientific]"},
              {"1.5E-3", "[scientific]"},
              {"1,234.5", "[thousands]"},
              {"1,5", "[decimal_comma]"},
              {".", "[not_a_number]"},
              {"-", "[not_a_number]"},
              {"+.", "[not_a_number]"},
              {"1.2.3", "[not_a_number]"},
              {"NaN", "[not_a_number]"},
              {"Infinity", "[not_a_number]"},
              {"1 000", "[thousands]"}},
             IdType::numeric);
  // Within the limit as it stands, beyond it in canonical form.
  EXPECT_EQ(read("." + std::string(1023, '5'), IdType::numeric), "[too_long]");
}

TEST(IdType, Uuids) {
  const std::string canonical = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
  expect_all({{canonical, canonical},
              {"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", canonical},
              {"{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", canonical},
              {"a0eebc999c0b4ef8bb6d6bb9bd380a11", canonical},
              {"a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11", canonical},
              {"{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}", canonical},
              {"urn:uuid:a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", canonical},
              {"URN:UUID:A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", canonical},
              {"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1", "[not_a_uuid]"},
              {"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111", "[not_a_uuid]"},
              {"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1g", "[not_a_uuid]"},
              {"a0eebc99--9c0b-4ef8-bb6d-6bb9bd380a11", "[not_a_uuid]"},
              {"a0e-ebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "[not_a_uuid]"},
              {"-a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "[not_a_uuid]"},
              {"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11-", "[not_a_uuid]"},
              {"{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "[not_a_uuid]"},
              {"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", "[not_a_uuid]"},
              {"urn:uuid:", "[not_a_uuid]"},
              {"{}", "[not_a_uuid]"},
              {"123", "[not_a_uuid]"}},
             IdType::uuid);
}

TEST(IdType, TextsStayAsTheyAre) {
  for (const std::string id :
       {"007",      "0",    "1234567890", "1E5000",      "00E098", "1e5",         "12E+5",
        "123.5",    "v1.0", "1.2.0",      "+7",          "-",      "A,B",         "12,34",
        "1234,567", "a b",  "Null-1",     "nullable",    "'007",   "caf\xC3\xA9", "\xF0\x9F\x98\x80",
        "#1",       ".0",   "1.0.0",      "\xE2\x80\x94"}) {
    EXPECT_EQ(read(id, IdType::text), id);
    EXPECT_EQ(read(" \xC2\xA0" + id + "\xE2\x80\xAF\t", IdType::text), id);
  }
}

TEST(IdType, TextsThatASpreadsheetDamaged) {
  const Cases cases = {{"1E+12", "[scientific]"},       {"1.23E+12", "[scientific]"},
                       {"1,23e+12", "[scientific]"},    {"-1.5E-3", "[scientific]"},
                       {"12.5E+3", "[scientific]"},     {"123.0", "[decimal]"},
                       {"1234567890.00", "[decimal]"},  {"1,234", "[thousands]"},
                       {"1,234,567.50", "[thousands]"}, {"-1,234", "[thousands]"}};
  expect_all(cases, IdType::text);
  IdRules lenient;
  lenient.allow_suspect = true;
  for (const auto& [raw, problem] : cases) EXPECT_EQ(read(raw, IdType::text, lenient), raw);
  EXPECT_EQ(read("NULL", IdType::text, lenient), "[null]");
}

TEST(IdType, LengthIsThatOfTheTrimmedBytes) {
  IdRules rules;
  rules.max_bytes = 4;
  expect_all({{"  abcd  ", "abcd"},
              {"abcde", "[too_long]"},
              {"12345", "[too_long]"},
              {"\xC3\xA9\xC3\xA9", "\xC3\xA9\xC3\xA9"}},
             IdType::text, rules);
  expect_all({{" 1234 ", "1234"}, {"12345", "[too_long]"}}, IdType::integer, rules);
}

TEST(IdType, TrimTakesOnlyWhiteSpace) {
  EXPECT_EQ(
      trim_id("\xEF\xBB\xBF \t\n\v\f\rx\xE2\x80\x80\xE2\x80\x8A\xE2\x80\x8B\xE2\x80\xAF\xE3\x80\x80\xC2\xA0"),
      "x");
  EXPECT_EQ(trim_id(" a b "), "a b");
  EXPECT_EQ(trim_id("\xE2\x80\x8Cx\xE2\x80\x8C"), "\xE2\x80\x8Cx\xE2\x80\x8C");  // U+200C joins letters
  EXPECT_EQ(trim_id("\0x\0"s), "\0x\0"s);
  EXPECT_EQ(trim_id(""), "");
  EXPECT_EQ(trim_id("\xE2\x80"), "\xE2\x80");
}

TEST(IdType, OrderOfEachType) {
  const auto ascending = [](IdType type, const std::vector<std::string>& ids) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      for (std::size_t j = 0; j < ids.size(); ++j) {
        const int order = compare_canonical(ids[i], ids[j], type);
        EXPECT_EQ(order < 0, i < j) << ids[i] << " and " << ids[j];
        EXPECT_EQ(order > 0, i > j) << ids[i] << " and " << ids[j];
      }
    }
  };
  ascending(IdType::integer,
            {"-9223372036854775808", "-10", "-9", "-1", "0", "1", "9", "10", "9223372036854775807"});
  ascending(IdType::numeric,
            {"-100", "-9.5", "-9.05", "-9", "-0.5", "0", "0.05", "0.5", "0.51", "9", "9.5", "10", "100.1"});
  ascending(IdType::text, {"", "-1", "007", "10", "9", "A", "a", "aa", "b", "\xC3\xA9"});
  ascending(IdType::uuid, {"00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-00000000000a",
                           "f0000000-0000-0000-0000-000000000000"});
}

}  // namespace
}  // namespace firmquery
