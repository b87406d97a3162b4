// The main job signed in by Kerberos: tickets from a cache and from a keytab, tickets that end during the
// run, and what is demanded of the server.
#include <functional>

#include "kerberos_case.hpp"
#include "support/moving_clock.hpp"
#include "support/temp_dir.hpp"

namespace firmquery::test {
namespace {

using testing::HasSubstr;
using testing::Not;

// In lists, so that a unit of work is done between two losses.
const std::string kSlow = std::string("select firm_root_id, name, ") + KerberosRealm::kPause +
                          "::text as waited from firm where firm_root_id in ({ID_PLACEHOLDER})";

std::string ids_to(int last) {
  std::string text;
  for (int id = 1; id <= last; ++id) text += std::to_string(id) + "\n";
  return text;
}

class KerberosRun : public KerberosCase {};

TEST_F(KerberosRun, ATicketGotByPassword) {
  realm().kdc.kinit("alice", "secret", cache_);
  const ProcessResult result = firmquery(run_arguments(realm().dsn("user=alice"), "1\n2\n20000\n", kSql));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const nlohmann::json report = nlohmann::json::parse(result.out);
  EXPECT_EQ(report["result"]["found"], 2);
  EXPECT_EQ(report["authentication"]["method"], "gss");
  EXPECT_EQ(report["authentication"]["principal"], "alice@FIRMQUERY.TEST");
  EXPECT_GT(report["left"]["ticket_s"].get<double>(), 0);
  EXPECT_EQ(report["authentication"]["gss_encrypted"], true);  // PostgreSQL can, and libpq prefers it
  EXPECT_THAT(
      read_text(out_ / "audit.jsonl"),
      HasSubstr(R"("authentication":"gss","principal":"alice@FIRMQUERY.TEST","gss_encrypted":"true")"));
  EXPECT_THAT(flat(result.err), HasSubstr("by Kerberos as alice@FIRMQUERY.TEST, encrypted by GSSAPI"));
}

TEST_F(KerberosRun, AKeytabAndNoUsersCache) {
  const auto keytab = realm().kdc.keytab("alice.keytab", {"alice"});
  const ProcessResult result =
      firmquery(run_arguments(realm().dsn("gssencmode=disable"), "1\n2\n", kSql) +
                std::vector<std::string>{"--principal", "alice", "--keytab", keytab, "--require-auth", "gss",
                                         "--spn", "postgres/localhost@FIRMQUERY.TEST"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const nlohmann::json report = nlohmann::json::parse(result.out);
  EXPECT_EQ(report["authentication"]["principal"], "alice@FIRMQUERY.TEST");
  EXPECT_EQ(report["authentication"]["gss_encrypted"], false);
  EXPECT_FALSE(report.contains("left"));  // the keytab gets another ticket
  EXPECT_FALSE(std::filesystem::exists(cache_));
  // The journal has the keytab's path, which a resumed run needs.
  for (const char* file : {"report.json", "audit.jsonl", "manifest.json"}) {
    EXPECT_THAT(read_text(out_ / file), Not(HasSubstr("alice.keytab"))) << file;
  }
}

TEST_F(KerberosRun, AJobFileSaysItAll) {
  const auto keytab = realm().kdc.keytab("job.keytab", {"alice"});
  const auto job = directory_.write(
      "job.yaml",
      "input: {ids: ids}\nquery: {sql: '" + std::string(kSql) + "'}\ndatabase: {dsn: '" + realm().dsn() +
          "'}\nkerberos:\n  principal: alice@FIRMQUERY.TEST\n  keytab: " + keytab.string() +
          "\n  krb5_conf: " + config_.string() + "\n  ticket_cache: " + (directory_ / "kept").string() +
          "\n  spn: postgres/localhost@FIRMQUERY.TEST\n  require_auth: gss\n");
  directory_.write("ids", "1\n2\n");
  // The environment would be stronger than the file.
  ProcessOptions bare = environment();
  bare.environment["KRB5_CONFIG"] = bare.environment["KRB5CCNAME"] = std::nullopt;
  const ProcessResult result = run_process(FIRMQUERY_BINARY, {"run", job, "--out", out_}, bare);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  // The cache that is named together with the keytab is where the tickets are kept, and found the next time.
  EXPECT_TRUE(realm().kdc.has_valid_ticket(directory_ / "kept"));
  const std::size_t asked = realm().kdc.logged("AS_REQ", "alice@");
  EXPECT_EQ(run_process(FIRMQUERY_BINARY, {"run", job, "--out", directory_ / "again"}, bare).exit_code, 0);
  EXPECT_EQ(realm().kdc.logged("AS_REQ", "alice@"), asked);
}

// What happens when a ticket ends in the middle of a run.
class KerberosTickets : public KerberosCase {
 protected:
  static constexpr int kIds = 5000;
  // Tickets live four minutes, and clocks may differ by five. The program's clock stands still: in this time a
  // ticket is due to be replaced, but valid; and in that one it has ended.
  static constexpr std::chrono::seconds kTicketEnding{225}, kTicketEnded{290};

  void SetUp() override {
    if (const std::string obstacle = MovingClock::obstacle(); !obstacle.empty()) GTEST_SKIP() << obstacle;
    begin_ = std::chrono::system_clock::now();
    clock_.stop_at(begin_);
  }
  void move_clock(std::chrono::seconds by) const { clock_.stop_at(begin_ + by); }

  // Half a second a unit: slow until the test sets the pause to 0.
  std::vector<std::string> slow_arguments(int ids, const std::vector<std::string>& more,
                                          const std::string& user = {}) {
    realm().set_pause(20);
    return run_arguments(realm().dsn(user), ids_to(ids), kSlow) +
           std::vector<std::string>{"--strategy",    "in-list", "--chunk-size",  "25",
                                    "--max-retries", "20",      "--retry-delay", "0.1"} +
           more;
  }
  Process start(const std::vector<std::string>& arguments) {
    ProcessOptions options = environment();
    clock_.show_to(options);
    return Process::start(FIRMQUERY_BINARY, arguments, options);
  }
  void wait_until(Process& child, const std::function<bool()>& condition) {
    while (!condition()) {
      if (child.wait(std::chrono::milliseconds(20)))
        throw std::runtime_error("it has ended:\n" + child.err());
    }
  }
  std::string journal() const {
    const auto path = out_ / "journal.jsonl";
    return std::filesystem::exists(path) ? read_text(path) : "";
  }
  // Something has been read, so that the run can be resumed.
  void wait_for_progress(Process& child) {
    wait_until(child, [this] { return journal().find("found") != std::string::npos; });
  }
  // Runs the slow job and ends its sessions again and again, as its ticket has nearly ended, until `enough`.
  ProcessResult run_with_losses(const std::vector<std::string>& more, const std::function<bool()>& enough) {
    Process child = start(slow_arguments(kIds, more));
    wait_for_progress(child);
    move_clock(kTicketEnding);
    for (int losses = 0; losses < 3 || !enough(); ++losses) {
      const std::string before = journal();
      wait_until(child, [] { return realm().end_sessions() > 0; });
      wait_until(child, [&] { return journal() != before; });
    }
    realm().set_pause(0);
    const auto exit = child.wait(std::chrono::minutes(10));
    if (!exit) throw std::runtime_error("the run does not get on:\n" + child.err());
    return {*exit, child.out(), child.err()};
  }
  MovingClock clock_{directory_};
  std::chrono::system_clock::time_point begin_;

  void expect_all_found(const ProcessResult& result) {
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const nlohmann::json report = nlohmann::json::parse(result.out);
    EXPECT_EQ(report["status"], "complete");
    EXPECT_EQ(report["result"]["found"], kIds);
    EXPECT_EQ(run_process(FIRMQUERY_BINARY, {"verify", out_}).exit_code, 0);
  }
};

TEST_F(KerberosTickets, OneThatEndsIsGotAgainFromTheKeytab) {
  config_ = realm().kdc.config("short.conf", " ticket_lifetime = 4m\n");
  const auto keytab = realm().kdc.keytab("again.keytab", {"alice"});
  const std::size_t asked = realm().kdc.logged("AS_REQ", "ISSUE"), opened = realm().logged("method=gss");
  const ProcessResult result = run_with_losses({"--principal", "alice", "--keytab", keytab}, [&] {
    return realm().kdc.logged("AS_REQ", "ISSUE") >= asked + 2;
  });
  expect_all_found(result);
  EXPECT_GE(realm().kdc.logged("AS_REQ", "ISSUE"), asked + 2);
  EXPECT_GE(realm().logged("method=gss"), opened + 6);  // control and two workers, and those that were lost
  EXPECT_THAT(result.err, Not(HasSubstr("the run needs about")));
  EXPECT_FALSE(std::filesystem::exists(cache_));
}

TEST_F(KerberosTickets, ARenewableOneIsRenewedAndTheUsersCacheIsLeftAlone) {
  realm().kdc.kinit("alice", "secret", cache_, {"-l", "4min", "-r", "10h"});
  const std::string before = read_text(cache_);
  const std::size_t renewed = realm().kdc.logged("TGS_REQ", "for krbtgt/");
  const ProcessResult result = run_with_losses(
      {"--principal", "alice"}, [&] { return realm().kdc.logged("TGS_REQ", "for krbtgt/") > renewed; });
  expect_all_found(result);
  EXPECT_GE(realm().kdc.logged("TGS_REQ", "for krbtgt/"), renewed + 1);
  EXPECT_EQ(read_text(cache_), before);
}

TEST_F(KerberosTickets, WithoutAWayToRenewTheRunIsRefusedWhereThatIsWanted) {
  realm().kdc.kinit("alice", "secret", cache_, {"-l", "4min"});
  move_clock(std::chrono::seconds(210));
  Process child = start(slow_arguments(10000, {"--late", "refuse"}, "user=alice"));
  const auto exit = child.wait(std::chrono::minutes(10));
  realm().set_pause(0);
  ASSERT_TRUE(exit);
  EXPECT_EQ(*exit, 4) << child.err();
  EXPECT_THAT(flat(child.err()), HasSubstr("the run was not begun: the run needs about"));
  EXPECT_THAT(flat(child.err()),
              HasSubstr("and cannot be renewed: after that the sessions that are open go on"));
  EXPECT_FALSE(std::filesystem::exists(out_));
}

TEST_F(KerberosTickets, WithoutAWayToRenewTheRunSaysSoBeforeAndAfterAndCanBeResumed) {
  realm().kdc.kinit("alice", "secret", cache_, {"-l", "4min"});
  // Half a minute is left: less than what the pauses of half of the rows take together.
  move_clock(std::chrono::seconds(210));
  Process child = start(slow_arguments(10000, {}, "user=alice"));
  ASSERT_TRUE(child.wait_for_err("the run needs about", std::chrono::minutes(10))) << child.err();
  EXPECT_THAT(flat(child.err()), HasSubstr("lasts"));
  wait_for_progress(child);
  move_clock(kTicketEnded);
  ASSERT_TRUE(child.wait_for_err("open sessions go on", std::chrono::minutes(10))) << child.err();
  std::optional<int> exit;
  do {
    realm().end_sessions();
  } while (!(exit = child.wait(std::chrono::milliseconds(200))));
  EXPECT_EQ(*exit, 5) << child.err();
  EXPECT_THAT(flat(child.err()), HasSubstr("Kerberos: the ticket of alice@FIRMQUERY.TEST"));
  EXPECT_THAT(flat(child.err()), HasSubstr("and there is no way to renew it"));
  EXPECT_THAT(flat(child.err()), HasSubstr("firmquery resume"));
  EXPECT_THAT(child.err(), Not(HasSubstr("falling back")));
  EXPECT_THAT(read_text(out_ / "journal.jsonl"), HasSubstr("found"));
  EXPECT_EQ(nlohmann::json::parse(read_text(out_ / "report.json"))["authentication"]["principal"],
            "alice@FIRMQUERY.TEST");
  EXPECT_FALSE(std::filesystem::exists(out_ / "manifest.json"));

  realm().set_pause(0);
  realm().kdc.kinit("alice", "secret", cache_);
  const ProcessResult resumed = run_process(FIRMQUERY_BINARY, {"resume", out_.string()}, environment());
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  const nlohmann::json report = nlohmann::json::parse(read_text(out_ / "report.json"));
  EXPECT_EQ(report["status"], "complete");
  EXPECT_EQ(report["result"]["found"], 10000);
  EXPECT_EQ(report["result"]["rows"], 10000);
}

TEST_F(KerberosTickets, OneThatAPersonGetsMeanwhileIsTakenUp) {
  realm().kdc.kinit("alice", "secret", cache_, {"-l", "4min"});
  Process child = start(slow_arguments(kIds, {"--principal", "alice"}));
  wait_for_progress(child);
  move_clock(kTicketEnded);
  ASSERT_TRUE(child.wait_for_err("open sessions go on", std::chrono::minutes(10))) << child.err();
  realm().kdc.kinit("alice", "secret", cache_);
  wait_until(child, [&] { return realm().end_sessions() > 0; });
  realm().set_pause(0);
  const auto exit = child.wait(std::chrono::minutes(10));
  ASSERT_TRUE(exit);
  expect_all_found({*exit, child.out(), child.err()});
}

TEST_F(KerberosRun, AServerThatDoesNotAskIsRefusedWhereKerberosIsDemanded) {
  realm().kdc.kinit("alice", "secret", cache_);
  for (const char* encryption : {"gssencmode=prefer", "gssencmode=disable"}) {
    const auto arguments = run_arguments(realm().dsn(std::string("user=trusted ") + encryption), "1\n", kSql);
    const ProcessResult refused = firmquery(arguments + std::vector<std::string>{"--require-auth", "gss"});
    EXPECT_EQ(refused.exit_code, 5) << refused.err;
    EXPECT_THAT(flat(refused.err), HasSubstr("let the role in without asking for a ticket"));
    EXPECT_FALSE(std::filesystem::exists(out_));
  }
  const auto trusting = run_arguments(realm().dsn("user=trusted"), "1\n", kSql);
  const ProcessResult taken = firmquery(trusting);
  ASSERT_EQ(taken.exit_code, 0) << taken.err;
  EXPECT_EQ(nlohmann::json::parse(taken.out)["authentication"]["method"], "other");
  EXPECT_EQ(nlohmann::json::parse(taken.out)["authentication"]["principal"], "");
}

TEST_F(KerberosRun, AnotherServicePrincipalThanTheJobNames) {
  realm().kdc.kinit("alice", "secret", cache_);
  const auto arguments = run_arguments(realm().dsn("user=alice"), "1\n", kSql);
  const ProcessResult host =
      firmquery(arguments + std::vector<std::string>{"--spn", "postgres/db.example@R"});
  EXPECT_EQ(host.exit_code, 2);
  EXPECT_THAT(flat(host.err), HasSubstr("host=db.example and hostaddr=ADDRESS"));
  const ProcessResult other =
      firmquery(arguments + std::vector<std::string>{"--spn", "postgres/localhost@OTHER"});
  EXPECT_EQ(other.exit_code, 5);
  EXPECT_THAT(flat(other.err), HasSubstr("proved to be postgres/localhost@FIRMQUERY.TEST"));
  const ProcessResult form = firmquery(arguments + std::vector<std::string>{"--spn", "postgres"});
  EXPECT_EQ(form.exit_code, 2);
  EXPECT_THAT(flat(form.err), HasSubstr("--spn: \"postgres\" is no service principal"));
}

}  // namespace
}  // namespace firmquery::test
