// Where the rows of one unit go as they arrive: the reconciler, which knows whether they were asked for, and
// the writer. Private to the worker.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string_view>

#include "firmquery/core/reconcile.hpp"
#include "firmquery/db/session.hpp"
#include "firmquery/run/events.hpp"
#include "firmquery/run/unit_store.hpp"

namespace firmquery {

class UnitSink : public RowSink {
 public:
  // `session`: as events number it. `scan`: rows that were not asked for come too, and are left out.
  UnitSink(UnitWriter& writer, Reconciler& reconciler, EventStream& events, unsigned session,
           const std::stop_token& stop, bool scan)
      : writer_(writer),
        reconciler_(reconciler),
        events_(events),
        stop_(stop),
        session_(session),
        scan_(scan) {}

  Result<void> row(std::string_view csv, std::string_view key, bool key_is_null) override {
    if (scan_) {
      FQ_TRY_ASSIGN(const bool asked_for, reconciler_.offer(key, key_is_null));
      if (!asked_for) return ++left_out_ % kLook == 0 ? look_at_stop() : Result<void>();
    } else {
      FQ_TRY(reconciler_.row(key, key_is_null));
    }
    FQ_TRY(writer_.row(csv));
    if (++pending_ < kLook) return {};
    tell();
    return look_at_stop();
  }

  // What has arrived is told.
  void tell() {
    if (pending_ == 0) return;
    events_.emit(event::RowsArrived{session_, pending_});
    told_ += pending_;
    pending_ = 0;
  }

  std::uint64_t told_rows() const { return told_; }
  std::uint64_t left_out_rows() const { return left_out_; }

 private:
  static constexpr std::uint64_t kLook = 1024;

  // A server that ignores cancel requests is left at the next row.
  Result<void> look_at_stop() const {
    if (stop_.stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
    return {};
  }

  UnitWriter& writer_;
  Reconciler& reconciler_;
  EventStream& events_;
  const std::stop_token& stop_;
  const unsigned session_;
  const bool scan_;
  std::uint64_t pending_ = 0, told_ = 0, left_out_ = 0;
};

}  // namespace firmquery
