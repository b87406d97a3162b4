// Whether two runs of the job on two hosts would know of each other.
#include "doctor_checks.hpp"
#include "preparing/job_lock.hpp"

namespace firmquery {

Checks check_job_lock(const Job& job, bool connected, const std::stop_token& stop) {
  const std::string name = "job lock";
  Checks checks;
  if (job.name.empty()) return checks;
  if (!connected) {
    checks.not_checked(name, "no connection");
    return checks;
  }
  JobLock lock(job);
  const auto answer = lock.try_take(stop);
  if (!answer) {
    checks.not_checked(name, answer.error().message);
    return checks;
  }
  switch (answer->kind) {
    case JobLock::Answer::Kind::held:
      checks.ok(name, answer->text + " keeps the runs of job " + job.name + " apart on all hosts");
      break;
    case JobLock::Answer::Kind::held_by_other:
      checks.warn(name, "another run of job " + job.name + " is in progress: " + answer->text,
                  "nothing, if that is expected: --on-overlap says what a run does then");
      break;
    case JobLock::Answer::Kind::nowhere:
      checks.warn(name,
                  "no server holds one, so that runs of job " + job.name +
                      " on several hosts do not know of each other: " + answer->text,
                  "schedule the job on one host; there the lock of its files holds");
      break;
  }
  lock.release();
  return checks;
}

}  // namespace firmquery
