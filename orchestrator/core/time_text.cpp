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
