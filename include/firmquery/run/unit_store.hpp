// Where a run keeps what it has read: a run directory, or nowhere.
//
// A unit is one range of the list, read by one statement. It counts only when it is finished, and it survives
// a crash only when it is kept; what a failed unit has delivered is taken back. execute() knows no more of
// files than this.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/clean.hpp"
#include "firmquery/core/digest.hpp"
#include "firmquery/core/error.hpp"
#include "firmquery/core/id_set.hpp"
#include "firmquery/core/near_misses.hpp"
#include "firmquery/core/plan.hpp"
#include "firmquery/core/report.hpp"
#include "firmquery/core/row_key.hpp"
#include "firmquery/output/journal.hpp"
#include "firmquery/output/result_format.hpp"

namespace firmquery {

class Share;

struct FinishedUnit {
  Slice ids;
  std::uint64_t rows = 0, found = 0;
  Digest found_digest;
  double seconds = 0;  // of the statement
};

// The rows of one session's share of the list. Used by one thread at a time.
class UnitWriter {
 public:
  virtual ~UnitWriter() = default;
  // Before the first row, and again by the next reading: what is not kept is cut off.
  virtual Result<void> open() = 0;
  virtual Result<void> row(std::string_view csv) = 0;  // of the unit that is being read, line feed included
  virtual Result<void> take_back() = 0;                // the rows since the last finish() never were
  // They belong to a finished unit, which follows the one before it since the last keep().
  virtual void finish(const FinishedUnit& unit) = 0;
  // Everything that is finished survives a crash. A failure is final.
  virtual Result<void> keep() = 0;
  virtual bool all_kept() const = 0;
  virtual std::uint64_t bytes() const = 0;  // since open(), of finished units and the open one
  // Writing has failed: no server's retry cures that.
  virtual bool broken() const = 0;
};

// IDs that were read in one of the run's readings, by its place among them.
struct ReadRange {
  Slice ids;
  std::size_t reading = 0;
};

// What an earlier start of the run has left; nothing in a run that begins.
struct EarlierStart {
  std::vector<Slice> shares;        // how the list is shared out, from now on or since then
  std::string run_id, started_at;   // of the run that is gone on with; empty: none
  std::filesystem::path directory;  // where that is
  std::vector<ReadingReport> readings;
  std::vector<ReadRange> ranges;          // that are finished
  std::vector<RecheckReport> rechecks;    // of them
  std::optional<NearMisses> near_misses;  // of the missing IDs, where they were the same
};

// What the files of a run are made of when everything is read, or the rest has failed.
struct Answer {
  const IdSet& ids;
  const std::vector<Share>& shares;
  const ResultColumns& columns;
  const std::string& sql;
  const NearMisses* near_misses = nullptr;  // null: nobody has looked for them
  const InputProfile* list = nullptr;       // how the list was read; for a job that merges it
};

// Used by the run's own thread, but for the writers.
class UnitStore {
 public:
  virtual ~UnitStore() = default;

  // The list is known and nothing is read; `list.shares` is how a new run would share it out. Fails when it
  // is not the list of the run that is to be gone on with.
  virtual Result<EarlierStart> begin(const JournalList& list) = 0;
  // Where the rows of the share go; what an earlier start has kept of it is marked as read.
  virtual Result<std::unique_ptr<UnitWriter>> writer(Share& share, RowKey key) = 0;
  // A pass over what is left begins.
  virtual Result<void> reading(const ReadingReport& reading) = 0;
  // The second proof of what the readings so far have read; before all_read().
  virtual Result<void> recheck(const RecheckReport& recheck) = 0;
  // What was found out about missing IDs; before all_read().
  virtual Result<void> explained(const NearMisses& near_misses) = 0;
  virtual Result<void> all_read() = 0;
  // Fills the report's missing and unresolved IDs, proves it, and publishes. Nothing has a final name unless
  // the proof holds. `start` is the part of this process in the report.
  virtual Result<void> publish(Report& report, StartReport& start, const Answer& answer) = 0;
  // Last words of a run that failed or was stopped. `error` gets what the store knows about going on. False:
  // nothing was done, and the report says nothing.
  virtual bool ended(Report& report, StartReport& start, Error& error) = 0;
};

// Keeps nothing: for measuring. The report's figures and digests are those of a run.
class MeasuringStore : public UnitStore {
 public:
  Result<EarlierStart> begin(const JournalList& list) override;
  Result<std::unique_ptr<UnitWriter>> writer(Share& share, RowKey key) override;
  Result<void> reading(const ReadingReport&) override { return {}; }
  Result<void> recheck(const RecheckReport&) override { return {}; }
  Result<void> explained(const NearMisses&) override { return {}; }
  Result<void> all_read() override { return {}; }
  Result<void> publish(Report& report, StartReport& start, const Answer& answer) override;
  bool ended(Report& report, StartReport& start, Error& error) override;

  // The sum of the digests of all rows, whatever their order: two runs with the same rows have the same.
  Digest rows_digest() const;
  std::uint64_t bytes() const;

 private:
  class Writer;
  void end(Report& report, StartReport& start) const;

  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::vector<std::shared_ptr<struct MeasuredRows>> measured_;  // by share
};

}  // namespace firmquery
