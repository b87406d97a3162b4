#include "figures.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "firmquery/core/time_text.hpp"

namespace firmquery {
namespace {

constexpr std::size_t kSlowestMax = 10;
// SQLSTATEs that are worth another try are few; what is beyond them is counted under the last.
constexpr std::size_t kReasonsMax = 50;

template <class Unit>
SlowStatement slow_statement(const Event& event, const Unit& unit, bool finished) {
  const auto took = std::chrono::duration_cast<std::chrono::system_clock::duration>(
      std::chrono::duration<double>(unit.seconds));
  return {utc_text(event.at - took),
          unit.session,
          unit.ids.begin,
          unit.ids.end,
          unit.rows,
          unit.seconds,
          finished};
}

}  // namespace

void RunFigures::on(const Event& event) {
  if (const auto* done = std::get_if<event::UnitDone>(&event.body)) {
    statement_seconds_.push_back(done->seconds);
    units_retried_ += done->tried_before ? 1 : 0;
    if (is_slow(done->seconds)) note_slow(slow_statement(event, *done, true));
    if (done->scanned) scans_ += ScanReport{done->ids.size(), done->rows_left_out, 0};
  } else if (const auto* back = std::get_if<event::UnitTakenBack>(&event.body)) {
    statement_seconds_.push_back(back->seconds);
    if (is_slow(back->seconds)) note_slow(slow_statement(event, *back, false));
    scans_.rows_given_up += back->rows_given_up;
  } else if (const auto* retried = std::get_if<event::Retried>(&event.body)) {
    ++retries_;
    note_retry(retried->error);
  } else if (const auto* smaller = std::get_if<event::MadeSmaller>(&event.body)) {
    ++retries_;
    note_retry(smaller->error);
  }
  const auto line = log_line(event.body);
  const auto* warning = std::get_if<event::Warning>(&event.body);
  const bool late = warning != nullptr && warning->late;
  if (line && line->level == LogLine::Level::warning && !late) warn(line->text);
}

void RunFigures::warn(const std::string& text) {
  constexpr std::size_t kWarningsMax = 1000;
  if (warnings_.size() > kWarningsMax) return;
  warnings_.push_back(warnings_.size() < kWarningsMax ? text : "further warnings are in the log only");
}

bool RunFigures::is_slow(double seconds) const {
  return slowest_.size() < kSlowestMax || seconds > slowest_.back().seconds;
}

void RunFigures::note_slow(SlowStatement slow) {
  const auto place =
      std::upper_bound(slowest_.begin(), slowest_.end(), slow.seconds,
                       [](double seconds, const SlowStatement& other) { return seconds > other.seconds; });
  slowest_.insert(place, std::move(slow));
  if (slowest_.size() > kSlowestMax) slowest_.pop_back();
}

void RunFigures::note_retry(const Error& error) {
  const auto same = std::find_if(retried_for_.begin(), retried_for_.end(), [&](const RetryReason& reason) {
    return reason.sqlstate == error.sqlstate && reason.kind == to_string(error.kind);
  });
  if (same != retried_for_.end()) {
    ++same->count;
  } else if (retried_for_.size() < kReasonsMax) {
    retried_for_.push_back({error.sqlstate, std::string(to_string(error.kind)), 1, error.message});
  } else {
    ++retried_for_.back().count;
  }
}

void RunFigures::add_to(StartReport& start) {
  start.retried = units_retried_;
  start.retries = retries_;
  start.scans = scans_;
  start.statements = summarize_statements(statement_seconds_);
  start.slowest = slowest_;
  start.retried_for = retried_for_;
  std::stable_sort(start.retried_for.begin(), start.retried_for.end(),
                   [](const RetryReason& a, const RetryReason& b) { return a.count > b.count; });
}

StatementsReport summarize_statements(std::vector<double>& seconds) {
  std::sort(seconds.begin(), seconds.end());
  if (seconds.empty()) return {};
  const auto rank = [&](double p) {
    const auto n = static_cast<std::size_t>(std::ceil(p * static_cast<double>(seconds.size())));
    return seconds[std::max<std::size_t>(n, 1) - 1];
  };
  return {seconds.size(), seconds.back(), rank(0.50), rank(0.95)};
}

}  // namespace firmquery
