#include "publishing/merge_batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <utility>

#include "firmquery/core/csv.hpp"

namespace firmquery {
namespace {

constexpr std::size_t kRoomMax = 9u << 20;
constexpr std::size_t kMappedAround = 64u << 10;  // by the kernel, for one byte
constexpr std::size_t kBlockBytes = 256u << 10;

bool is_unresolved(const std::vector<Slice>& unresolved, std::size_t rank) {
  const auto behind = std::upper_bound(unresolved.begin(), unresolved.end(), rank,
                                       [](std::size_t r, const Slice& slice) { return r < slice.begin; });
  return behind != unresolved.begin() && rank < std::prev(behind)->end;
}

}  // namespace

std::size_t MergeBatch::lines_for(std::uint64_t bytes) {
  constexpr std::size_t kLeast = 16, kFilledColumns = 64;
  return std::clamp<std::size_t>(kRoomMax / (bytes + kFilledColumns), kLeast, kLinesMax);
}

void MergeBatch::clear() {
  text_.clear();
  lines_.clear();
  prefixes_.clear();
}
std::size_t MergeBatch::add(std::string_view record) {
  text_ += record;
  lines_.emplace_back().text_end = static_cast<std::uint32_t>(text_.size());
  return lines_.size() - 1;
}
void MergeBatch::is_rejected(std::size_t line, IdProblem problem) {
  lines_[line].kind = Kind::rejected;
  lines_[line].problem = problem;
}
void MergeBatch::is_id(std::size_t line, std::size_t rank) {
  lines_[line].kind = Kind::id;
  lines_[line].rank = rank;
}
void MergeBatch::is_duplicate(std::size_t line, std::size_t rank, std::uint64_t first_line) {
  lines_[line].kind = Kind::duplicate;
  lines_[line].rank = rank;
  lines_[line].first_line = first_line;
}

// By their keys, byte by byte from the last: lines with the same one stay in order. Bytes that all keys share, as most are,
// take no time.
void MergeBatch::sort_keyed() {
  std::uint64_t all = ~std::uint64_t{0}, any = 0;
  for (const KeyedLine& each : keyed_) {
    all &= each.key;
    any |= each.key;
  }
  sorted_.resize(keyed_.size());
  for (unsigned shift = 0; shift < 64; shift += 8) {
    if ((((all ^ any) >> shift) & 0xFF) == 0) continue;
    std::array<std::uint32_t, 257> begin{};
    for (const KeyedLine& each : keyed_) ++begin[((each.key >> shift) & 0xFF) + 1];
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    for (const KeyedLine& each : keyed_) sorted_[begin[(each.key >> shift) & 0xFF]++] = each;
    keyed_.swap(sorted_);
  }
}

void MergeBatch::fetch(const MergeAnswer& answer, MergeRoom& room) {
  find_rows(answer);
  make_prefixes(answer);
  make_room(answer, room);
  copy_rows(answer, room.text.get());
}

void MergeBatch::find_rows(const MergeAnswer& answer) {
  keyed_.clear();
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (lines_[i].kind == Kind::id || lines_[i].kind == Kind::duplicate)
      keyed_.push_back({lines_[i].rank, static_cast<std::uint32_t>(i)});
  }
  sort_keyed();
  std::vector<std::uint64_t> ranks;
  std::vector<RowPlace> places;
  std::size_t at = 0;
  for (std::size_t share = 0; share < answer.shares.size(); ++share) {
    const RowIndex& index = answer.shares[share];
    while (at < keyed_.size() && keyed_[at].key < index.ids().begin) ++at;
    const std::size_t begin = at;
    ranks.clear();
    for (; at < keyed_.size() && keyed_[at].key < index.ids().end; ++at) ranks.push_back(keyed_[at].key);
    places.resize(ranks.size());
    index.find(ranks, places);
    for (std::size_t i = 0; i < places.size(); ++i) {
      Line& line = lines_[keyed_[begin + i].line];
      line.share = static_cast<std::uint32_t>(share);
      line.place = places[i];
    }
  }
}

void MergeBatch::make_prefixes(const MergeAnswer& answer) {
  std::size_t begin = 0;
  for (Line& line : lines_) {
    append_list_fields(prefixes_, std::string_view(text_).substr(begin, line.text_end - begin), answer.form,
                       scratch_);
    append_status(answer, line);
    begin = line.text_end;
    line.prefix_end = static_cast<std::uint32_t>(prefixes_.size());
  }
}

// ",status,reason," and so up to the first column of the result.
void MergeBatch::append_status(const MergeAnswer& answer, const Line& line) {
  switch (line.kind) {
    case Kind::blank:
      prefixes_ += ",blank,,";
      return;
    case Kind::rejected:
      prefixes_ += ",rejected,";
      prefixes_ += problem_code(line.problem);
      prefixes_ += ',';
      return;
    case Kind::id:
    case Kind::duplicate:
      break;
  }
  const bool found = !line.place.empty();
  const bool unresolved = !found && is_unresolved(answer.unresolved, line.rank);
  std::string reason;
  if (!found && !unresolved && answer.suggestion) reason = answer.suggestion(line.rank);
  if (line.kind == Kind::id) {
    prefixes_ += found ? ",found," : unresolved ? ",unresolved," : ",missing,";
  } else {
    const std::string_view what = found ? "" : unresolved ? ", unresolved" : ", missing";
    prefixes_ += ",duplicate,";
    reason = fmt::format("first on line {}{}{}{}", line.first_line, what, reason.empty() ? "" : ": ", reason);
  }
  if (!reason.empty()) append_csv_field(prefixes_, reason);
  prefixes_ += ',';
}

// Everything but the rows, which have their places then.
void MergeBatch::make_room(const MergeAnswer& answer, MergeRoom& room) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    Line& line = lines_[i];
    const std::size_t rows = line.place.empty() ? answer.result_columns : line.place.bytes;
    const std::size_t more = prefix_size(i) + rows;
    if (line.place.chained || rows > kRoomMax || size + more > kRoomMax) continue;
    line.room = static_cast<std::uint32_t>(size);
    size += more;
  }
  if (room.size < size) {
    room.text = std::make_unique_for_overwrite<char[]>(size);
    room.size = size;
  }
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    const Line& line = lines_[i];
    if (line.room == kNoRoom) continue;
    const std::size_t prefix = prefix_size(i);
    char* at = room.text.get() + line.room;
    std::memcpy(at, prefixes_.data() + (line.prefix_end - prefix), prefix);
    if (!line.place.empty()) continue;
    at += prefix;
    std::memset(at, ',', answer.result_columns - 1);
    at[answer.result_columns - 1] = '\n';
  }
}

void MergeBatch::copy_rows(const MergeAnswer& answer, char* room) {
  for (std::size_t share = 0; share < answer.shares.size(); ++share) {
    keyed_.clear();
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      const Line& line = lines_[i];
      if (line.share == share && line.room != kNoRoom && !line.place.empty())
        keyed_.push_back({line.place.offset, static_cast<std::uint32_t>(i)});
    }
    sort_keyed();
    copy_rows(answer.shares[share], room);
  }
}

// In the order of the part, so that each of its pages is looked at once.
void MergeBatch::copy_rows(const RowIndex& share, char* room) {
  constexpr std::size_t kAhead = 3, kCacheLine = 64, kFetchedBytes = 512;
  const MappedFile& part = share.part();
  std::uint64_t window = 0;
  for (std::size_t i = 0; i < keyed_.size(); ++i) {
    if (i + kAhead < keyed_.size()) {
      const RowPlace& ahead = lines_[keyed_[i + kAhead].line].place;
      const char* const row = part.text(ahead.offset, ahead.bytes).data();
      for (std::size_t at = 0; at < std::min<std::size_t>(ahead.bytes, kFetchedBytes); at += kCacheLine)
        __builtin_prefetch(row + at);
    }
    Line& line = lines_[keyed_[i].line];
    // The kernel maps more than what is looked at: what is given back has no gaps.
    if (line.place.offset > window + MappedFile::kWindowBytes)
      part.give_back(std::exchange(window, line.place.offset), line.place.offset);
    const std::string_view rows = part.text(line.place.offset, line.place.bytes);
    line.several = rows.find('\n') + 1 != rows.size();  // or one that holds line feeds, which is as good
    std::memcpy(room + line.room + prefix_size(keyed_[i].line), rows.data(), rows.size());
  }
  if (!keyed_.empty()) part.give_back();
}

class MergeBatch::Writing {
 public:
  Writing(const MergeBatch& batch, const MergeAnswer& answer, const char* room, const Take& take,
          std::uint64_t& rows)
      : batch_(batch), answer_(answer), room_(room), take_(take), rows_(rows) {}

  // Lines with one row or none stand ready in the room, one behind the other.
  Result<void> run() {
    for (std::size_t i = 0; i < batch_.lines_.size(); ++i) {
      const Line& line = batch_.lines_[i];
      prefix_ = std::string_view(batch_.prefixes_)
                    .substr(line.prefix_end - batch_.prefix_size(i), batch_.prefix_size(i));
      if (line.room != kNoRoom && !line.several) {
        const std::size_t size =
            prefix_.size() + (line.place.empty() ? answer_.result_columns : line.place.bytes);
        FQ_TRY(stands_ready(line.room, size));
        continue;
      }
      FQ_TRY(give_ready());
      if (line.room != kNoRoom) {
        FQ_TRY(each_row({room_ + line.room + prefix_.size(), static_cast<std::size_t>(line.place.bytes)}));
      } else if (!line.place.empty()) {
        FQ_TRY(rows_from_part(line));
      } else {
        block_ += prefix_;
        block_.append(answer_.result_columns - 1, ',');
        block_ += '\n';
        ++rows_;
      }
    }
    if (read_parts_) {
      for (const RowIndex& index : answer_.shares) index.part().give_back();
    }
    FQ_TRY(give_ready());
    return flush();
  }

 private:
  Result<void> stands_ready(std::size_t begin, std::size_t size) {
    if (ready_size_ == 0) {
      FQ_TRY(flush());
      ready_begin_ = begin;
    }
    ready_size_ += size;
    ++rows_;
    return ready_size_ < kBlockBytes ? Result<void>() : give_ready();
  }

  Result<void> give_ready() {
    const std::size_t size = std::exchange(ready_size_, 0);
    return size == 0 ? Result<void>() : take_({room_ + ready_begin_, size});
  }

  Result<void> each_row(std::string_view rows) {
    while (!rows.empty()) {
      const std::size_t size = std::min(csv_record_size(rows), rows.size());
      block_ += prefix_;
      block_ += rows.substr(0, size);
      rows.remove_prefix(size);
      ++rows_;
      if (block_.size() >= kBlockBytes) FQ_TRY(flush());
      if (answer_.first_row_only) break;
    }
    return {};
  }

  // Rows for which there was no room: read where they are, and given back as they are done with.
  Result<void> rows_from_part(const Line& line) {
    const RowIndex& index = answer_.shares[line.share];
    read_parts_ = true;
    bool any = false;
    return index.each_piece(line.place, [&](std::uint64_t offset, std::uint64_t bytes) -> Result<void> {
      if (any && answer_.first_row_only) return {};
      any = true;
      for (const std::uint64_t end = offset + bytes; offset < end;) {
        // A stretch of whole rows.
        const std::string_view rest = index.part().text(offset, end - offset);
        std::size_t size = 0;
        do {
          size += std::min(csv_record_size(rest.substr(size)), rest.size() - size);
        } while (size < rest.size() && size < MappedFile::kWindowBytes && !answer_.first_row_only);
        FQ_TRY(each_row(rest.substr(0, size)));
        // All of it: the kernel maps more than what is looked at.
        looked_at_ += std::max(size, kMappedAround);
        if (looked_at_ > MappedFile::kWindowBytes) {
          index.part().give_back();
          looked_at_ = 0;
        }
        offset += size;
        if (answer_.first_row_only) break;
      }
      return {};
    });
  }

  Result<void> flush() {
    if (!block_.empty()) FQ_TRY(take_(block_));
    block_.clear();
    return {};
  }

  const MergeBatch& batch_;
  const MergeAnswer& answer_;
  const char* const room_;
  const Take& take_;
  std::uint64_t& rows_;
  std::string_view prefix_;  // of the line in hand
  std::size_t ready_begin_ = 0, ready_size_ = 0;
  std::string block_;
  std::size_t looked_at_ = 0;  // bytes of the parts that were not given back yet
  bool read_parts_ = false;
};

Result<void> MergeBatch::write(const MergeAnswer& answer, const MergeRoom& room, const Take& take,
                               std::uint64_t& rows) const {
  return Writing(*this, answer, room.text.get(), take, rows).run();
}

}  // namespace firmquery
