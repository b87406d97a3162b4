// Resolution: what the user typed, the environment, the job file, the user's file and the defaults become one
// value for each option, and every value knows where it comes from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/job/option_table.hpp"
#include "firmquery/job/surroundings.hpp"

namespace firmquery {

// Weakest first: a comparison says which value stands.
enum class Origin : std::uint8_t { fallback, user_file, job_file, environment, flag };

struct Value {
  std::vector<std::string> items;  // one, but for thresholds; empty: not set
  Origin origin = Origin::fallback;
  std::string place;             // "--chunk-size", "FIRMQUERY_CHUNK_SIZE", "job.yaml:12"
  bool read_by_library = false;  // of a variable that libpq or Kerberos reads by itself
};

// A value found in a file, not yet merged.
struct Given {
  const OptionSpec* option = nullptr;
  std::vector<std::string> items;
  std::string place;
};

class Settings {
 public:
  // Requires: the option is in the table.
  const Value& value(std::string_view option) const;
  void set(std::string_view option, Value value);

  bool is_set(std::string_view option) const { return !value(option).items.empty(); }
  std::string text(std::string_view option) const;  // "" when not set
  std::int64_t integer(std::string_view option) const;
  double seconds(std::string_view option) const;
  bool boolean(std::string_view option) const { return text(option) == "true"; }

 private:
  std::map<std::string, Value, std::less<>> values_;
};

// The texts of flags by option name, in the order typed.
using TypedValues = std::map<std::string, std::vector<std::string>, std::less<>>;

struct Resolution {
  Settings settings;
  std::vector<Error> errors;         // all of them: a file is mended once, not error by error
  std::vector<std::string> notices;  // accepted and unused, and the like
  std::vector<std::string> files;    // that were read
};

using SavedOptions = std::vector<std::pair<std::string, std::string>>;

// `job_file` may be empty. The user's file is read when it exists. `saved`, of a run that is resumed, stands
// in the place of the job file.
Resolution resolve_settings(const TypedValues& typed, const std::string& job_file, const Surroundings& surroundings,
                            const SavedOptions& saved = {});

// What resolve_settings() takes to make these settings again, anywhere on this machine: paths are absolute,
// secrets are left out, and so is what belongs to one start only (progress, logs).
SavedOptions options_to_save(const Settings& settings, const Surroundings& surroundings);

std::filesystem::path user_file(const Surroundings& surroundings);  // may be empty

// "flag --chunk-size", "environment PGHOST", "job.yaml:12", "default"
std::string describe_origin(const Value& value);

}  // namespace firmquery
