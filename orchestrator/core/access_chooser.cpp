#include "firmquery/core/access_chooser.hpp"

#include <algorithm>

namespace firmquery {
namespace {

constexpr std::size_t kFirstIds = 1000;
constexpr double kFirstWait = 200'000, kWaitGrowth = 4;
// Of two that are nearly equal the lookup, which reads no row in vain.
constexpr double kMustWinBy = 0.9;
// With no more rows for each ID the scan has won on every server it was measured on.
constexpr double kSurelyDense = 1.5;
// Of what a scan may return, so that few are given up.
constexpr double kReserve = 0.6;

}  // namespace

void AccessChooser::Rate::add(double sample) {
  value = samples <= 1 ? sample : 0.5 * value + 0.5 * sample;
  ++samples;
}

bool AccessChooser::scan_is_cheaper(const Stretch& stretch) const {
  const double rows = rows_expected(stretch);
  return rows <= kReserve * kMostRowsPerId * stretch.ids &&
         rows * seconds_per_row_.value <= kMustWinBy * stretch.ids * seconds_per_id_.value;
}

bool AccessChooser::is_surely_dense(const Stretch& stretch) const {
  return dense_ && rows_expected(stretch) <= kSurelyDense * stretch.ids;
}

AccessChooser::Choice AccessChooser::choose(const Stretch& stretch) const {
  if (seconds_per_id_.samples == 0) {
    if (dense_ && rows_per_width_.samples == 0) return {AccessPath::scan, kTrialIds};
    if (is_surely_dense(stretch)) return {AccessPath::scan, kNoLimit};
    return {AccessPath::lookup, kFirstIds};
  }
  const bool due = ids_since_scan_ >= wait_;
  if (seconds_per_row_.samples == 0) {
    return due ? Choice{AccessPath::scan, kTrialIds} : Choice{AccessPath::lookup, kNoLimit};
  }
  if (seconds_per_id_.samples == 1) return {AccessPath::lookup, kTrialIds};
  if (scan_is_cheaper(stretch)) return {AccessPath::scan, kNoLimit};
  return due ? Choice{AccessPath::scan, kTrialIds} : Choice{AccessPath::lookup, kNoLimit};
}

void AccessChooser::looked_up(const Stretch& stretch, double seconds) {
  seconds_per_id_.add(seconds / std::max(stretch.ids, 1.0));
  ids_since_scan_ += stretch.ids;
}

void AccessChooser::scanned(const Stretch& stretch, double rows, double seconds) {
  // An empty span costs what a statement costs.
  seconds_per_row_.add(seconds / std::max({rows, stretch.ids, 1.0}));
  rows_per_width_.add(rows / std::max(stretch.width, 1.0));
  ids_since_scan_ = 0;
  if (scan_is_cheaper(stretch)) {
    wait_ = kFirstWait;
  } else {
    wait_longer();
  }
}

void AccessChooser::given_up(const Stretch& stretch, double rows) {
  rows_per_width_.add(rows / std::max(stretch.width, 1.0));
  rows_per_width_.value = std::max(rows_per_width_.value, rows / std::max(stretch.width, 1.0));
  ids_since_scan_ = 0;
  wait_longer();
}

void AccessChooser::wait_longer() {
  wait_ = wait_ == 0 ? kFirstWait : wait_ * kWaitGrowth;
}

}  // namespace firmquery
