#pragma once

#include <string>
#include <utility>

#include "firmquery/core/error.hpp"
#include "firmquery/output/run_directory.hpp"

namespace firmquery {

// What holds and what does not, as sentences.
class Findings {
 public:
  void holds(std::string what) { result_.checks.push_back(std::move(what)); }
  void fails(std::string what) { result_.failures.push_back(std::move(what)); }
  void fails(const Error& error) {
    fails(error.place.empty() ? error.message : error.place + ": " + error.message);
  }
  // The sentence of what holds, or the error.
  void add(Result<std::string> outcome) {
    if (!outcome) return fails(outcome.error());
    holds(*std::move(outcome));
  }
  std::size_t failures() const { return result_.failures.size(); }
  Verification take() { return std::move(result_); }

 private:
  Verification result_;
};

}  // namespace firmquery
