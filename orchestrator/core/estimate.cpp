#include "firmquery/core/estimate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "firmquery/core/time_text.hpp"

namespace firmquery {
namespace {

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace

PastRun past_run(const Report& report) {
  const TimingReport& timing = report.timing;
  PastRun run{report.input.unique, timing.clean_s, timing.load_s + timing.query_s, timing.export_s, 0};
  // The list is read while the server is asked about the query, so that the parts may be more than the whole.
  run.rest_s = std::max(0.0, timing.total_s - run.clean_s - run.read_s - run.export_s);
  return run;
}

std::optional<ExpectedTime> expected_by(const std::vector<PastRun>& runs, std::uint64_t ids,
                                        std::uint64_t unread) {
  std::vector<double> totals, aheads;
  for (const PastRun& run : runs) {
    if (run.ids == 0 || run.ids < ids / 10) continue;
    const auto each = [&](double seconds, std::uint64_t count) {
      return seconds * static_cast<double>(count) / static_cast<double>(run.ids);
    };
    aheads.push_back(run.rest_s + each(run.read_s, unread) + each(run.export_s, ids));
    totals.push_back(aheads.back() + each(run.clean_s, ids));
    if (totals.size() == kPastRuns) break;
  }
  if (totals.empty()) return std::nullopt;
  const auto count = static_cast<unsigned>(totals.size());
  return ExpectedTime{median(std::move(totals)), median(std::move(aheads)), count};
}

std::string estimate_text(const EstimateReport& estimate) {
  if (!estimate.seconds) return "not known";
  const std::string about = "about " + duration_text(*estimate.seconds);
  if (estimate.source == "probe") return about + ", from some of the IDs";
  return estimate.runs == 1 ? about + ", by the last run of this job"
                            : fmt::format("{}, by the last {} runs of this job", about, estimate.runs);
}

}  // namespace firmquery
