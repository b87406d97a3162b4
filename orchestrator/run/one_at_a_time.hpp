// The log of a run: one message at a time, and its warnings for the report.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "firmquery/run/pipeline.hpp"

namespace firmquery {

class OneAtATime : public RunLog {
 public:
  OneAtATime(RunLog& log, std::vector<std::string>& warnings) : log_(log), warnings_(warnings) {}
  void info(const std::string& message) override {
    const std::lock_guard lock(mutex_);
    log_.info(message);
  }
  void warning(const std::string& message) override {
    const std::lock_guard lock(mutex_);
    log_.warning(message);
    if (warnings_.size() > kWarningsMax) return;
    warnings_.push_back(warnings_.size() < kWarningsMax ? message : "further warnings are in the log only");
  }
  void record(const std::string& message) override {
    const std::lock_guard lock(mutex_);
    log_.record(message);
  }
  void failed(const Report& report) override {
    const std::lock_guard lock(mutex_);
    log_.failed(report);
  }
  // When the report is on disk and stays what it is.
  void late_warning(const std::string& message) {
    const std::lock_guard lock(mutex_);
    log_.warning(message);
  }

 private:
  static constexpr std::size_t kWarningsMax = 1000;
  std::mutex mutex_;
  RunLog& log_;
  std::vector<std::string>& warnings_;
};

}  // namespace firmquery
