#include "firmquery/core/key_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace firmquery {
namespace {

std::string read_key(std::string_view key, IdType type) {
  std::string canonical;
  return read_key(key, type, canonical) ? canonical : "no ID";
}

TEST(KeyText, NumbersAreReadByTheirValue) {
  const std::pair<const char*, const char*> cases[] = {
      {"0E-8", "0"},
      {"-0E+3", "0"},
      {"-0", "0"},
      {"1E-7", "0.0000001"},
      {"1.2345E+7", "12345000"},
      {"-1.5E-9", "-0.0000000015"},
      {"12.50E+1", "125"},
      {"1e+20", "100000000000000000000"},
      {"7.00", "7"},
      {"007.50", "7.5"},
  };
  for (const auto& [key, id] : cases) EXPECT_EQ(read_key(key, IdType::numeric), id) << key;
  for (const char* key :
       {"NaN", "Infinity", "-Infinity", "", "E", "E5", "1E", "1E+", "1.2.3E4", "1E5E5", "0x1F"})
    EXPECT_EQ(read_key(key, IdType::numeric), "no ID") << key;
}

TEST(KeyText, AnIntegerIdIsAnyNumberOfThatValue) {
  EXPECT_EQ(read_key("7.00", IdType::integer), "7");
  EXPECT_EQ(read_key("0E-8", IdType::integer), "0");
  EXPECT_EQ(read_key("1.2345E+7", IdType::integer), "12345000");
  EXPECT_EQ(read_key("-9223372036854775808.0", IdType::integer), "-9223372036854775808");
  for (const char* key : {"7.50", "1E-7", "1E+19", "NaN", "abc"})
    EXPECT_EQ(read_key(key, IdType::integer), "no ID") << key;
}

TEST(KeyText, AnExponentBeyondAnyNumericIsNoReasonForMemory) {
  EXPECT_EQ(read_key("1E+2147483647", IdType::numeric), "no ID");
  EXPECT_EQ(read_key("1E-2147483648", IdType::numeric), "no ID");
  EXPECT_EQ(read_key("1E+99999999999999999999", IdType::numeric), "no ID");
  EXPECT_EQ(read_key("1E+131071", IdType::numeric).size(), 131072u);
}

TEST(KeyText, PaddingAndFormsOfUuidsDoNotCount) {
  EXPECT_EQ(read_key("abc     ", IdType::text), "abc");
  EXPECT_EQ(read_key("1E-7", IdType::text), "1E-7");
  EXPECT_EQ(read_key("NULL", IdType::text), "NULL");
  EXPECT_EQ(read_key("   ", IdType::text), "no ID");
  EXPECT_EQ(read_key("{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}", IdType::uuid),
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
  EXPECT_EQ(read_key("7", IdType::uuid), "no ID");
}

TEST(KeyText, AnExponentIsWrittenOutWithItsZeros) {
  std::string plain;
  ASSERT_TRUE(write_out_exponent("-1.2500E-3", plain));
  EXPECT_EQ(plain, "-0.0012500");
  ASSERT_TRUE(write_out_exponent("1.50E+1", plain));
  EXPECT_EQ(plain, "15.0");
  EXPECT_FALSE(write_out_exponent("15.0", plain));
  EXPECT_FALSE(write_out_exponent("Green", plain));
}

}  // namespace
}  // namespace firmquery
