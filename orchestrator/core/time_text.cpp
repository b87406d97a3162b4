#include "firmquery/core/time_text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>

namespace firmquery {
namespace {

std::tm utc(std::chrono::system_clock::time_point at) {
  return fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(at)));
}

}  // namespace

std::string utc_text(std::chrono::system_clock::time_point at) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(at);
  const auto fraction = milliseconds - std::chrono::floor<std::chrono::seconds>(at);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", utc(at), fraction.count());
}

std::optional<double> epoch_seconds(const std::string& utc) {
  std::tm parts{};
  const char* rest = ::strptime(utc.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return std::nullopt;
  double fraction = 0;
  std::from_chars(rest, utc.data() + utc.size(), fraction);
  return static_cast<double>(::timegm(&parts)) + fraction;
}

std::optional<double> end_of_time(const std::string& text) {
  constexpr std::size_t kDate = 10, kTime = 19;  // 2026-11-23T03:45:00
  constexpr std::string_view kForm = "0000-00-00T00:00:00";
  if (text.size() != kDate && text.size() <= kTime) return std::nullopt;
  for (std::size_t i = 0; i < std::min(text.size(), kTime); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    const bool separator = text[i] == kForm[i] || (i == kDate && (text[i] == 't' || text[i] == ' '));
    if (kForm[i] == '0' ? !digit : !separator) return std::nullopt;
  }
  const auto number = [&](std::size_t at, std::size_t digits) {
    int value = 0;
    std::from_chars(text.data() + at, text.data() + at + digits, value);
    return value;
  };
  const std::chrono::year_month_day day{std::chrono::year(number(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                        std::chrono::day(static_cast<unsigned>(number(8, 2)))};
  if (!day.ok()) return std::nullopt;
  constexpr double kDay = 86400;
  const double midnight = kDay * static_cast<double>(std::chrono::sys_days(day).time_since_epoch().count());
  if (text.size() == kDate) return midnight + kDay;
  const int hours = number(11, 2), minutes = number(14, 2), seconds = number(17, 2);
  if (hours > 23 || minutes > 59 || seconds > 60) return std::nullopt;
  double time = midnight + 3600.0 * hours + 60.0 * minutes + seconds;
  const char* rest = text.data() + kTime;
  const char* const end = text.data() + text.size();
  if (rest != end && *rest == '.') {
    double fraction = 0;
    const auto read = std::from_chars(rest, end, fraction, std::chars_format::fixed);
    if (read.ec != std::errc() || read.ptr == rest + 1) return std::nullopt;
    time += fraction;
    rest = read.ptr;
  }
  const std::string_view zone(rest, static_cast<std::size_t>(end - rest));
  if (zone == "Z" || zone == "z") return time;
  int ahead_hours = 0, ahead_minutes = 0;
  const auto two = [&](std::size_t at, int& value) {
    const auto read = std::from_chars(zone.data() + at, zone.data() + at + 2, value);
    return read.ec == std::errc() && read.ptr == zone.data() + at + 2 && value >= 0;
  };
  const bool offset = zone.size() == 6 && (zone[0] == '+' || zone[0] == '-') && zone[3] == ':' &&
                      two(1, ahead_hours) && two(4, ahead_minutes) && ahead_hours < 24 && ahead_minutes < 60;
  if (!offset) return std::nullopt;
  return time - (zone[0] == '+' ? 1 : -1) * (3600.0 * ahead_hours + 60.0 * ahead_minutes);
}

std::string utc_stamp(std::chrono::system_clock::time_point at) {
  return fmt::format("{:%Y%m%dT%H%M%SZ}", utc(at));
}

std::string duration_text(double seconds) {
  if (!(seconds >= 0)) return "0.00 s";
  if (seconds < 99.995) return fmt::format("{:.{}f} s", seconds, seconds < 9.995 ? 2 : 1);
  const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  std::string hours = std::to_string(whole / 3600);
  for (std::size_t at = hours.size(); at > 3;) hours.insert(at -= 3, ",");
  return fmt::format("{} h {:02} min", hours, whole % 3600 / 60);
}

std::string span_text(std::chrono::duration<double> span) {
  const double seconds = std::max(span.count(), 0.0);
  if (seconds < 120) return fmt::format("{:.0f} s", std::floor(seconds));
  if (seconds < 7200) return fmt::format("{:.0f} min", std::floor(seconds / 60));
  return fmt::format("{:.1f} h", seconds / 3600);
}

}  // namespace firmquery
