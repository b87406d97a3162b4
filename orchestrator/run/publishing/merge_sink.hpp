// The list, as it is read for the last time: each line with the ID that it led to, held against what the first reading
// has written down. A list that has changed since then is found here, and not merged.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/clean.hpp"
#include "firmquery/core/id_set.hpp"
#include "firmquery/core/report.hpp"
#include "firmquery/job/job.hpp"
#include "firmquery/output/run_reader.hpp"
#include "preparing/list_pass.hpp"
#include "publishing/merge_batch.hpp"

namespace firmquery {

// Memory: one bit an ID, and a batch. Not thread-safe.
class MergeSink : public CleanSink {
 public:
  // Takes a batch that is full, and gives the next one, which is empty.
  using TakeBatch = std::function<Result<MergeBatch*>(MergeBatch* full)>;
  struct Batches {
    MergeBatch& first;
    std::size_t lines_max = MergeBatch::kLinesMax;
    TakeBatch take;
  };
  // Of the run in job.out, which has its rejected.csv and duplicates.csv. What is referred to must outlive it.
  static Result<std::unique_ptr<MergeSink>> open(const Job& job, const IdSet& ids, Batches batches);

  bool wants_records() const override { return true; }
  void record(const ListRecord& record) override;
  void accept(std::int64_t id, std::uint64_t line) override;
  void accept(std::string_view canonical, std::uint64_t line) override;
  void reject(std::string_view raw, const InputPlace& place, IdProblem problem) override;

  // The first failure: of `take`, or that the list is another one.
  const Result<void>& outcome() const { return outcome_; }
  // Gives the last batch, and says whether the whole list was the one of the report.
  Result<void> finish(const PassedList& passed, const InputReport& report, const InputProfile& profile);

  // Of a list that is not the one that was cleaned.
  static Failure changed(const Job& job, const std::string& what);

 private:
  // IDs that are looked for together.
  struct Looked {
    std::size_t line;  // of the batch
    std::uint64_t number, begin, end;
  };
  static constexpr std::size_t kLookedMax = 64;

  MergeSink(const Job& job, const IdSet& ids, Batches batches, RejectedReader rejected,
            DuplicateReader duplicates);
  Result<void> next_reject(std::string_view raw, std::uint64_t line, IdProblem problem);
  Result<void> look();
  Result<void> next_id(std::size_t rank, std::string_view canonical, const Looked& looked);
  Result<void> give();

  const Job& job_;
  const IdSet& ids_;
  const TakeBatch take_;
  RejectedReader rejected_;
  DuplicateReader duplicates_;
  std::vector<std::uint64_t> seen_;  // by rank, a bit each
  std::uint64_t distinct_ = 0;
  const std::size_t lines_max_;  // of a batch
  MergeBatch* batch_;
  std::size_t line_ = 0;  // of the record in hand
  std::string texts_;     // of the IDs that are looked for
  std::vector<Looked> looked_;
  Result<void> outcome_;
};

}  // namespace firmquery
