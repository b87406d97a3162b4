#include "firmquery/core/time_text.hpp"

#include <gtest/gtest.h>

namespace firmquery {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(TimeText, IsUtc) {
  const std::chrono::system_clock::time_point at(milliseconds(1'795'405'500'125));
  EXPECT_EQ(utc_text(at), "2026-11-23T03:45:00.125Z");
  EXPECT_EQ(utc_stamp(at), "20261123T034500Z");
  EXPECT_EQ(utc_text(std::chrono::system_clock::time_point(milliseconds(-1))), "1969-12-31T23:59:59.999Z");
}

TEST(TimeText, Durations) {
  EXPECT_EQ(duration_text(0.421), "0.42 s");
  EXPECT_EQ(duration_text(12.46), "12.5 s");
  EXPECT_EQ(duration_text(187), "3 min 07 s");
  EXPECT_EQ(duration_text(7500), "2 h 05 min");
  EXPECT_EQ(duration_text(3600.0 * 12345), "12,345 h 00 min");
  EXPECT_EQ(duration_text(-1), "0.00 s");
}

TEST(TimeText, SpansAreRound) {
  EXPECT_EQ(span_text(seconds(-5)), "0 s");
  EXPECT_EQ(span_text(seconds(119)), "119 s");
  EXPECT_EQ(span_text(seconds(179)), "2 min");
  EXPECT_EQ(span_text(seconds(9000)), "2.5 h");
}

}  // namespace
}  // namespace firmquery
