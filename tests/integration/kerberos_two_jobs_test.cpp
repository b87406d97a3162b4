// Two jobs in one process, at once, each signed in with a ticket cache of its own.
#include <thread>

#include "firmquery/db/kerberos.hpp"
#include "kerberos_case.hpp"
#include "run_case.hpp"

namespace firmquery::test {
namespace {

class KerberosTwoJobs : public KerberosCase {
 protected:
  Job job_of(const std::string& user) {
    const auto cache = directory_ / ("cc_" + user);
    realm().kdc.kinit(user, "secret", cache);
    Job job = make_job(directory_, realm().dsn("user=" + user), numbers(1, 2000),
                       "select firm_root_id, current_user::text as name from firm where firm_root_id in "
                       "({ID_PLACEHOLDER})",
                       user);
    KerberosOptions options;
    options.ticket_cache = "FILE:" + cache.string();
    options.wanted = options.required = true;
    job.connect.credentials = std::make_shared<Credentials>(options);
    return job;
  }
};

TEST_F(KerberosTwoJobs, EachIsWhoItsOwnCacheSays) {
  // What the library needs to know of the realm is the process's; who somebody is, is not.
  ::setenv("KRB5_CONFIG", config_.c_str(), 1);
  ::unsetenv("KRB5CCNAME");
  realm().server->execute("create role bob login; grant select on firm to bob");
  const Job alice = job_of("alice"), bob = job_of("bob");
  SilentLog log_alice, log_bob;
  Progress progress_alice, progress_bob;
  Result<RunOutcome> of_bob = fail(ErrorKind::usage, "not run");
  std::thread second([&] { of_bob = run_job(bob, progress_bob, log_bob, {}); });
  const auto of_alice = run_job(alice, progress_alice, log_alice, {});
  second.join();
  ASSERT_TRUE(of_alice) << of_alice.error().to_string();
  ASSERT_TRUE(of_bob) << of_bob.error().to_string();
  EXPECT_EQ(of_alice->report.authentication.principal, "alice@FIRMQUERY.TEST");
  EXPECT_EQ(of_bob->report.authentication.principal, "bob@FIRMQUERY.TEST");
  EXPECT_THAT(read_text(alice.out / "results.csv"), testing::HasSubstr("\n7,alice\n"));
  EXPECT_THAT(read_text(bob.out / "results.csv"), testing::HasSubstr("\n7,bob\n"));
}

}  // namespace
}  // namespace firmquery::test
