// What the report says of statements, retries and scans, and its warnings: summed up from the run's events.
#pragma once

#include <string>
#include <vector>

#include "firmquery/run/events.hpp"

namespace firmquery {

class RunFigures : public Observer {
 public:
  void on(const Event& event) override;

  // Of this process, so far. Call it when no session is at work.
  void add_to(StartReport& start);
  const std::vector<std::string>& warnings() const { return warnings_; }
  std::uint64_t ids_scanned() const { return scans_.ids; }  // likewise

 private:
  void warn(const std::string& text);
  bool is_slow(double seconds) const;
  void note_slow(SlowStatement slow);
  void note_retry(const Error& error);

  std::vector<double> statement_seconds_;
  std::uint64_t units_retried_ = 0, retries_ = 0;
  ScanReport scans_;
  std::vector<SlowStatement> slowest_;    // the longest first
  std::vector<RetryReason> retried_for_;  // in the order of the first of each
  std::vector<std::string> warnings_;
};

// While it lives, the observer hears the stream's events.
class Listening {
 public:
  Listening(EventStream& events, Observer& observer) : events_(events), observer_(observer) {
    events_.add(observer);
  }
  ~Listening() { events_.remove(observer_); }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

 private:
  EventStream& events_;
  Observer& observer_;
};

// Median and 95th percentile as the nearest rank; sorts `seconds`.
StatementsReport summarize_statements(std::vector<double>& seconds);

}  // namespace firmquery
