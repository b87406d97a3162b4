// An executor with threads, for tests of the core.
#pragma once

#include <thread>
#include <vector>

#include "firmquery/core/resources.hpp"

namespace firmquery::test {

class Threads : public Executor {
 public:
  explicit Threads(unsigned width) : width_(width) {}
  unsigned width() const override { return width_; }
  void run(unsigned count, const std::function<void(unsigned)>& work) override {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < count; ++i) threads.emplace_back([&work, i] { work(i); });
  }

 private:
  const unsigned width_;
};

}  // namespace firmquery::test
