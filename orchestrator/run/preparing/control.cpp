#include "preparing/control.hpp"

#include <fmt/format.h>

#include <chrono>
#include <firmquery/sql_text.hpp>

namespace firmquery {

Result<void> Control::open() {
  ConnectOptions options = job_.connect;
  options.host_offset = opened_++;
  session_.reset();
  FQ_TRY_ASSIGN(session_, Session::open(options));
  if (dialect_.version.empty()) {
    FQ_TRY_ASSIGN(dialect_, probe_dialect(*session_));
  }
  FQ_TRY(set_up_session(*session_, dialect_, SessionSettings{job_.query_timeout.count()}));
  if (!read_only_) return {};
  FQ_TRY(session_->execute("set session characteristics as transaction read only"));
  return {};
}

Result<void> Control::connect(std::stop_token stop) {
  return attempt([](Session&) { return Result<void>(); }, std::move(stop));
}

Result<void> Control::attempt(const std::function<Result<void>(Session&)>& work, std::stop_token stop) {
  for (unsigned attempt = 0;; ++attempt) {
    auto done = session_ && session_->alive() ? Result<void>() : open();
    if (done) done = work(*session_);
    if (done) return done;
    // What lacked memory or the like cannot be made smaller here, and may go through the next time; what ran into its
    // time limit would do so again.
    const bool shrink = recovery_of(done.error()) == Recovery::shrink && !done.error().timed_out;
    const Recovery recovery = shrink ? Recovery::retry : recovery_of(done.error());
    if ((recovery != Recovery::retry && recovery != Recovery::reconnect) || !retry_.allows(attempt))
      return done;
    events_.emit(event::Retried{0, Work::control, {}, done.error()});
    if (!retry_.pause(attempt, stop)) return fail(ErrorKind::interrupted, "interrupted");
    if (recovery == Recovery::reconnect) session_.reset();
    // A transaction that the failure has ended takes no statement but this one.
    if (session_ && session_->alive() && session_->in_failed_transaction() && !session_->execute("rollback"))
      session_.reset();
  }
}

Result<void> Control::clean_up(const std::function<Result<void>(Session&)>& work) {
  constexpr std::chrono::seconds patience{5};
  session_.reset();
  ConnectOptions options = job_.connect;
  options.stop = {};
  options.overrides.emplace_back("connect_timeout", std::to_string(patience.count()));
  FQ_TRY_ASSIGN(session_, Session::open(options));
  return work(*session_);
}

Result<std::string> cluster_identity(Session& session, const Dialect& dialect) {
  const auto rows = session.execute(std::string(
      dialect.is_cockroachdb() ? sql::cockroachdb::cluster_identity : sql::postgresql::cluster_identity));
  if (!rows && !session.alive()) return Failure(rows.error());
  return rows && rows->size() == 1 ? fmt::format("{}/{}", rows->at(0, 0), session.database()) : "";
}

std::string session_text(const SessionReport& session) {
  return fmt::format("time zone {}, dates {}, intervals {}, extra_float_digits {}, bytea {}, row_security {}",
                     session.time_zone, session.date_style, session.interval_style,
                     session.extra_float_digits, session.bytea_output, session.row_security);
}

}  // namespace firmquery
