// A run that leaves nothing: its rows are digested, and its figures are those that a directory would have.
#include <memory>
#include <utility>

#include "firmquery/output/run_directory.hpp"
#include "firmquery/run/unit_store.hpp"
#include "publishing/finish.hpp"
#include "reading/share.hpp"

namespace firmquery {

struct MeasuredRows {
  Digest digest;
  std::uint64_t bytes = 0;
};

class MeasuringStore::Writer : public UnitWriter {
 public:
  explicit Writer(std::shared_ptr<MeasuredRows> rows) : rows_(std::move(rows)) {}
  Result<void> open() override { return {}; }
  Result<void> row(std::string_view csv) override {
    unit_.digest += Digest::of(csv);
    unit_.bytes += csv.size();
    return {};
  }
  Result<void> take_back() override {
    unit_ = {};
    return {};
  }
  void finish(const FinishedUnit&) override {
    rows_->digest += unit_.digest;
    rows_->bytes += unit_.bytes;
    unit_ = {};
  }
  Result<void> keep() override { return {}; }
  bool all_kept() const override { return true; }
  std::uint64_t bytes() const override { return rows_->bytes + unit_.bytes; }
  bool broken() const override { return false; }

 private:
  const std::shared_ptr<MeasuredRows> rows_;
  MeasuredRows unit_;
};

Result<EarlierStart> MeasuringStore::begin(const JournalList& list) {
  measured_.clear();
  return EarlierStart{list.shares, {}, {}, {}, {}, {}, {}, {}};
}

Result<std::unique_ptr<UnitWriter>> MeasuringStore::writer(Share&, RowKey) {
  measured_.push_back(std::make_shared<MeasuredRows>());
  return std::make_unique<Writer>(measured_.back());
}

Result<void> MeasuringStore::publish(Report& report, StartReport& start, const Answer& answer) {
  const ListTotal missing = total_missing(answer.ids, answer.shares);
  report.result.missing = missing.count;
  report.result.missing_digest = missing.digest;
  const ListTotal unresolved = total_unresolved(answer.ids, answer.shares);
  report.result.unresolved = unresolved.count;
  report.result.unresolved_digest = unresolved.digest;
  FQ_TRY(check_proof(report));
  report.status = unresolved.count > 0 ? "partial" : "complete";
  end(report, start);
  return {};
}

bool MeasuringStore::ended(Report& report, StartReport& start, Error&) {
  end(report, start);
  return true;
}

void MeasuringStore::end(Report& report, StartReport& start) const {
  report.finished_at = utc_now();
  report.peak_rss_bytes = peak_rss_bytes();
  start.status = report.status;
  start.timing.total_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  report.starts = {start};
  sum_up_starts(report);
}

Digest MeasuringStore::rows_digest() const {
  Digest digest;
  for (const auto& rows : measured_) digest += rows->digest;
  return digest;
}

std::uint64_t MeasuringStore::bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& rows : measured_) bytes += rows->bytes;
  return bytes;
}

}  // namespace firmquery
