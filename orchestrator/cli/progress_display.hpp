// Shows how far a run is: a line redrawn ten times a second on a terminal, a log line every five seconds
// elsewhere, or JSON lines. Only reads the counters.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "cli_settings.hpp"
#include "firmquery/run/progress.hpp"
#include "log.hpp"
#include "screen.hpp"

namespace firmquery::cli {

// The counters at one moment, and how long the run and its phase have taken.
struct ProgressSample {
  Phase phase = Phase::starting;
  std::uint64_t lines_read = 0, ids_total = 0, ids_loaded = 0, ids_done = 0, rows = 0, retries = 0;
  double elapsed_s = 0, phase_s = 0;
};
std::string progress_text(const ProgressSample& sample);
std::string progress_line(const ProgressSample& sample, std::size_t width);  // with a bar where it fits
std::string progress_json(const ProgressSample& sample);

class ProgressDisplay {
 public:
  enum class Form : std::uint8_t { none, bar, log_lines, json };
  static Form form_of(const CliSettings& settings, const Screen& screen);

  // Starts its thread unless the form is none. All arguments must outlive it.
  ProgressDisplay(const Progress& progress, Form form, Screen& screen, Log& log);
  ~ProgressDisplay();  // ends the thread and clears the line
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  void finish();
  // While somebody is asked something, the line would be drawn over the question.
  void pause();
  void go_on() { paused_ = false; }

 private:
  using Clock = std::chrono::steady_clock;
  void show_until_finished();
  ProgressSample sample();

  const Progress& progress_;
  const Form form_;
  Screen& screen_;
  Log& log_;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point phase_start_ = start_;  // owned by the thread, as is phase_
  Phase phase_ = Phase::starting;
  std::mutex mutex_;
  std::condition_variable ended_condition_;
  std::atomic<bool> paused_{false};
  bool ended_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace firmquery::cli
