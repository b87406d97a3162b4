// The second proof: found and missing IDs come out of one bitmap, so that a range whose rows were lost on the way would
// pass for missing, and every sum would add up. So a sample of what the run says is asked for again, at the same
// instant, in a way that has as little as possible in common with the first: without the table of IDs, its load, its
// join and its bounds, in other portions, by other sessions. docs/adr/0026-second-proof.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/id_set.hpp"
#include "firmquery/core/report.hpp"
#include "firmquery/core/sample.hpp"
#include "firmquery/run/unit_store.hpp"
#include "reading/asking.hpp"
#include "reading/share.hpp"

namespace firmquery {

// A sample of what a run says, and of how many of each.
struct Claims {
  IdSet missing, found;
  std::uint64_t missing_of = 0, found_of = 0;
};

// How many found IDs are asked for again where so many missing ones are: those are what the proof is about, and found
// ones bring their rows.
std::uint64_t found_sample(std::uint64_t missing_sample);

// Which strategy has least in common with those that the IDs were read by.
StrategyKind second_way(const std::vector<std::string>& strategies);

struct SecondWay {
  StrategyKind kind;
  unsigned sessions = 1;
  std::chrono::duration<double> most;
};
// Asks for both. Fails as ask_about() does; what is contradicted is in the report.
Result<RecheckReport> ask_again(const Claims& claims, const AskingContext& context, const SecondWay& way);

// The failure of a run whose second proof found something wrong.
Error disproved(const RecheckReport& recheck);

// The second proof of a run: remembers which IDs were read at which instant, and asks for those whose instant is there.
// Used by the run's own thread.
class SecondProof {
 public:
  // `most`: missing IDs that are asked for at a time; 0: none are. Everything outlives it.
  SecondProof(std::uint64_t most, const IdSet& ids, const std::vector<Share>& shares,
              const std::vector<ReadingReport>& readings);

  // What an earlier start has left.
  void go_on_with(const EarlierStart& earlier);

  // Around each reading: what it has read.
  void reading_begins();
  void reading_ended();

  bool wanted() const { return most_ > 0; }
  // Whether everything that the last reading's instant can be asked for has been asked for.
  bool is_due() const;
  struct Circumstances {
    unsigned sessions = 1;
    double reading_s = 0;  // that the last reading has taken
    std::string seed;      // of the sample
    std::uint64_t ids_scanned = 0;
  };
  // Asks for what was read at the instant of the last reading.
  Result<RecheckReport> prove(const AskingContext& context, const Circumstances& circumstances);
  void add(RecheckReport recheck) { rechecks_.push_back(std::move(recheck)); }

  // All of them, and what nobody could ask for; none where it was never asked for.
  std::optional<RecheckReport> report() const;

 private:
  bool same_instant(std::size_t reading) const;  // as the last reading's
  std::vector<Slice> read_at_instant(const Share& share) const;
  std::vector<std::string> strategies(std::uint64_t ids_scanned) const;
  Claims sample(const std::string& seed) const;

  const std::uint64_t most_;
  const IdSet& ids_;
  const std::vector<Share>& shares_;
  const std::vector<ReadingReport>& readings_;
  std::vector<ReadRange> ranges_;           // finished before the reading that is in progress
  std::vector<std::vector<Slice>> unread_;  // by share, when that began
  std::vector<RecheckReport> rechecks_;
};

}  // namespace firmquery
