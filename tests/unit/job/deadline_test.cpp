#include "../orchestrator/job/deadline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <optional>

#include "firmquery/core/time_text.hpp"

namespace firmquery {
namespace {

using ::testing::HasSubstr;

class Deadlines : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const char* zone = std::getenv("TZ")) zone_ = zone;
    in_zone("UTC");
  }
  void TearDown() override {
    if (zone_) {
      in_zone(zone_->c_str());
    } else {
      ::unsetenv("TZ");
      ::tzset();
    }
  }
  static void in_zone(const char* zone) {
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
  static std::chrono::system_clock::time_point at(const std::string& utc) {
    return std::chrono::system_clock::time_point(
        std::chrono::seconds(static_cast<long>(*epoch_seconds(utc))));
  }
  static std::string parsed(const std::string& text, const std::string& now = "2026-12-01T23:00:00Z") {
    const auto deadline = parse_deadline(text, at(now), "--deadline");
    return deadline ? utc_text(*deadline) : deadline.error().message;
  }

  std::optional<std::string> zone_;
};

TEST_F(Deadlines, SecondsAreFromTheStart) {
  EXPECT_EQ(parsed("90"), "2026-12-01T23:01:30.000Z");
  EXPECT_EQ(parsed("0.5"), "2026-12-01T23:00:00.500Z");
}

TEST_F(Deadlines, ATimeOfDayIsTheNextOne) {
  EXPECT_EQ(parsed("06:00"), "2026-12-02T06:00:00.000Z");
  EXPECT_EQ(parsed("23:30:15"), "2026-12-01T23:30:15.000Z");
  EXPECT_EQ(parsed("23:00"), "2026-12-02T23:00:00.000Z");  // it is 23:00 now
  EXPECT_EQ(parsed("00:00", "2026-12-31T23:59:59Z"), "2027-01-01T00:00:00.000Z");
}

// Of the machine's zone, through the nights on which its clocks are changed.
TEST_F(Deadlines, ATimeOfDayIsOfTheZone) {
  in_zone("CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(parsed("06:00"), "2026-12-02T05:00:00.000Z");
  EXPECT_EQ(parsed("06:00", "2026-03-28T22:00:00Z"), "2026-03-29T04:00:00.000Z");
  EXPECT_EQ(parsed("06:00", "2026-10-24T22:00:00Z"), "2026-10-25T05:00:00.000Z");
}

TEST_F(Deadlines, AMomentHasItsOffset) {
  EXPECT_EQ(parsed("2026-12-02T06:00:00Z"), "2026-12-02T06:00:00.000Z");
  EXPECT_EQ(parsed("2026-12-02T06:00:00.25+01:00"), "2026-12-02T05:00:00.000Z");
  EXPECT_EQ(parsed("2026-12-02 06:00:00-02:30"), "2026-12-02T08:30:00.000Z");
  EXPECT_THAT(parsed("2026-12-01T06:00:00Z"), HasSubstr("has passed already"));
}

TEST_F(Deadlines, NothingElseIsOne) {
  for (const char* text : {"", "soon", "6:00", "24:00", "06:60", "06:00:61", "06-00", "2026-12-02T06:00:00",
                           "2026-12-02", "2026-12-02T06:00:00+1", "06:00Z", "1h"})
    EXPECT_THAT(parsed(text), HasSubstr("is not a deadline")) << text;
  for (const char* text : {"0", "-5", "1e99"})
    EXPECT_THAT(parsed(text), HasSubstr("number of seconds")) << text;
}

}  // namespace
}  // namespace firmquery
