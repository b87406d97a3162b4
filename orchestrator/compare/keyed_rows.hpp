// Which IDs have which rows: a store that remembers a digest for each. Private to compare.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "firmquery/run/unit_store.hpp"

namespace firmquery {

struct RowsOfId {
  std::uint64_t rows = 0;
  Digest digest;
  friend bool operator==(const RowsOfId&, const RowsOfId&) = default;
};

// Memory: about a hundred bytes an ID that was found.
class KeyedRows : public MeasuringStore {
 public:
  Result<std::unique_ptr<UnitWriter>> writer(Share& share, RowKey key) override;

  // What the two do not agree on, as sentences: a few, and how many in all.
  static std::vector<std::string> differences(const KeyedRows& expected, const KeyedRows& other,
                                              const std::string& name);

 private:
  class Writer;
  using ById = std::unordered_map<std::string, RowsOfId>;
  ById all() const;
  std::vector<std::shared_ptr<ById>> shares_;
};

}  // namespace firmquery
