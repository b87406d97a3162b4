#include "figures.hpp"

#include <algorithm>
#include <cmath>

namespace firmquery {

void RunFigures::on(const Event& event) {
  if (const auto* done = std::get_if<event::UnitDone>(&event.body)) {
    statement_seconds_.push_back(done->seconds);
    units_retried_ += done->tried_before ? 1 : 0;
    if (done->scanned) scans_ += ScanReport{done->ids.size(), done->rows_left_out, 0};
  } else if (const auto* back = std::get_if<event::UnitTakenBack>(&event.body)) {
    statement_seconds_.push_back(back->seconds);
    scans_.rows_given_up += back->rows_given_up;
  } else if (std::holds_alternative<event::Retried>(event.body) ||
             std::holds_alternative<event::MadeSmaller>(event.body)) {
    ++retries_;
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

void RunFigures::add_to(StartReport& start) {
  start.retried = units_retried_;
  start.retries = retries_;
  start.scans = scans_;
  start.statements = summarize_statements(statement_seconds_);
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
