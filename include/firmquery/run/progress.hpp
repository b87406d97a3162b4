// How far a run is, as counters: a consumer of its events that anybody may read at any time. For people, not
// for proof.
#pragma once

#include <atomic>
#include <cstdint>

#include "firmquery/run/events.hpp"

namespace firmquery {

class Progress : public Observer {
 public:
  void on(const Event& event) override;

  std::atomic<Phase> phase{Phase::starting};
  std::atomic<std::uint64_t> lines_read{0};
  std::atomic<std::uint64_t> ids_total{0};
  std::atomic<std::uint64_t> ids_loaded{0};
  std::atomic<std::uint64_t> ids_done{0};
  // Only grow; what failed units had delivered is the second.
  std::atomic<std::uint64_t> rows_arrived{0}, rows_taken_back{0};
  std::atomic<std::uint64_t> retries{0};

  std::uint64_t rows() const { return rows_arrived - rows_taken_back; }
};

}  // namespace firmquery
