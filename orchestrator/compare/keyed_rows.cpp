#include "keyed_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace firmquery {

class KeyedRows::Writer : public UnitWriter {
 public:
  Writer(std::unique_ptr<UnitWriter> below, RowKey key, std::shared_ptr<ById> rows)
      : below_(std::move(below)), key_(key), rows_(std::move(rows)) {}
  Result<void> open() override { return below_->open(); }
  Result<void> row(std::string_view csv) override {
    std::string_view key;
    bool is_null = false;
    if (key_.read_csv(csv, scratch_, key, is_null) && !is_null)
      unit_.emplace_back(std::string(key), Digest::of(csv));
    return below_->row(csv);
  }
  Result<void> take_back() override {
    unit_.clear();
    return below_->take_back();
  }
  void finish(const FinishedUnit& unit) override {
    for (auto& [key, digest] : unit_) {
      RowsOfId& of_id = (*rows_)[std::move(key)];
      ++of_id.rows;
      of_id.digest += digest;
    }
    unit_.clear();
    below_->finish(unit);
  }
  Result<void> keep() override { return below_->keep(); }
  bool all_kept() const override { return below_->all_kept(); }
  std::uint64_t bytes() const override { return below_->bytes(); }
  bool broken() const override { return below_->broken(); }

 private:
  const std::unique_ptr<UnitWriter> below_;
  const RowKey key_;
  const std::shared_ptr<ById> rows_;
  std::vector<std::pair<std::string, Digest>> unit_;
  std::string scratch_;
};

Result<std::unique_ptr<UnitWriter>> KeyedRows::writer(Share& share, RowKey key) {
  FQ_TRY_ASSIGN(auto below, MeasuringStore::writer(share, key));
  shares_.push_back(std::make_shared<ById>());
  return std::make_unique<Writer>(std::move(below), key, shares_.back());
}

KeyedRows::ById KeyedRows::all() const {
  ById all;
  for (const auto& share : shares_) {
    for (const auto& [id, rows] : *share) {
      RowsOfId& of_id = all[id];
      of_id.rows += rows.rows;
      of_id.digest += rows.digest;
    }
  }
  return all;
}

std::vector<std::string> KeyedRows::differences(const KeyedRows& expected, const KeyedRows& other,
                                                const std::string& name) {
  constexpr std::size_t kMost = 5;
  const ById ours = expected.all(), theirs = other.all();
  std::map<std::string, std::string> found;  // sorted, so that they are the same each time
  std::uint64_t count = 0;
  const auto differ = [&](const std::string& id, std::string words) {
    ++count;
    found.emplace(id, std::move(words));
    if (found.size() > kMost) found.erase(std::prev(found.end()));
  };
  const auto rows_of = [](const ById& all, const std::string& id) {
    const auto at = all.find(id);
    return at == all.end() ? RowsOfId() : at->second;
  };
  for (const auto& [id, rows] : ours) {
    const RowsOfId other_rows = rows_of(theirs, id);
    if (rows == other_rows) continue;
    differ(id,
           rows.rows == other_rows.rows
               ? fmt::format("{} gives other values in the rows of ID {}", name, id)
               : fmt::format("{} gives {} of the {} rows of ID {}", name, other_rows.rows, rows.rows, id));
  }
  for (const auto& [id, rows] : theirs) {
    if (!ours.contains(id))
      differ(id, fmt::format("{} gives {} rows of ID {}, which has none", name, rows.rows, id));
  }
  std::vector<std::string> sentences;
  for (auto& [id, words] : found) sentences.push_back(std::move(words));
  if (count > sentences.size()) sentences.push_back(fmt::format("and {} more IDs", count - sentences.size()));
  return sentences;
}

}  // namespace firmquery
