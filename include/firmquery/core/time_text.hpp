// Moments and spans as text: one form each, for files and for people. Pure; UTC only.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace firmquery {

// RFC 3339 with milliseconds: 2026-11-23T03:45:00.125Z
std::string utc_text(std::chrono::system_clock::time_point at);
// Seconds since 1970 of such a text; nullopt: it is another one. Whatever is behind the seconds is not looked at.
std::optional<double> epoch_seconds(const std::string& utc);
// The same of a whole RFC 3339 time, with Z or an offset. A date without a time is its end, in UTC: whoever says "until
// the 31st" means that day, too. nullopt: it is neither, or no such day.
std::optional<double> end_of_time(const std::string& text);
// For names, sorts as time does: 20261123T034500Z
std::string utc_stamp(std::chrono::system_clock::time_point at);

// How long something took: "0.42 s", "12.5 s", "3 min 07 s", "2 h 05 min".
std::string duration_text(double seconds);
// How long something lasts, in round figures: "90 s", "45 min", "2.5 h". Nothing is less than 0 s.
std::string span_text(std::chrono::duration<double> span);

}  // namespace firmquery
