#include "deadline.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <ctime>
#include <optional>

namespace firmquery {
namespace {

using Clock = std::chrono::system_clock;
constexpr double kMostSeconds = 366.0 * 24 * 3600;

std::optional<double> seconds_in(std::string_view text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(seconds))
    return std::nullopt;
  return seconds;
}

// Two digits at `at`, at most `most`; -1: they are not there.
int two_digits(std::string_view text, std::size_t at, int most) {
  const auto digit = [&](std::size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '9'; };
  if (!digit(at) || !digit(at + 1)) return -1;
  const int value = (text[at] - '0') * 10 + (text[at + 1] - '0');
  return value <= most ? value : -1;
}

// The next time that a clock on the wall shows it.
std::optional<Clock::time_point> time_of_day(std::string_view text, Clock::time_point now) {
  const bool form = text.size() == 5 || (text.size() == 8 && text[5] == ':');
  if (!form || text[2] != ':') return std::nullopt;
  const int hour = two_digits(text, 0, 23), minute = two_digits(text, 3, 59);
  const int second = text.size() == 8 ? two_digits(text, 6, 59) : 0;
  if (hour < 0 || minute < 0 || second < 0) return std::nullopt;
  const std::time_t today = Clock::to_time_t(now);
  std::tm local{};
  ::localtime_r(&today, &local);
  for (int days = 0; days <= 2; ++days) {
    std::tm parts = local;
    parts.tm_mday += days;
    parts.tm_hour = hour;
    parts.tm_min = minute;
    parts.tm_sec = second;
    parts.tm_isdst = -1;
    const auto at = Clock::from_time_t(std::mktime(&parts));
    if (at > now) return at;
  }
  return std::nullopt;
}

std::optional<Clock::time_point> rfc_3339(const std::string& text) {
  std::tm parts{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) rest = ::strptime(text.c_str(), "%Y-%m-%d %H:%M:%S", &parts);
  if (rest == nullptr) return std::nullopt;
  std::string_view offset(rest);
  if (offset.starts_with('.'))
    offset.remove_prefix(std::min(offset.find_first_not_of("0123456789", 1), offset.size()));
  int minutes = 0;
  if (offset != "Z" && offset != "z") {
    const bool form = offset.size() == 6 && (offset[0] == '+' || offset[0] == '-') && offset[3] == ':';
    const int hour = form ? two_digits(offset, 1, 23) : -1, minute = form ? two_digits(offset, 4, 59) : -1;
    if (hour < 0 || minute < 0) return std::nullopt;
    minutes = (hour * 60 + minute) * (offset[0] == '-' ? -1 : 1);
  }
  return Clock::from_time_t(::timegm(&parts)) - std::chrono::minutes(minutes);
}

}  // namespace

Result<Clock::time_point> parse_deadline(std::string_view text, Clock::time_point now,
                                         const std::string& place) {
  if (const auto seconds = seconds_in(text)) {
    if (*seconds > 0 && *seconds <= kMostSeconds)
      return now + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(*seconds));
    return fail(ErrorKind::usage, fmt::format("\"{}\" is not a number of seconds from 0 to a year", text),
                place);
  }
  if (const auto at = time_of_day(text, now)) return *at;
  const auto at = rfc_3339(std::string(text));
  if (!at) {
    return fail(ErrorKind::usage, fmt::format("\"{}\" is not a deadline", text), place,
                "write seconds from the start (5400), a time of day (06:00), or a moment with its offset "
                "(2026-12-01T06:00:00+01:00)");
  }
  if (*at > now) return *at;
  return fail(ErrorKind::usage, fmt::format("the deadline {} has passed already", text), place,
              "name a later one, or a time of day (06:00), which is the next one");
}

}  // namespace firmquery
