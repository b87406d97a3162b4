// One session's share of the list: which of its IDs are read, and the file with their rows. A share survives
// its session, its strategy and, through the journal, the process.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "firmquery/output/csv_records.hpp"
#include "firmquery/core/error.hpp"
#include "firmquery/output/journal.hpp"
#include "firmquery/core/plan.hpp"
#include "firmquery/core/reconcile.hpp"

namespace firmquery {

// Used by one thread at a time.
class Share {
 public:
  Share(const IdSet& ids, unsigned number, Slice slice, std::filesystem::path part_path);

  // Brings back what the journal says of this share: the rows of its part file are read again, as far as they
  // count, and compared with the journal, byte for byte by their digest; what lies behind them is cut off.
  // Fails (integrity) when they differ.
  Result<void> restore(const std::vector<JournalUnit>& units, std::size_t key_index);

  unsigned number() const { return number_; }
  Slice slice() const { return slice_; }
  const std::filesystem::path& part_path() const { return part_path_; }
  std::uint64_t part_offset() const { return part_offset_; }
  Reconciler& reconciler() { return reconciler_; }
  const Reconciler& reconciler() const { return reconciler_; }
  std::uint64_t units() const { return units_; }

  // What is to be read yet, in order.
  bool done() const { return rest_.empty(); }
  Slice front() const { return rest_.front(); }  // Requires: !done()
  Slice hull() const;                            // from the first such ID to behind the last
  void finish(Slice unit);                       // Requires: a prefix of front(), reconciled
  void journalled(std::uint64_t part_offset) {
    part_offset_ = part_offset;
    all_journalled_ = true;
  }
  // False after a unit was finished whose rows could not be made safe: another pass would cut them off.
  bool all_journalled() const { return all_journalled_; }

  // Sets IDs aside that could not be read. Requires: a prefix of front().
  void fail(Slice unit, const std::string& error);
  void fail_rest(const std::string& error);
  struct Failed {
    Slice slice;
    std::string error;
  };
  const std::vector<Failed>& failed() const { return failed_; }

  // Everything that is not read, failed or not, in order.
  std::vector<Slice> unread() const;

 private:
  Failure differs(const JournalUnit& unit, const std::string& what) const;
  void advance(std::size_t rank);  // the front begins here now
  Result<void> take_out(Slice unit);
  Result<void> restore_rows(const JournalUnit& unit, std::size_t key_index,
                            std::optional<CsvRecords>& records, std::uint64_t& position);

  const IdSet& ids_;
  const unsigned number_;
  const Slice slice_;
  const std::filesystem::path part_path_;
  Reconciler reconciler_;
  std::vector<Slice> rest_;     // in order, none empty
  std::vector<Failed> failed_;  // in order of rank
  std::uint64_t part_offset_ = 0;
  std::uint64_t units_ = 0;
  bool all_journalled_ = true;
};

std::size_t unread_ids(const std::vector<Share>& shares);

// A run that read nothing at all has failed; one that read some of it is partial.
Result<void> first_failure(const std::vector<Share>& shares);

}  // namespace firmquery
