// What is said of one option: flag, YAML key, environment name, `config show`, `config init`, the help and
// the check of its values are derived from it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"

namespace firmquery {

enum class ValueKind : std::uint8_t {
  text,
  path,        // relative paths of a job file are taken from the job file's folder
  integer,     // within [low, high], or one of `choices`, such as "off"
  seconds,     // a decimal number within [low, high]
  choice,      // one of `choices`
  choices,     // a comma-separated list of `choices`
  thresholds,  // repeatable
  rules,       // of spelling, as SpellingRule takes them; repeatable
  boolean,
  ports,  // one, or one for each host
};

// Each time it is given adds an entry; of the others the last one stands.
constexpr bool is_repeatable(ValueKind kind) {
  return kind == ValueKind::thresholds || kind == ValueKind::rules;
}

enum Scope : unsigned {
  kNoFlag = 0,
  kRun = 1,
  kClean = 2,
  kVerify = 4,
  kConfig = 8,
  kDemo = 16,
  kDoctor = 32,
  kResume = 64,  // what may differ when a run goes on
  kStart = 128,  // of run alone, not of its dry runs
  kKeep = 256,
  kDiff = 512,
  kHistory = 1024,
  kCompare = 2048
};

enum class OptionGroup : std::uint8_t {
  input,
  query,
  server,
  limits,
  output,
  display,
  connection,
  kerberos,
  labels
};
std::string_view heading_of(OptionGroup group);

struct OptionSpec {
  std::string_view name;  // "chunk-size": the flag --chunk-size and the environment's FIRMQUERY_CHUNK_SIZE
  std::string_view yaml;  // "processing.chunk_size"; empty: only the flat name chunk_size
  std::string_view variable;  // of libpq or Kerberos, which these libraries read by themselves
  ValueKind kind = ValueKind::text;
  std::string_view metavar;
  std::string_view fallback;
  double low = 0, high = 0;
  std::string_view choices;  // "auto|int|text"
  unsigned scope = kNoFlag;  // the commands that have the flag
  OptionGroup group = OptionGroup::input;
  std::string_view help;
};

std::string flag_name(const OptionSpec& spec);         // "--chunk-size"
std::string flat_key(const OptionSpec& spec);          // "chunk_size"
std::string environment_name(const OptionSpec& spec);  // "FIRMQUERY_CHUNK_SIZE"

std::vector<std::string_view> split(std::string_view text, char separator);

// The value in its normal form: choices in their spelling, booleans as "true" or "false".
// Fails (kind usage) at `place`, with `label` (the YAML key; may be empty) before the value.
// Requires: the option is a row of the table.
Result<std::string> check_value(const OptionSpec& spec, std::string_view text, const std::string& place,
                                std::string_view label = {});

}  // namespace firmquery
