// How long a run is likely to take, by what earlier runs of the same job have taken. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firmquery/core/report.hpp"

namespace firmquery {

// A complete run, in seconds of all its starts.
struct PastRun {
  std::uint64_t ids = 0;  // unique ones of its list
  double clean_s = 0;     // reading the list
  double read_s = 0;      // loading it and reading the rows
  double export_s = 0;
  double rest_s = 0;  // connecting, the second proof and the like: the same whatever the list's length
};
PastRun past_run(const Report& report);

inline constexpr std::size_t kPastRuns = 5;  // that an estimate is made of, at most

struct ExpectedTime {
  double total_s = 0;  // of the whole start
  double ahead_s = 0;  // of it, once the list is read
  unsigned runs = 0;   // that say so
};
// The median of what each of the runs says, scaled to a list of `ids` of which `unread` are to be read. `runs`: newest
// first; the first kPastRuns count whose lists were at least a tenth as long, because of shorter ones most is what
// every run costs. nullopt: there are none.
std::optional<ExpectedTime> expected_by(const std::vector<PastRun>& runs, std::uint64_t ids,
                                        std::uint64_t unread);

// "about 12 min 30 s, by the last 5 runs of this job"; "not known"
std::string estimate_text(const EstimateReport& estimate);

}  // namespace firmquery
