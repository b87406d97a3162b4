#include "firmquery/core/list_fit.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <functional>

#include "support/cleaned.hpp"

namespace firmquery::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using Maker = std::function<std::string(int)>;

KeySample column(const Maker& make, int count = 300, IdType type = IdType::text) {
  KeySample sample;
  sample.type = type;
  for (int n = 0; n < count; ++n) sample.values.push_back(make(n * 7919));
  return sample;
}

// What is said of a list against the column; "" for nothing.
std::string said(const std::string& text, const KeySample& sample, IdType type = IdType::text) {
  CleanOptions options;
  options.type = type;
  options.header = HeaderMode::absent;
  options.format = InputFormat::lines;
  const Cleaned cleaned = clean_text(text, options);
  IdSetBuilder builder(type);
  for (const std::string& id : cleaned.ids()) builder.add(std::string_view(id));
  const auto misfit = find_misfit(builder.finish().unique, cleaned.profile, sample);
  return misfit ? misfit->problem + " | " + misfit->remedy : "";
}

std::string ten_digits(int n) {
  return fmt::format("{:010}", n);
}
std::string codes(int n) {
  return fmt::format("AB-{:06}", n % 1'000'000);
}

TEST(ListFit, WidthsThatCannotMeet) {
  EXPECT_EQ(said("1234567\n2345678\n", column(ten_digits)),
            "no ID of the list can be in the key column: the list has 7 digits, the column 10 digits: "
            "\"1234567\" against "
            "\"0001187850\" | --accept-rule pad:10 reads the list with zeros padded to 10 digits; or check "
            "--column, --key "
            "and the query");
  EXPECT_THAT(said("123\n1234\n", column(ten_digits)),
              HasSubstr("the list has 3 or 4 digits, the column 10 digits"));
  EXPECT_THAT(said("000000000123\n", column(ten_digits)), HasSubstr("the list has 12 digits"));
}

TEST(ListFit, CharactersThatOnlyOneSideHas) {
  EXPECT_THAT(said("ab-000001\nab-000777\n", column(codes)),
              AllOf(HasSubstr("the IDs of the list have small letters, those of the key column never"),
                    HasSubstr("--accept-rule upper")));
  EXPECT_THAT(
      said("0f8fad5b-d9cb-469f-a165-70867728950e\n", column([](int n) { return fmt::format("{:032x}", n); })),
      HasSubstr("--accept-rule strip-separators"));
  EXPECT_THAT(said("AB1000017\nAB1000018\n", column(codes)),
              HasSubstr("the IDs of the key column have hyphens"));
  EXPECT_THAT(said("ABCDEFGHI\n", column(codes)), HasSubstr("never"));
}

TEST(ListFit, NumbersOutsideOfTheColumn) {
  KeySample sample = column([](int n) { return std::to_string(1'000'000 + n); }, 300, IdType::integer);
  sample.least = "1000000";
  sample.greatest = "9000000";
  EXPECT_THAT(said("5\n17\n", sample, IdType::integer),
              HasSubstr("the list goes from 5 to 17, the column from 1000000 to 9000000"));
  EXPECT_THAT(said("9000001\n", sample, IdType::integer), HasSubstr("the list goes from 9000001"));
  EXPECT_EQ(said("5\n1000000\n", sample, IdType::integer), "");
  EXPECT_EQ(said("5\n99999999\n", sample, IdType::integer), "");
  sample.least = sample.greatest = "";
  EXPECT_EQ(said("5\n17\n", sample, IdType::integer), "");
}

TEST(ListFit, NoFalseAlarms) {
  // One ID that may be there is enough.
  EXPECT_EQ(said("1234567\n0001234567\n", column(ten_digits)), "");
  EXPECT_EQ(said("AB-000001\nab-000001\n", column(codes)), "");
  // Mixed widths have more of them than a sample shows.
  EXPECT_EQ(said("12345678901\n",
                 column([](int n) { return std::string(static_cast<std::size_t>(3 + n % 7), '7'); })),
            "");
  // Outliers of the column.
  KeySample outliers = column(ten_digits);
  outliers.values[17] = "1234567";
  EXPECT_EQ(said("7654321\n", outliers), "");
  // A sample that is too small to tell, and none.
  EXPECT_EQ(said("1234567\n", column(ten_digits, 20)), "");
  EXPECT_EQ(said("1234567\n", KeySample{}), "");
  EXPECT_EQ(said("", column(ten_digits)), "");
  EXPECT_EQ(
      said("0f8fad5b-d9cb-469f-a165-70867728950e\n", column(ten_digits, 300, IdType::uuid), IdType::uuid),
      "");
}

}  // namespace
}  // namespace firmquery::test
