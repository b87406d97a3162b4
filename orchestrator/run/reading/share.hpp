// One session's share of the list: which of its IDs are read, and where their rows are kept. A share survives its
// session, its strategy and, through the store, the process.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/plan.hpp"
#include "firmquery/core/reconcile.hpp"
#include "firmquery/run/unit_store.hpp"

namespace firmquery {

// Used by one thread at a time.
class Share {
 public:
  Share(const IdSet& ids, unsigned number, Slice slice);

  // Where its rows go.
  void set_writer(std::unique_ptr<UnitWriter> writer) { writer_ = std::move(writer); }
  UnitWriter& writer() { return *writer_; }  // Requires: it was set
  const UnitWriter& writer() const { return *writer_; }

  // What an earlier process has read of it, in `units` statements. False: not all of that is unread yet. The
  // reconciler is told by the caller.
  bool take_out(Slice finished, std::uint64_t units);

  unsigned number() const { return number_; }
  Slice slice() const { return slice_; }
  const IdSet& ids() const { return ids_; }
  Reconciler& reconciler() { return reconciler_; }
  const Reconciler& reconciler() const { return reconciler_; }
  std::uint64_t units() const { return units_; }

  // What is to be read yet, in order.
  bool done() const { return rest_.empty(); }
  Slice front() const { return rest_.front(); }  // Requires: !done()
  Slice hull() const;                            // from the first such ID to behind the last
  void finish(Slice unit);                       // Requires: a prefix of front(), reconciled

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
  void advance(std::size_t rank);  // the front begins here now

  const IdSet& ids_;
  const unsigned number_;
  const Slice slice_;
  Reconciler reconciler_;
  std::vector<Slice> rest_;     // in order, none empty
  std::vector<Failed> failed_;  // in order of rank
  std::uint64_t units_ = 0;
  std::unique_ptr<UnitWriter> writer_;
};

std::size_t unread_ids(const std::vector<Share>& shares);

// A run that read nothing at all has failed; one that read some of it is partial.
Result<void> first_failure(const std::vector<Share>& shares);

}  // namespace firmquery
