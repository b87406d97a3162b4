// What random tests draw from. A failure prints its seed; FIRMQUERY_TEST_SEED=N repeats it.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace firmquery::test {

using Random = std::mt19937_64;

inline std::uint64_t test_seed() {
  const char* given = std::getenv("FIRMQUERY_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

inline std::string hexadecimal(Random& random, std::size_t digits) {
  std::string text;
  while (text.size() < digits) text += "0123456789abcdef"[random() % 16];
  return text;
}

}  // namespace firmquery::test
