// A wall clock that a test moves while a program runs (libfaketime, preloaded): what ends with time then ends
// when the test says so, and not when a machine is slow. Steady clocks are left alone.
#pragma once

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
  void move(const std::string& offset) const;   // from the true time: "+9h", "-200s"

 private:
  std::filesystem::path file_;
};

}  // namespace firmquery::test
