// Where the rows of each ID stand in a part file, on disk: 16 bytes an ID of the share, in an unlinked file of the run's
// directory. The rows themselves stay in the part. Both are read through mappings, whose pages are given back.
//
// Memory: about 4 MiB while it is built, then what is looked at. One thread builds it; any number may read it then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/id_set.hpp"
#include "firmquery/core/plan.hpp"
#include "firmquery/core/row_key.hpp"
#include "firmquery/output/descriptor.hpp"

namespace firmquery {

// The rows of one ID: so many bytes in one piece, none, or pieces that are chained.
struct RowPlace {
  std::uint64_t offset = 0, bytes = 0;
  bool chained = false;  // the two are the first and the last piece then
  bool empty() const { return !chained && bytes == 0; }
};

// The bytes of a file as memory. They count as memory of this process until they are given back.
class MappedFile {
 public:
  static constexpr std::uint64_t kWindowBytes = 4u << 20;  // that a reader looks at before it gives them back

  MappedFile() = default;
  // `path`: for messages.
  static Result<MappedFile> map(int file, std::uint64_t bytes, const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::string_view text(std::uint64_t offset, std::uint64_t bytes) const {
    return {data_ + offset, static_cast<std::size_t>(bytes)};
  }
  // With the pages that they share with others; who reads these again, in whatever thread, gets them again.
  void give_back(std::uint64_t begin, std::uint64_t end) const;
  void give_back() const { give_back(0, bytes_); }

 private:
  const char* data_ = nullptr;
  std::size_t bytes_ = 0;
};

class RowIndex {
 public:
  struct Part {
    std::filesystem::path path;
    std::uint64_t bytes = 0;  // that count
    Slice ids;                // of the share
  };
  // Reads the part once. Fails (integrity) where a row has no key of the share.
  static Result<RowIndex> build(const Part& part, const IdSet& ids, RowKey key,
                                const std::filesystem::path& directory, const std::stop_token& stop);

  Slice ids() const { return ids_; }
  std::uint64_t rows() const { return rows_; }
  std::uint64_t found() const { return found_; }
  const MappedFile& part() const { return part_; }

  // `ranks` are of ids(), ascending, perhaps repeated; `places` gets as many.
  void find(std::span<const std::uint64_t> ranks, std::span<RowPlace> places) const;
  // The pieces of a place, in the order of the part.
  Result<void> each_piece(
      const RowPlace& place,
      const std::function<Result<void>(std::uint64_t offset, std::uint64_t bytes)>& take) const;

 private:
  class Builder;
  RowIndex() = default;

  Slice ids_;
  std::filesystem::path directory_;
  Descriptor chain_;  // none where no ID's rows are apart
  MappedFile entries_, part_;
  std::uint64_t known_ = 0;  // entries that there are; those behind them have no rows
  std::uint64_t rows_ = 0, found_ = 0;
};

}  // namespace firmquery
