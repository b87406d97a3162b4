// The audit log as a consumer of the run's events: how the run began, who signed in where, and how it ended.
#pragma once

#include <optional>

#include "firmquery/job/job.hpp"
#include "firmquery/output/run_directory.hpp"
#include "firmquery/run/events.hpp"

namespace firmquery {

class AuditObserver : public Observer {
 public:
  // `job` and `audit` must outlive it; `audit` may become another log between two events, and then hears of
  // the connection again.
  AuditObserver(const Job& job, AuditLog& audit) : job_(job), audit_(audit) {}
  void on(const Event& event) override;

  // A run whose audit log cannot be written does not go on: the first failure.
  const Result<void>& outcome() const { return outcome_; }

 private:
  Result<void> write(const event::Started& started);
  Result<void> write(const event::Connected& connected);
  Result<void> write(const event::Asked& asked);
  Result<void> write(const event::Concluded& concluded);

  const Job& job_;
  AuditLog& audit_;
  std::optional<event::Connected> connected_;
  Result<void> outcome_;
};

}  // namespace firmquery
