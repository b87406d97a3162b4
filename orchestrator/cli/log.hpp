// Log lines on standard error and in --log-file, as text or JSON, each with the run id. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "cli_settings.hpp"
#include "firmquery/core/error.hpp"
#include "firmquery/run/events.hpp"
#include "screen.hpp"

namespace firmquery::cli {

class Log : public Observer {
 public:
  enum class OnScreen : std::uint8_t { everything, warnings, nothing };

  // The screen must outlive the log. Fails when the log file cannot be opened.
  static Result<std::unique_ptr<Log>> open(const CliSettings& settings, OnScreen on_screen, Screen& screen,
                                           const std::string& run_id);
  ~Log() override;
  // The lines that events have (log_line()).
  void on(const Event& event) override;
  void info(const std::string& message);
  void warning(const std::string& message);
  // Of the file only: the screen has the message, or a summary of it.
  void record(const std::string& message);
  void error(const std::string& message);

 private:
  struct State;
  explicit Log(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace firmquery::cli
