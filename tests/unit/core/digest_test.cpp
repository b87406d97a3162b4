#include "firmquery/core/digest.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace firmquery {
namespace {

TEST(Digest, IsXxh3OfTheBytes) {
  // Computed with the reference library's XXH3_128bits.
  EXPECT_EQ(Digest::of("").to_hex(), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(Digest::of("007").to_hex(), "f11543b94f2a0dcf00983b6dd0c94d82");
  EXPECT_EQ(Digest::of("1234567890").to_hex(), "82d9f70aeb974c48565e705734e91277");
}

TEST(Digest, OfNothingIsZero) {
  EXPECT_EQ(Digest().to_hex(), std::string(32, '0'));
}

TEST(Digest, DoesNotDependOnOrder) {
  Digest forward, backward;
  const std::vector<std::string> ids = {"1", "2", "abc", "007", "7"};
  for (auto at = ids.begin(); at != ids.end(); ++at) forward += Digest::of(*at);
  for (auto at = ids.rbegin(); at != ids.rend(); ++at) backward += Digest::of(*at);
  EXPECT_EQ(forward, backward);
  EXPECT_NE(forward, Digest());
  EXPECT_NE(forward, forward + Digest::of("8"));
}

TEST(Digest, AdditionCarriesIntoTheHighHalf) {
  const Digest ones(0, ~std::uint64_t{0});
  EXPECT_EQ(ones + Digest(0, 1), Digest(1, 0));
  EXPECT_EQ(Digest(1, 0) - Digest(0, 1), ones);
}

TEST(Digest, IsModuloTwoToThe128) {
  const Digest most(~std::uint64_t{0}, ~std::uint64_t{0});
  EXPECT_EQ(most + Digest(0, 1), Digest());
  EXPECT_EQ(Digest() - Digest(0, 1), most);
}

TEST(Digest, SubtractionUndoesAddition) {
  const Digest a = Digest::of("a"), b = Digest::of("b");
  EXPECT_EQ(a + b - b, a);
  EXPECT_EQ(a - b + b, a);
}

TEST(Digest, HexadecimalRoundTrip) {
  const Digest digest(0x0123456789abcdefu, 0xfedcba9876543210u);
  EXPECT_EQ(digest.to_hex(), "0123456789abcdeffedcba9876543210");
  Digest read;
  ASSERT_TRUE(Digest::from_hex(digest.to_hex(), read));
  EXPECT_EQ(read, digest);
  ASSERT_TRUE(Digest::from_hex("0123456789ABCDEFFEDCBA9876543210", read));
  EXPECT_EQ(read, digest);
}

TEST(Digest, RefusesWhatIsNotADigest) {
  const Digest before(1, 2);
  Digest digest = before;
  EXPECT_FALSE(Digest::from_hex("", digest));
  EXPECT_FALSE(Digest::from_hex(std::string(31, '0'), digest));
  EXPECT_FALSE(Digest::from_hex(std::string(33, '0'), digest));
  EXPECT_FALSE(Digest::from_hex(std::string(31, '0') + "g", digest));
  EXPECT_FALSE(Digest::from_hex(std::string(31, '0') + " ", digest));
  EXPECT_EQ(digest, before);
}

}  // namespace
}  // namespace firmquery
