// What a scheduled job tells a monitoring system: a file in Prometheus' text format, for the textfile collector of
// node_exporter (https://github.com/prometheus/node_exporter#textfile-collector), which wants it whole at any moment and
// without timestamps of its own.
//
// What a start of the job says about itself (its time, its exit code) is of the last start, whatever its end; what a run was
// not able to do (unresolved IDs, retries) of the last one that began. What it
// found out (IDs, rows, durations) is of the last one that was complete: a night that failed leaves the figures of the night
// before, and the timestamp of the last success beside them says how old they are.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "firmquery/core/error.hpp"
#include "firmquery/core/report.hpp"

namespace firmquery {

// One start of a job, at its end.
struct JobEnd {
  std::string job;  // the label; empty: none
  double at = 0;    // seconds since 1970, UTC
  int exit_code = 0;
  bool skipped = false;            // another run was in progress
  std::size_t breached = 0;        // thresholds of --fail-on
  const Report* report = nullptr;  // null: there is none
  bool refused_for_time =
      false;  // it would not have ended before its deadline, its ticket or the garbage collection
};

// `before`: the text that stands in the file; what it has of a last success is kept where this start is none. Pure.
std::string metrics_text(const JobEnd& end, std::string_view before);

// Atomically, readable by everybody. What stands there and is no file of metrics is replaced.
Result<void> write_metrics(const std::filesystem::path& file, const JobEnd& end);

}  // namespace firmquery
