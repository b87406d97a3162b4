// Sends IDs into a table with the columns ord and id: COPY in text format, or INSERT where COPY is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "firmquery/core/error.hpp"
#include "firmquery/core/id_set.hpp"
#include "firmquery/core/plan.hpp"
#include "firmquery/db/session.hpp"
#include "loading/load_watch.hpp"

namespace firmquery {

// How a table holds the IDs: a row each, or `part_ids` of them in a row, as the text of an array. CockroachDB
// writes each row to several nodes and takes a second for 50,000 of them; parts are loaded in a fiftieth of
// that.
enum class Packing { none, parts };
inline constexpr std::size_t part_ids = 1000;

class IdsLoader {
 public:
  // `base` is subtracted from ranks to give ord; `type` is that of the IDs. A slice is cut into parts from
  // its begin. `ids` must outlive the loader.
  IdsLoader(const IdSet& ids, std::string table, std::string type, std::size_t base, bool use_copy,
            Packing packing)
      : ids_(ids),
        table_(std::move(table)),
        type_(std::move(type)),
        base_(base),
        use_copy_(use_copy),
        packing_(packing) {}

  // In the transaction that is open, `piece` IDs with each COPY. Fails (integrity) when the server took
  // another number of rows.
  Result<void> send(Session& session, Slice slice, std::size_t piece, const LoadWatch& watch);

  // In transactions of its own, a chunk of `piece` IDs each. A chunk counts after its COMMIT; a COMMIT
  // without an answer is looked up. A chunk that failed is sent again as the watch allows. Called again after
  // a failure it goes on where it stopped.
  Result<void> send_chunks(Session& session, Slice slice, std::size_t piece, const LoadWatch& watch);

  // Compares what the table holds with what was sent.
  Result<void> check_count(Session& session, std::size_t expected) const;
  // The same for one slice of a table that other sessions load too.
  Result<void> check_range(Session& session, Slice slice) const;

 private:
  Result<std::uint64_t> copy(Session& session, Slice slice);
  Result<std::uint64_t> insert(Session& session, Slice slice);
  Result<void> send_piece(Session& session, Slice piece);
  Result<void> send_chunk(Session& session, Slice chunk);
  Result<std::string> count(Session& session, Slice slice) const;  // of the slice, as the server prints it

  const IdSet& ids_;
  std::string table_, type_;
  std::size_t base_;
  bool use_copy_;
  const Packing packing_;
  std::size_t sent_ = 0;      // of the slice, committed
  std::size_t in_doubt_ = 0;  // IDs of the next chunk, whose COMMIT may have gone through; 0: there is none
};

}  // namespace firmquery
