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

TEST(TimeText, ADateLastsToItsEnd) {
  EXPECT_EQ(end_of_time("1970-01-01"), 86400);
  EXPECT_EQ(end_of_time("2024-02-29"), epoch_seconds("2024-03-01T00:00:00Z"));
  EXPECT_EQ(end_of_time("2026-12-31T18:00:00Z"), epoch_seconds("2026-12-31T18:00:00Z"));
  EXPECT_EQ(end_of_time("2026-12-31T18:00:00.250z"), epoch_seconds("2026-12-31T18:00:00.250Z"));
  EXPECT_EQ(end_of_time("2026-12-31 18:00:00+05:30"), epoch_seconds("2026-12-31T12:30:00Z"));
  EXPECT_EQ(end_of_time("2026-12-31t18:00:00-01:00"), epoch_seconds("2026-12-31T19:00:00Z"));
  for (const char* text :
       {"", "2026", "2026-02-29", "2026-13-01", "2026-12-31T18:00:00", "2026-12-31T24:00:00Z",
        "2026-12-31T18:60:00Z", "2026-12-31T18:00:00+0100", "2026-12-31T18:00:00+25:00",
        "2026-12-31T18:00:00.Z", "2026-12-31T18:00:00Zx", "31.12.2026", "2026/12/31", "2026-12-3x",
        "2026-12-31T18:00Z", "2026-12-31T18:00:00+-1:00"})
    EXPECT_EQ(end_of_time(text), std::nullopt) << text;
}

TEST(TimeText, SpansAreRound) {
  EXPECT_EQ(span_text(seconds(-5)), "0 s");
  EXPECT_EQ(span_text(seconds(119)), "119 s");
  EXPECT_EQ(span_text(seconds(179)), "2 min");
  EXPECT_EQ(span_text(seconds(9000)), "2.5 h");
}

}  // namespace
}  // namespace firmquery
