#include "loading/ids_loader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <firmquery/sql_text.hpp>

#include "firmquery/core/sql_fill.hpp"
#include "reading/strategy.hpp"

namespace firmquery {
namespace {

// Rows of COPY text format, in blocks that fit one message.
class CopyRows {
 public:
  CopyRows(const IdSet& ids, Slice slice, std::size_t base, Packing packing)
      : ids_(ids), slice_(slice), base_(base), packing_(packing) {
    block_.reserve(block_bytes + 2048);
  }
  std::string_view next() {
    block_.clear();
    while (!slice_.empty() && block_.size() < block_bytes) {
      const fmt::format_int ord(slice_.begin - base_);
      block_.append(ord.data(), ord.size());
      block_ += '\t';
      const std::size_t begin = block_.size();
      if (packing_ == Packing::parts) {
        const Slice part{slice_.begin, std::min(slice_.begin + part_ids, slice_.end)};
        block_ += array_text(ids_, part);
        slice_.begin = part.end;
      } else {
        ids_.append_canonical(slice_.begin++, block_);
      }
      // IDs hold no control characters (cleaning rejects them), so the backslash is all there is to escape.
      for (std::size_t at = block_.find('\\', begin); at != std::string::npos;
           at = block_.find('\\', at + 2)) {
        block_.insert(at, 1, '\\');
      }
      block_ += '\n';
    }
    return block_;
  }

 private:
  static constexpr std::size_t block_bytes = 60 << 10;
  const IdSet& ids_;
  Slice slice_;
  std::size_t base_;
  Packing packing_;
  std::string block_;
};

Failure lost_ids(std::uint64_t sent, std::string_view took) {
  return fail(ErrorKind::integrity, fmt::format("{} IDs were sent, the server has {}", sent, took), "loading",
              "this points at a fault of the server or of something between; do not trust a retry");
}

}  // namespace

Result<std::uint64_t> IdsLoader::copy(Session& session, Slice slice) {
  CopyRows rows(ids_, slice, base_, packing_);
  return session.copy_in(sql_fill(sql::postgresql::copy_ids, {{"table", table_}}),
                         [&rows]() -> Result<std::string_view> { return rows.next(); });
}

Result<std::uint64_t> IdsLoader::insert(Session& session, Slice slice) {
  constexpr std::size_t insert_ids = 5000;
  const bool packed = packing_ == Packing::parts;
  const std::string sql =
      sql_fill(sql::postgresql::insert_ids, {{"table", table_}, {"type", packed ? "text" : type_}});
  while (!slice.empty()) {
    const Slice part{slice.begin, std::min(slice.begin + (packed ? part_ids : insert_ids), slice.end)};
    std::string ords = "{";
    for (std::size_t i = part.begin; i < part.end; i += packed ? part_ids : 1) {
      ords += fmt::format("{}{}", i > part.begin ? "," : "", i - base_);
    }
    const std::string ids = array_text(ids_, part);
    FQ_TRY(session.execute(sql, {ords + "}", packed ? "{" + array_element(ids) + "}" : ids}));
    slice.begin = part.end;
  }
  return std::uint64_t{0};
}

Result<void> IdsLoader::send_piece(Session& session, Slice piece) {
  if (!use_copy_) {
    FQ_TRY(insert(session, piece));
    return {};
  }
  FQ_TRY_ASSIGN(const std::uint64_t took, copy(session, piece));
  const bool packed = packing_ == Packing::parts;
  const std::size_t rows = packed ? (piece.size() + part_ids - 1) / part_ids : piece.size();
  if (took != rows) return lost_ids(piece.size(), fmt::format("{} rows of {}", took, rows));
  return {};
}

Result<void> IdsLoader::send(Session& session, Slice slice, std::size_t piece, const LoadWatch& watch) {
  const std::size_t ids = slice.size();
  while (!slice.empty()) {
    const Slice next{slice.begin, slice.begin + std::min(piece, slice.size())};
    FQ_TRY(send_piece(session, next));
    slice.begin = next.end;
  }
  watch.sent(ids);
  return {};
}

Result<void> IdsLoader::send_chunk(Session& session, Slice chunk) {
  FQ_TRY(session.execute("begin"));
  if (auto sent = send_piece(session, chunk); !sent) {
    (void)session.execute("rollback");
    // COPY refused by privilege or by a proxy: the same rows as an INSERT, from here on.
    if (use_copy_ && session.alive() &&
        (sent.error().sqlstate == "42501" || sent.error().sqlstate == "0A000")) {
      use_copy_ = false;
      return send_chunk(session, chunk);
    }
    return sent;
  }
  in_doubt_ = chunk.size();
  auto committed = session.execute("commit");
  if (!committed && session.alive() && recovery_of(committed.error()) == Recovery::retry) in_doubt_ = 0;
  FQ_TRY(committed);
  in_doubt_ = 0;
  return {};
}

Result<std::string> IdsLoader::count(Session& session, Slice slice) const {
  FQ_TRY_ASSIGN(const Rows rows,
                session.execute(sql_fill(packing_ == Packing::parts ? sql::cockroachdb::count_parts_of_ids
                                                                    : sql::postgresql::count_range_of_ids,
                                         {{"table", table_},
                                          {"type", type_},
                                          {"low", std::to_string(slice.begin - base_)},
                                          {"high", std::to_string(slice.end - 1 - base_)}})));
  return std::string(rows.at(0, 0));
}

Result<void> IdsLoader::check_range(Session& session, Slice slice) const {
  FQ_TRY_ASSIGN(const std::string there, count(session, slice));
  if (there == std::to_string(slice.size())) return {};
  return lost_ids(slice.size(), there);
}

Result<void> IdsLoader::send_chunks(Session& session, Slice slice, std::size_t piece,
                                    const LoadWatch& watch) {
  unsigned attempt = 0;
  while (sent_ < slice.size()) {
    const std::size_t begin = slice.begin + sent_;
    // What is in doubt keeps its size: it is there as a whole or not at all.
    const Slice chunk{begin, std::min(begin + (in_doubt_ > 0 ? in_doubt_ : piece), slice.end)};
    bool done = false;
    if (in_doubt_ > 0) {
      FQ_TRY_ASSIGN(const std::string there, count(session, chunk));
      done = there == std::to_string(chunk.size());
      in_doubt_ = 0;
    }
    if (!done) {
      if (auto sent = send_chunk(session, chunk); !sent) {
        if (session.alive() && session.in_failed_transaction()) FQ_TRY(session.execute("rollback"));
        FQ_TRY(watch.send_again(sent.error(), attempt++));
        continue;
      }
    }
    attempt = 0;
    sent_ += chunk.size();
    watch.sent(chunk.size());
  }
  return {};
}

Result<void> IdsLoader::check_count(Session& session, std::size_t expected) const {
  FQ_TRY_ASSIGN(const Rows rows, session.execute(sql_fill(sql::postgresql::count_ids, {{"table", table_}})));
  if (rows.at(0, 0) == std::to_string(expected)) return {};
  return lost_ids(expected, rows.at(0, 0));
}

}  // namespace firmquery
