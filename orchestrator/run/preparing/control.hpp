// The session beside the workers: it finds things out, holds or takes the run's instant, makes and drops the
// staging table. Used by the run's own thread alone.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "firmquery/db/dialect.hpp"
#include "firmquery/db/session.hpp"
#include "firmquery/job/job.hpp"
#include "firmquery/run/events.hpp"
#include "reading/retry_policy.hpp"

namespace firmquery {

class Control {
 public:
  // Read only: each of its sessions is, whatever the query calls.
  Control(const Job& job, RetryPolicy& retry, EventStream& events, bool read_only)
      : job_(job), retry_(retry), events_(events), read_only_(read_only) {}

  // What the server is, where that is known already: it is not asked.
  void know(Dialect dialect) { dialect_ = std::move(dialect); }

  // Connects, with the job's retries, and finds the dialect. Requires for everything else.
  Result<void> connect(std::stop_token stop);

  // Runs work that depends on nothing the session held before: a lost connection is replaced, by another node
  // where there are several, and transient failures are repeated within the job's retries.
  Result<void> attempt(const std::function<Result<void>(Session&)>& work, std::stop_token stop);

  // After a stop request, which ends everything on the session there was: one try, on a new session that pays
  // no heed to it and has little patience.
  Result<void> clean_up(const std::function<Result<void>(Session&)>& work);

  Session& session() { return *session_; }
  const Dialect& dialect() const { return dialect_; }
  bool connected() const { return session_.has_value(); }

 private:
  Result<void> open();

  const Job& job_;
  RetryPolicy& retry_;
  EventStream& events_;
  const bool read_only_;
  std::optional<Session> session_;
  Dialect dialect_;
  unsigned opened_ = 0;
};

// Of the cluster and the database; empty where this role may not know.
Result<std::string> cluster_identity(Session& session, const Dialect& dialect);

// How the sessions read, in words: for the journal, and for who has changed it.
std::string session_text(const SessionReport& session);

}  // namespace firmquery
