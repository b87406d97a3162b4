// The lock of a named job over all hosts: an advisory lock of the server that the job reads from, or, where that holds
// none, of the server that its query of IDs is asked of. See docs/adr/0032-job-locks.md.
//
// It is a lock of a transaction on a session of its own, which does nothing else: the server gives it back when the session
// ends, however it ends, also behind a pooler that lends its sessions for a transaction. Stubs that say yes to everybody are
// found out by asking twice.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "firmquery/core/error.hpp"
#include "firmquery/db/session.hpp"
#include "firmquery/job/job.hpp"
#include "firmquery/run/events.hpp"
#include "run_stop.hpp"

namespace firmquery {

// The lower half of the XXH3-128 (seed 0) of "firmquery/job/NAME", as a signed number.
std::int64_t job_lock_key(std::string_view job);

// Used by one thread at a time.
class JobLock {
 public:
  explicit JobLock(const Job& job);
  ~JobLock();  // ends the session, and the lock with it
  JobLock(const JobLock&) = delete;
  JobLock& operator=(const JobLock&) = delete;

  struct Answer {
    enum class Kind : std::uint8_t { held, held_by_other, nowhere } kind;
    std::string text;  // where; by whom; why not
  };
  // Tries once. Fails where a server cannot be asked.
  Result<Answer> try_take(const std::stop_token& stop);

  // After it was taken: looks after it in a thread of its own until release(). When its session is lost, it is taken again;
  // where another run was faster, this one is stopped.
  void keep(EventStream& events, RunStop& stop);

  // Gives it back, so that whoever is started next does not meet it.
  void release();

 private:
  Result<Session> open(const ConnectOptions& options) const;
  Result<Answer> try_on(const ConnectOptions& options);
  Result<bool> lock(Session& session) const;
  void watch(const std::stop_token& ended, EventStream& events, RunStop& stop);
  bool take_again(EventStream& events, RunStop& stop);
  std::string holder(Session& session) const;

  const Job& job_;
  const std::int64_t key_;
  std::stop_source own_;  // of the sessions: the lock outlives the run's stop
  ConnectOptions home_;   // where it is held
  std::optional<Session> session_;
  std::string backend_;  // its process, as the server calls it
  std::jthread watcher_;
};

// Takes the lock of a job with a name, as the job wants it where another run holds it: fails with kind overlap, for fail and
// skip, or waits. Where no server holds one, a note says so. Retries as the job allows.
Result<void> lock_job(JobLock& lock, const Job& job, EventStream& events, RunStop& stop);

}  // namespace firmquery
