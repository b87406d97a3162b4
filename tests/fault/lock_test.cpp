// A table that somebody has locked: the run says who, waits its turn, and blames no index.
#include <libpq-fe.h>

#include <memory>

#include "fault/fault_case.hpp"

namespace firmquery::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Somebody else's transaction that has locked the table, until release().
class Migration {
 public:
  explicit Migration(const std::string& dsn)
      : connection_(PQconnectdb((dsn + " application_name=migration").c_str()), &PQfinish) {
    execute("begin");
    execute("lock table firm in access exclusive mode");
  }
  void release() { execute("rollback"); }
  std::string pid() const { return std::to_string(PQbackendPID(connection_.get())); }

 private:
  void execute(const char* sql) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> done(PQexec(connection_.get(), sql), &PQclear);
    if (PQresultStatus(done.get()) != PGRES_COMMAND_OK) {
      throw std::runtime_error(PQerrorMessage(connection_.get()));
    }
  }
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

class LockedTable : public FaultCase {
 protected:
  static auto names_the_holder(const Migration& holder) {
    return AllOf(HasSubstr("waits for a lock on firm"), HasSubstr("session " + holder.pid() + " of role"),
                 HasSubstr("(migration), idle in transaction, in a transaction since "), HasSubstr("55P03"),
                 HasSubstr("select pg_terminate_backend(" + holder.pid() + ")"), Not(HasSubstr("index")));
  }
};

TEST_F(LockedTable, IsToldWithItsHolder) {
  Migration holder(server().dsn());
  const Ended ended = run(arguments(server().dsn(), {"--lock-timeout", "1", "--max-retries", "0"}));
  expect_no_answer(ended, 4);
  EXPECT_THAT(ended.err, names_the_holder(holder));
  // A limit for each statement is one for locks too.
  const Ended shorter = run(arguments(server().dsn(), {"--query-timeout", "2", "--max-retries", "0"}));
  expect_no_answer(shorter, 4);
  EXPECT_THAT(shorter.err, names_the_holder(holder));
}

TEST_F(LockedTable, PlanAndDoctorSayTheSame) {
  Migration holder(server().dsn());
  for (const char* command : {"plan", "doctor"}) {
    std::vector<std::string> dry = arguments(server().dsn(), {"--lock-timeout", "1"});
    dry[0] = command;
    const ProcessResult ended = run_process(FIRMQUERY_BINARY, dry);
    EXPECT_EQ(ended.exit_code, 4) << ended.err;
    EXPECT_THAT(ended.out + ended.err,
                AllOf(HasSubstr("session " + holder.pid() + " of role"), HasSubstr("55P03")));
  }
}

TEST_F(LockedTable, IsReadWhenTheLockIsGone) {
  std::optional<Migration> holder(server().dsn());
  const Ended ended = run(arguments(server().dsn(), {"--lock-timeout", "1"}), [&](Process& process) {
    EXPECT_TRUE(process.wait_for_err("trying again", std::chrono::minutes(10)));
    EXPECT_THAT(process.err(), HasSubstr("session " + holder->pid()));
    holder->release();
  });
  expect_complete(ended);
}

// A role that may not look at others' sessions still learns which one it is.
TEST_F(LockedTable, AnOrdinaryRoleLearnsTheSession) {
  server().execute("drop role if exists plain; create role plain login; grant select on firm to plain");
  Migration holder(server().dsn());
  const Ended ended =
      run(arguments(server().dsn() + " user=plain", {"--lock-timeout", "1", "--max-retries", "0"}));
  EXPECT_EQ(ended.exit_code, 4) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("session " + holder.pid() + " of role " + server().user()));
  holder.release();
  server().execute("drop owned by plain; drop role plain");
}

}  // namespace
}  // namespace firmquery::test
