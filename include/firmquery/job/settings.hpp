// Layers of settings: what was typed, the environment, the job file, the user's file and the defaults become
// one value for each option, and every value knows where it comes from. Pure but for the files that it reads.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/job/option.hpp"
#include "firmquery/job/surroundings.hpp"

namespace firmquery {

// Weakest first: a comparison says which value stands.
enum class Origin : std::uint8_t { fallback, user_file, job_file, environment, flag };

// The value of one option, as checked text.
struct Setting {
  std::vector<std::string> items;  // one, but for thresholds; empty: not set
  Origin origin = Origin::fallback;
  std::string place;             // "--chunk-size", "FIRMQUERY_CHUNK_SIZE", "job.yaml:12"
  bool read_by_library = false;  // of a variable that libpq or Kerberos reads by itself
};

// Read by handles (options.hpp), so that a name that does not exist does not compile.
class Settings {
 public:
  const Setting& value(AnyOption option) const { return values_[option.row()]; }
  void set(AnyOption option, Setting value) { values_[option.row()] = std::move(value); }

  bool is_set(AnyOption option) const { return !value(option).items.empty(); }
  // "" when not set.
  std::string text(AnyOption option) const {
    return is_set(option) ? value(option).items.back() : std::string();
  }
  // T() when not set.
  template <class T>
  T get(const Option<T>& option) const;
  template <class T>
  T get(const Choice<T>& option) const {
    return option.meaning(text(option));
  }

  // What was given and is no value of its option: all of it, since a file is mended once and not error by
  // error. No job is made of settings that have any (make_job.hpp).
  std::vector<Error> problems;
  // A file that was named could not be read: what else lacks may well be in it.
  bool file_unread = false;
  // Given somewhere, but not rightly: that it lacks is no error of its own.
  bool refused(AnyOption option) const { return refused_[option.row()]; }
  void mark_refused(AnyOption option) { refused_[option.row()] = true; }
  std::vector<std::string> notices;  // accepted and unused, and the like
  std::filesystem::path job_file;    // as it was named; may be empty

 private:
  std::array<Setting, kOptionTable.size()> values_;
  std::array<bool, kOptionTable.size()> refused_{};
};

// The texts of flags in the order typed, unchecked.
using Flags = std::map<AnyOption, std::vector<std::string>>;
using SavedOptions = std::vector<std::pair<std::string, std::string>>;

struct SettingsSources {
  Flags flags;
  std::filesystem::path job_file = {};  // may be empty
  SavedOptions saved = {};              // of a run that is resumed: they stand in the place of the job file
};

// The user's file is read when it exists. Paths that are not of a job file are taken from
// surroundings.directory.
Settings resolve_settings(const SettingsSources& sources, const Surroundings& surroundings);

// What resolve_settings() takes to make these settings again, anywhere on this machine: paths are absolute,
// secrets are left out, and so is what belongs to one start only (progress, logs).
SavedOptions options_to_save(const Settings& settings, const Surroundings& surroundings);

std::filesystem::path user_file(const Surroundings& surroundings);  // may be empty

// "flag --chunk-size", "environment PGHOST", "job.yaml:12", "default"
std::string describe_origin(const Setting& value);

template <class T>
T Settings::get(const Option<T>& option) const {
  if constexpr (std::is_same_v<T, bool>) {
    return text(option) == "true";
  } else if constexpr (option_detail::is_duration<T>) {
    typename T::rep count{};
    const std::string digits = text(option);
    std::from_chars(digits.data(), digits.data() + digits.size(), count);  // which was checked
    return T(count);
  } else if constexpr (option_detail::is_optional<T>) {
    typename T::value_type number{};
    const std::string digits = text(option);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return error == std::errc() ? T(number) : T();
  } else if constexpr (std::is_integral_v<T>) {
    T number{};
    const std::string digits = text(option);
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    if (is_repeatable(option.spec().kind)) return value(option).items;
    const std::string joined = text(option);
    const auto entries = split(joined, ',');
    return T(entries.begin(), entries.end());
  } else {
    return T(text(option));
  }
}

}  // namespace firmquery
