#include "preparing/job_lock.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <firmquery/sql_text.hpp>
#include <functional>
#include <utility>
#include <vector>

#include "firmquery/core/digest.hpp"
#include "firmquery/db/dialect.hpp"
#include "reading/retry_policy.hpp"

namespace firmquery {
namespace {

// How often the session is looked after: a lock that was lost is noticed by then, and no firewall takes the session for
// dead.
constexpr std::chrono::seconds kBeat{5};
constexpr std::chrono::seconds kPatience{10};
constexpr std::chrono::seconds kWaitForOther{1};
constexpr std::size_t kNameMax = 63;  // of an application, in bytes; PostgreSQL cuts what is longer

std::string this_host() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

// Who meets the lock sees where it comes from.
std::string application_name(const std::string& own) {
  std::string name = fmt::format("{} job lock, {} pid {}", own, this_host(), ::getpid());
  if (name.size() > kNameMax) name.resize(kNameMax);
  return name;
}

bool is_cockroachdb(const Session& session) {
  return session.server_version_text().starts_with("CockroachDB");
}

// Of others that speak the protocol nobody knows.
bool is_postgresql_itself(const Session& session) {
  const std::string& text = session.server_version_text();
  return text.starts_with("PostgreSQL ") && text.find("-YB-") == std::string::npos;
}

// The server answers, and has no such lock for this role.
bool has_none(const Error& error) {
  return !error.sqlstate.empty() && (error.kind == ErrorKind::query || error.kind == ErrorKind::permission ||
                                     error.sqlstate.starts_with("0A"));
}

// The other server of a job, where runs on other hosts ask the same one.
bool has_staging_server(const Job& job) {
  return job.staging_target == ServerChoice::named && !job.staging.dsn.empty();
}

}  // namespace

std::int64_t job_lock_key(std::string_view job) {
  return static_cast<std::int64_t>(Digest::of("firmquery/job/" + std::string(job)).low());
}

JobLock::JobLock(const Job& job) : job_(job), key_(job_lock_key(job.name)) {}

JobLock::~JobLock() {
  own_.request_stop();
}

Result<Session> JobLock::open(const ConnectOptions& options) const {
  ConnectOptions mine = options;
  mine.stop = own_.get_token();
  mine.application_name = application_name(options.application_name);
  FQ_TRY_ASSIGN(Session session, Session::open(mine));
  session.set_patience(kPatience);
  Dialect dialect;
  if (is_cockroachdb(session)) dialect.kind = DialectKind::cockroachdb;
  FQ_TRY(set_up_session(session, dialect, SessionSettings{std::chrono::duration<double>(kPatience).count()}));
  return session;
}

// Read committed: between its statements the transaction sees nothing, and holds back no vacuum.
Result<bool> JobLock::lock(Session& session) const {
  FQ_TRY(
      session.execute(is_cockroachdb(session) ? "begin" : "begin isolation level read committed read only"));
  FQ_TRY_ASSIGN(const Rows rows,
                session.execute(std::string(sql::postgresql::job_lock), {std::to_string(key_)}));
  return rows.size() == 1 && rows.at(0, 0) == "t";
}

Result<JobLock::Answer> JobLock::try_on(const ConnectOptions& options) {
  using Kind = Answer::Kind;
  FQ_TRY_ASSIGN(Session session, open(options));
  auto locked = lock(session);
  if (!locked && has_none(locked.error())) return Answer{Kind::nowhere, locked.error().to_string()};
  FQ_TRY(locked);
  if (!*locked) return Answer{Kind::held_by_other, holder(session)};
  if (!is_postgresql_itself(session)) {
    FQ_TRY_ASSIGN(Session second, open(options));
    FQ_TRY_ASSIGN(const bool again, lock(second));
    if (again) {
      return Answer{Kind::nowhere,
                    fmt::format("{} gives its advisory locks to everybody who asks", session.name())};
    }
  }
  backend_.clear();
  if (!is_cockroachdb(session)) {
    FQ_TRY_ASSIGN(const Rows backend, session.execute("select pg_backend_pid()"));
    backend_ = backend.at(0, 0);
  }
  home_ = options;
  session_.emplace(std::move(session));
  return Answer{Kind::held, fmt::format("advisory lock {} on {}", key_, session_->name())};
}

Result<JobLock::Answer> JobLock::try_take(const std::stop_token& stop) {
  // Until it is held it heeds the run's stop, and then its own alone.
  const std::stop_callback<std::function<void()>> heed(stop, [this] { own_.request_stop(); });
  FQ_TRY_ASSIGN(Answer answer, try_on(job_.connect));
  if (answer.kind != Answer::Kind::nowhere || !has_staging_server(job_)) return answer;
  FQ_TRY_ASSIGN(Answer other, try_on(job_.staging));
  if (other.kind == Answer::Kind::nowhere) other.text = answer.text + "; " + other.text;
  return other;
}

std::string JobLock::holder(Session& session) const {
  (void)session.execute("rollback");
  const auto rows = session.execute(std::string(sql::postgresql::job_lock_holder), {std::to_string(key_)});
  if (!rows || rows->size() == 0) return "a session that this role cannot see";
  std::string text = fmt::format("session {}", rows->at(0, 0));
  const auto add = [&](std::size_t column, std::string_view before, std::string_view after = {}) {
    if (!rows->at(0, column).empty()) text += fmt::format("{}{}{}", before, rows->at(0, column), after);
  };
  add(1, " (", ")");
  add(2, " of role ");
  add(3, " from ");
  add(4, ", since ");
  return text;
}

void JobLock::keep(EventStream& events, RunStop& stop) {
  watcher_ =
      std::jthread([this, &events, &stop](const std::stop_token& ended) { watch(ended, events, stop); });
}

void JobLock::watch(const std::stop_token& ended, EventStream& events, RunStop& stop) {
  while (sleep_for(kBeat, ended)) {
    if (session_ && session_->alive() && session_->execute("select 1")) continue;
    session_.reset();
    if (!take_again(events, stop)) return;
  }
}

// False: there is nothing left to look after. A server that cannot be reached is asked again at the next beat: what that
// does to the run, the run finds out for itself.
bool JobLock::take_again(EventStream& events, RunStop& stop) {
  const std::string before = backend_;
  const auto answer = try_on(home_);
  if (!answer) return true;
  if (answer->kind == Answer::Kind::held) {
    events.emit(event::Warning{
        fmt::format("the session that held the lock of job {} was lost; it is held again", job_.name)});
    return true;
  }
  // The server has not noticed yet that the lost session is gone.
  if (!before.empty() && answer->text.starts_with(fmt::format("session {} ", before))) {
    if (auto session = open(home_)) (void)session->execute("select pg_terminate_backend($1::int)", {before});
    return true;
  }
  stop.stop_because({ErrorKind::transient,
                     fmt::format("the session that held the lock of job {} was lost, and {} has the lock now",
                                 job_.name, answer->text),
                     {},
                     {},
                     {}});
  return false;
}

void JobLock::release() {
  if (watcher_.joinable()) {
    watcher_.request_stop();
    watcher_.join();
  }
  if (session_ && session_->alive()) (void)session_->execute("rollback");
  session_.reset();
}

Result<void> lock_job(JobLock& lock, const Job& job, EventStream& events, RunStop& stop) {
  using Kind = JobLock::Answer::Kind;
  if (job.name.empty()) return {};
  RetryPolicy retry(job);
  for (unsigned attempt = 0;;) {
    const auto answer = lock.try_take(stop.token());
    if (stop.token().stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
    if (!answer) {
      const Recovery recovery = recovery_of(answer.error());
      const bool again =
          (recovery == Recovery::retry || recovery == Recovery::reconnect) && retry.allows(attempt);
      if (!again || !retry.pause(attempt++, stop.token())) return Failure(answer.error());
      continue;
    }
    if (answer->kind == Kind::nowhere) {
      events.emit(event::Note{
          fmt::format("no server holds a lock of job {} for all hosts: {}", job.name, answer->text)});
      return {};
    }
    if (answer->kind == Kind::held) {
      events.emit(event::Note{fmt::format("job {} is locked for all hosts: {}", job.name, answer->text)});
      lock.keep(events, stop);
      return {};
    }
    if (job.on_overlap != OnOverlap::wait) {
      return fail(ErrorKind::overlap,
                  fmt::format("another run of job {} is in progress: {}", job.name, answer->text), {},
                  "wait for it to end, or say --on-overlap wait or --on-overlap skip");
    }
    if (!sleep_for(kWaitForOther, stop.token())) return fail(ErrorKind::interrupted, "interrupted");
  }
}

}  // namespace firmquery
