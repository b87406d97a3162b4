// A wall clock that a test moves while a program runs (libfaketime, preloaded): what ends with time then ends
// when the test says so, and not when a machine is slow. Steady clocks are left alone.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace firmquery::test {

class MovingClock {
 public:
  explicit MovingClock(const TempDir& directory, const std::string& offset = "+0");
  // Why no clock can be moved here, for GTEST_SKIP; empty: it can.
  static std::string obstacle();

  void show_to(ProcessOptions& options) const;  // the program that is started with them goes by this clock
  void move(const std::string& offset) const;   // from the true time: "+9h", "-200s"; from there it runs on
  // It is that time until the clock is moved again: what has a minute left has it for as long as a test takes.
  void stop_at(std::chrono::system_clock::time_point time) const;

 private:
  std::filesystem::path file_;
};

}  // namespace firmquery::test
