#include "../orchestrator/core/decimal_code.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "../orchestrator/core/leading_digits.hpp"

namespace firmquery {
namespace {

using Random = std::mt19937_64;

std::string random_digits(Random& random, std::size_t size) {
  std::string text(size, '0');
  for (char& c : text) c = static_cast<char>('0' + (random() % 3 == 0 ? 0 : random() % 10));
  return text;
}

std::string decoded(std::uint64_t code) {
  char buffer[kDecimalCodePlaces];
  return {buffer, decode_decimal(code, buffer)};
}

TEST(DecimalCode, KeepsTextAndByteOrder) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  std::vector<std::string> texts = {"0",
                                    "00",
                                    "9",
                                    std::string(18, '0'),
                                    std::string(18, '9'),
                                    std::string(17, '9'),
                                    "1" + std::string(17, '0')};
  for (int i = 0; i < 5'000; ++i) {
    texts.push_back(random_digits(random, 1 + random() % 18));
    if (texts.back().size() < 18) texts.push_back(texts.back() + '0');
  }
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  std::uint64_t last = 0;
  for (const std::string& text : texts) {
    std::uint64_t code = 0;
    ASSERT_TRUE(encode_decimal(text, code)) << text;
    ASSERT_EQ(decoded(code), text);
    ASSERT_EQ(encode_decimal(std::stoull(text), text.size()), code) << text;
    if (text != texts.front()) {
      ASSERT_GT(code, last) << text;
    }
    last = code;
  }
}

TEST(DecimalCode, TakesDigitsOnly) {
  std::uint64_t code = 0;
  for (const char* text : {"", "a", "1a", "-1", "+1", " 1", "1234567/", "1234567:", "0000000000000000000"}) {
    EXPECT_FALSE(encode_decimal(text, code)) << text;
  }
}

TEST(DigitText, WritesIntegersAsToStringDoes) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  std::vector<std::int64_t> values = {0, -1, std::numeric_limits<std::int64_t>::min(),
                                      std::numeric_limits<std::int64_t>::max()};
  for (std::int64_t power = 1; power <= 1'000'000'000'000'000'000 / 10; power *= 10) {
    for (const std::int64_t near : {power - 1, power, power + 1, 2 * power, -power}) values.push_back(near);
  }
  for (int i = 0; i < 10'000; ++i) values.push_back(static_cast<std::int64_t>(random() >> (random() % 64)));
  for (const std::int64_t value : values) {
    char buffer[kIntegerTextRoom];
    ASSERT_EQ(std::string(buffer, write_integer(value, buffer)), std::to_string(value));
  }
}

TEST(DigitText, EightDigitsOfEveryPairAndPlace) {
  for (std::uint32_t half = 0; half < 10'000; ++half) {
    const std::uint32_t mirrored = (9'999 - half) * 10'000 + half;
    EXPECT_EQ(eight_digits_value(eight_digits_text(mirrored)), mirrored);
  }
}

// Every length, every byte behind the digits, and every number of bytes behind that.
TEST(LeadingDigits, CountAndValueAsReadOneByOne) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (std::size_t size = 0; size <= 30; ++size) {
    for (unsigned behind = 0; behind < 256; ++behind) {
      if (behind >= '0' && behind <= '9') continue;
      std::string text = random_digits(random, size) + static_cast<char>(behind);
      for (std::size_t more = random() % 12; more > 0; --more) text += static_cast<char>(random());
      std::uint64_t value = 0;
      const std::size_t count = read_leading_digits(text.data(), text.data() + text.size(), value);
      if (size > 18) {
        ASSERT_GT(count, 18u) << text;
        continue;
      }
      ASSERT_EQ(count, size) << text;
      if (size > 0) {
        ASSERT_EQ(value, std::stoull(text.substr(0, size))) << text;
      }
    }
    const std::string whole = random_digits(random, size);
    std::uint64_t value = 0;
    const std::size_t count = read_leading_digits(whole.data(), whole.data() + size, value);
    ASSERT_TRUE(size > 18 ? count > 18 : count == size) << whole << ": " << count;
  }
}

}  // namespace
}  // namespace firmquery
