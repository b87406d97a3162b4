// CockroachDB for a user who has Kerberos tickets: it refuses GSSAPI encryption, which libpq asks for first.
#include <csignal>
#include <optional>
#include <stdexcept>

#include "kerberos_case.hpp"
#include "support/cockroach.hpp"
#include "support/loopback.hpp"

namespace firmquery::test {
namespace {

using testing::HasSubstr;

class CockroachKerberos : public KerberosCase {
 protected:
  void SetUp() override {
    if (!cockroach_binary()) GTEST_SKIP() << "NOT TESTED on CockroachDB";
    static const SqlTable made =
        execute_sql(shared_cockroach().dsn("defaultdb"),
                    "create table firm (firm_root_id int8 primary key, name string)");
    realm().kdc.kinit("alice", "secret", cache_);
  }
  std::vector<std::string> arguments(const std::string& more = {}) {
    return run_arguments(shared_cockroach().dsn("defaultdb") + more, "1\n2\n",
                         "select firm_root_id, name from firm where firm_root_id in ({ID_PLACEHOLDER})");
  }
};

TEST_F(CockroachKerberos, ATicketDoesNotStandInTheWay) {
  const ProcessResult result = firmquery(arguments());
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto report = nlohmann::json::parse(result.out);
  EXPECT_EQ(report["result"]["missing"], 2);
  EXPECT_EQ(report["authentication"]["gss_encrypted"], false);
}

TEST_F(CockroachKerberos, EncryptionByGssapiIsRefusedWithTheRemedy) {
  const ProcessResult result = firmquery(arguments(" gssencmode=require"));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(flat(result.err), HasSubstr("encrypt with TLS only"));
}

TEST_F(CockroachKerberos, WhereItDoesNotAskForKerberosTheDemandFails) {
  const ProcessResult result = firmquery(arguments() + std::vector<std::string>{"--require-auth", "gss"});
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_THAT(flat(result.err), HasSubstr("server.host_based_authentication.configuration"));
}

// A node with certificates and the keytab of postgres/localhost. Its own client certificate is root's.
class SecureNode {
 public:
  SecureNode() : port_(free_tcp_port()) {
    const std::string certs = "--certs-dir=" + directory_.path().string() + "/certs";
    const std::string key = "--ca-key=" + directory_.path().string() + "/ca.key";
    std::filesystem::create_directory(directory_ / "certs");
    cockroach({"cert", "create-ca", certs, key});
    cockroach({"cert", "create-node", "localhost", "127.0.0.1", certs, key});
    cockroach({"cert", "create-client", "root", certs, key});
    ProcessOptions options;
    options.environment = {
        {"KRB5_CONFIG", realm().kdc.config().string()},
        {"KRB5_KTNAME", realm().kdc.keytab("node.keytab", {"postgres/localhost"}).string()},
        {"COCKROACH_SKIP_ENABLING_DIAGNOSTIC_REPORTING", "true"}};
    options.directory = directory_.path();
    options.death_signal = SIGKILL;
    node_.emplace(Process::start(
        cockroach_binary().value(),
        {"start-single-node", certs, "--listen-addr=127.0.0.1:" + std::to_string(port_),
         "--http-addr=127.0.0.1:0", "--store=" + (directory_ / "data").string(), "--cache=64MiB"},
        options));
    if (!node_->wait_for_out("nodeID:", std::chrono::minutes(10))) {
      throw std::runtime_error("CockroachDB did not start:\n" + node_->out() + node_->err());
    }
  }
  std::string dsn() const {
    return "host=localhost hostaddr=127.0.0.1 dbname=defaultdb sslmode=verify-full port=" +
           std::to_string(port_) + " sslrootcert=" + (directory_ / "certs/ca.crt").string();
  }
  void execute(const std::string& sql) const {
    execute_sql(dsn() + " user=root sslcert=" + (directory_ / "certs/client.root.crt").string() +
                    " sslkey=" + (directory_ / "certs/client.root.key").string(),
                sql);
  }

 private:
  void cockroach(const std::vector<std::string>& arguments) const {
    const ProcessResult result = run_process(cockroach_binary().value(), arguments);
    if (result.exit_code != 0) throw std::runtime_error(result.out + result.err);
  }
  TempDir directory_;
  int port_;
  std::optional<Process> node_;
};

// It checks the ticket first and its licence, which tests have none of, last: this refusal is the proof that
// everything before it, TLS with verification included, has worked.
TEST_F(CockroachKerberos, SignsInOverVerifiedTlsAsFarAsTheLicence) {
  const SecureNode node;
  node.execute("create user alice");
  try {
    node.execute(
        "set cluster setting server.host_based_authentication.configuration = "
        "e'host all alice all gss include_realm=0\\nhost all all all cert-password'");
  } catch (const std::runtime_error& refused) {
    // A build without its enterprise parts does not know the method at all.
    if (std::string_view(refused.what()).find("unknown auth method") == std::string_view::npos) throw;
    GTEST_SKIP() << "NOT TESTED: this build of CockroachDB has no Kerberos: " << refused.what();
  }
  ProcessResult result;
  do {  // the setting takes a moment to arrive
    result = firmquery({"doctor", "--dsn", node.dsn(), "--principal", "alice", "--require-auth", "gss"});
  } while (result.out.find("asked for a password") != std::string::npos);
  if (result.exit_code == 0) return;  // from v24.3 on every build is licensed
  EXPECT_EQ(result.exit_code, 5) << result.out;
  EXPECT_THAT(result.out, HasSubstr("fail  authentication: "));
  EXPECT_THAT(result.out, HasSubstr("requires an enterprise license"));
  EXPECT_THAT(result.out, HasSubstr("before v24.3 CockroachDB signs in by Kerberos only with"));
}

}  // namespace
}  // namespace firmquery::test
