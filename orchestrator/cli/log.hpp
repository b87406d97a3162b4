// Log lines on standard error and in --log-file, as text or JSON, each with the run id. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "firmquery/error.hpp"
#include "firmquery/pipeline.hpp"
#include "job_builder.hpp"
#include "screen.hpp"

namespace firmquery::cli {

class Log : public RunLog {
 public:
  enum class OnScreen : std::uint8_t { everything, warnings, nothing };

  // The screen must outlive the log. Fails when the log file cannot be opened.
  static Result<std::unique_ptr<Log>> open(const CliSettings& settings, OnScreen on_screen, Screen& screen,
                                           const std::string& run_id);
  ~Log() override;
  void info(const std::string& message) override;
  void warning(const std::string& message) override;
  void error(const std::string& message);  // the file only: the screen has the message already

 private:
  struct State;
  explicit Log(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace firmquery::cli
