// A share's rows in a part file, and its finished ranges in the journal. See
// docs/adr/0006-parts-and-journal.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "firmquery/core/digest.hpp"
#include "firmquery/output/files.hpp"
#include "firmquery/output/journal.hpp"
#include "firmquery/run/unit_store.hpp"

namespace firmquery {

class PartWriter : public UnitWriter {
 public:
  // `kept`: bytes of the file that finished units of an earlier process have, as the journal says.
  PartWriter(std::filesystem::path path, unsigned share, Journal& journal, std::uint64_t kept)
      : path_(std::move(path)), share_(share), journal_(journal), kept_(kept) {}

  Result<void> open() override;
  Result<void> row(std::string_view csv) override;
  Result<void> take_back() override;
  void finish(const FinishedUnit& unit) override;
  Result<void> keep() override;
  bool all_kept() const override { return finished_.slice.empty(); }
  std::uint64_t bytes() const override { return part_ ? part_->offset() : kept_; }
  bool broken() const override { return broken_; }

  const std::filesystem::path& path() const { return path_; }
  std::uint64_t kept() const { return kept_; }

 private:
  const std::filesystem::path path_;
  const unsigned share_;
  Journal& journal_;
  std::uint64_t kept_;
  std::optional<PartFile> part_;
  std::uint64_t unit_begin_ = 0;  // where the open unit's rows begin
  JournalUnit finished_;          // units that are not in the journal yet
  ByteDigest bytes_, before_;     // of their rows; before the open unit
  bool broken_ = false;
};

// Brings back what the journal says of the share: the rows of its part file are read again, as far as they
// count, and compared with the journal, byte for byte by their digest; what lies behind them is cut off.
// Returns how many bytes count. Fails (integrity) when they differ.
Result<std::uint64_t> restore_share(Share& share, const std::filesystem::path& part,
                                    const std::vector<JournalUnit>& units, RowKey key);

}  // namespace firmquery
