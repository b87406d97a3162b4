// Each way in which Kerberos fails, provoked for real, and what `doctor` says to do about it.
#include <chrono>
#include <thread>

#include "kerberos_case.hpp"
#include "support/loopback.hpp"

namespace firmquery::test {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

class KerberosDoctor : public KerberosCase {
 protected:
  ProcessResult doctor(const std::vector<std::string>& more, const std::string& dsn = realm().dsn()) const {
    ProcessResult result = firmquery(std::vector<std::string>{"doctor", "--dsn", dsn} + more);
    result.out = flat(result.out);
    return result;
  }
  void get_ticket(const std::vector<std::string>& options = {}) {
    realm().kdc.kinit("alice", "secret", cache_, options);
  }
};

TEST_F(KerberosDoctor, FindsNothingWhereNothingIsWrong) {
  const auto keytab = realm().kdc.keytab("alice.keytab", {"alice"});
  const ProcessResult result = doctor({"--principal", "alice", "--keytab", keytab, "--require-auth", "gss"});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, Not(HasSubstr("fail ")));
  EXPECT_THAT(result.out, HasSubstr("ok Kerberos keytab: "));
  EXPECT_THAT(result.out, HasSubstr("alice@FIRMQUERY.TEST (key version 1)"));
  EXPECT_THAT(result.out, HasSubstr("ok Kerberos ticket: alice@FIRMQUERY.TEST, keytab "));
  EXPECT_THAT(result.out, HasSubstr("ticket for postgres/localhost@FIRMQUERY.TEST"));
  EXPECT_THAT(result.out, HasSubstr("role alice on database postgres, by Kerberos as alice@FIRMQUERY.TEST"));
  EXPECT_THAT(result.out, HasSubstr("GSSAPI encrypts the connection"));
}

TEST_F(KerberosDoctor, SaysNothingAboutKerberosWhereItIsNotAskedFor) {
  EXPECT_THAT(doctor({}, realm().dsn("user=trusted")).out, Not(HasSubstr("Kerberos")));
}

TEST_F(KerberosDoctor, NoTicket) {
  const ProcessResult result = doctor({"--principal", "alice"});
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_THAT(result.out, HasSubstr("fail Kerberos ticket: Kerberos: there is no Kerberos ticket in FILE:" +
                                    cache_.string()));
  EXPECT_THAT(result.out, HasSubstr("get one with kinit, or name a keytab"));
  EXPECT_THAT(result.out, HasSubstr("- server reachable: not checked"));
  // The same for who only names the role.
  const ProcessResult unasked = doctor({}, realm().dsn("user=alice"));
  EXPECT_EQ(unasked.exit_code, 5);
  EXPECT_THAT(unasked.out, HasSubstr("fail authentication: Kerberos: there is no Kerberos ticket"));
}

TEST_F(KerberosDoctor, AnExpiredTicket) {
  get_ticket({"-l", "1s"});
  while (realm().kdc.has_valid_ticket(cache_)) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const ProcessResult result = doctor({"--principal", "alice"});
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("fail Kerberos ticket: Kerberos: the ticket of alice@FIRMQUERY.TEST"),
                    HasSubstr("expired"), HasSubstr("run kinit")));
}

TEST_F(KerberosDoctor, AShortTicketIsAWarning) {
  get_ticket({"-l", "5min"});
  const ProcessResult result = doctor({"--principal", "alice"});
  EXPECT_EQ(result.exit_code, 0) << result.out;
  EXPECT_THAT(result.out, HasSubstr("warn Kerberos ticket: "));
  EXPECT_THAT(result.out, HasSubstr("kinit -l"));
}

TEST_F(KerberosDoctor, TheTicketOfAnotherPrincipal) {
  realm().kdc.kinit("bob", "secret", cache_);
  const ProcessResult result = doctor({"--principal", "alice"});
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_THAT(result.out, HasSubstr("is that of bob@FIRMQUERY.TEST, not of alice@FIRMQUERY.TEST"));
  EXPECT_THAT(result.out, HasSubstr("run kinit alice@FIRMQUERY.TEST"));
}

TEST_F(KerberosDoctor, APrincipalTheKdcDoesNotKnow) {
  realm().kdc.add_user("leaver", "secret");
  const auto keytab = realm().kdc.keytab("leaver.keytab", {"leaver"});
  realm().kdc.remove_user("leaver");
  const ProcessResult result = doctor({"--principal", "leaver", "--keytab", keytab});
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_THAT(result.out, HasSubstr("the KDC of FIRMQUERY.TEST does not know leaver@FIRMQUERY.TEST"));
  EXPECT_THAT(result.out, HasSubstr("check the name and the realm of kerberos.principal"));
}

TEST_F(KerberosDoctor, ARoleThatThePrincipalMayNotTake) {
  get_ticket();
  const ProcessResult result = doctor({"--principal", "alice"}, realm().dsn("user=bob_at_work"));
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_THAT(result.out, HasSubstr("fail authentication: "));
  EXPECT_THAT(result.out, HasSubstr("pg_ident.conf that lets it in as bob_at_work"));
}

TEST_F(KerberosDoctor, KeytabsThatCannotBeUsed) {
  const ProcessResult absent = doctor({"--principal", "alice", "--keytab", directory_ / "none"});
  EXPECT_EQ(absent.exit_code, 5);
  EXPECT_THAT(absent.out, HasSubstr("does not exist"));
  EXPECT_THAT(absent.out, HasSubstr("check the path of kerberos.keytab"));

  const auto garbage = directory_.write("garbage", "this is no keytab");
  const ProcessResult damaged = doctor({"--principal", "alice", "--keytab", garbage});
  EXPECT_EQ(damaged.exit_code, 5);
  EXPECT_THAT(damaged.out, HasSubstr("is no keytab"));

  const auto other = realm().kdc.keytab("bob.keytab", {"bob"});
  const ProcessResult foreign = doctor({"--principal", "alice", "--keytab", other});
  EXPECT_EQ(foreign.exit_code, 5);
  EXPECT_THAT(foreign.out,
              HasSubstr("has no key of alice@FIRMQUERY.TEST; it has those of bob@FIRMQUERY.TEST"));

  ProcessOptions options = environment();
  options.directory = "/tmp";
  if (::geteuid() == 0) options.user = "postgres";  // root reads everything
  if (::geteuid() != 0) std::filesystem::permissions(other, std::filesystem::perms::none);
  const ProcessResult unreadable = run_process(
      FIRMQUERY_BINARY, {"doctor", "--dsn", realm().dsn(), "--principal", "bob", "--keytab", other}, options);
  EXPECT_EQ(unreadable.exit_code, 5);
  EXPECT_THAT(unreadable.out, HasSubstr("cannot be read"));
  EXPECT_THAT(unreadable.out, HasSubstr("chmod 600"));
}

TEST_F(KerberosDoctor, AKeytabWithOtherKeyVersions) {
  realm().kdc.add_user("changed", "old");
  const auto keytab = realm().kdc.keytab("changed.keytab", {"changed"});
  realm().kdc.change_password("changed", "new");
  const ProcessResult result = doctor({"--principal", "changed", "--keytab", keytab});
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_THAT(result.out, HasSubstr("does not accept the keys of changed@FIRMQUERY.TEST"));
  EXPECT_THAT(result.out, HasSubstr("(key version 1)"));
  EXPECT_THAT(result.out, HasSubstr("write the keytab again"));
}

TEST_F(KerberosDoctor, NoKdcAnswers) {
  const auto keytab = realm().kdc.keytab("away.keytab", {"alice"});
  config_ = realm().kdc.config("away.conf", "", free_tcp_port());
  const ProcessResult result = doctor({"--principal", "alice", "--keytab", keytab});
  EXPECT_EQ(result.exit_code, 4) << result.out;  // may be there again in a minute
  EXPECT_THAT(result.out, HasSubstr("no KDC of the realm FIRMQUERY.TEST answers"));
  EXPECT_THAT(result.out, HasSubstr("port 88"));
  const ProcessResult unknown = doctor({"--principal", "alice@NOWHERE.TEST", "--keytab", keytab});
  EXPECT_EQ(unknown.exit_code, 5);
}

TEST_F(KerberosDoctor, ClocksThatDiffer) {
  Kdc ahead({.clock = "+1h"});
  ahead.add_user("alice", "secret");
  ahead.add_service("postgres/localhost");
  const auto keytab = ahead.keytab("alice.keytab", {"alice"});
  config_ = ahead.config("strict.conf", " kdc_timesync = 0\n");
  const ProcessResult strict = doctor({"--principal", "alice", "--keytab", keytab});
  EXPECT_EQ(strict.exit_code, 5) << strict.out;
  EXPECT_THAT(strict.out, HasSubstr("clocks of this machine and of the KDC are too far apart"));
  EXPECT_THAT(strict.out, HasSubstr("synchronise this machine's clock"));
  // By default the library makes up for it; that is no reason to leave it so.
  config_ = ahead.config();
  const ProcessResult lenient = doctor({"--principal", "alice", "--keytab", keytab});
  EXPECT_THAT(lenient.out, HasSubstr("ok Kerberos ticket: "));
  EXPECT_THAT(lenient.out, AnyOf(HasSubstr("warn Kerberos clock: this machine is 60 min behind the KDC"),
                                 HasSubstr("warn Kerberos clock: this machine is 59 min behind the KDC")));
}

TEST_F(KerberosDoctor, AServicePrincipalThatDoesNotExist) {
  get_ticket();
  const ProcessResult result = doctor({"--principal", "alice"}, realm().dsn("krbsrvname=cockroachdb"));
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_THAT(result.out,
              HasSubstr("fail Kerberos service: Kerberos: the KDC does not know the service principal "
                        "cockroachdb/localhost"));
  EXPECT_THAT(result.out, HasSubstr("load balancers too"));
}

TEST_F(KerberosDoctor, DnsThatLeadsToAnotherServicePrincipal) {
  get_ticket();
  const std::string numeric =
      "host=127.0.0.1 dbname=postgres krbsrvname=numeric port=" + std::to_string(realm().server->port());
  EXPECT_THAT(doctor({"--principal", "alice"}, numeric).out,
              HasSubstr("ticket for numeric/127.0.0.1@FIRMQUERY.TEST"));
  // 127.0.0.1 is localhost when it is looked up backwards, and the KDC knows no numeric/localhost.
  config_ = realm().kdc.config("rdns.conf", " rdns = true\n dns_canonicalize_hostname = true\n");
  const ProcessResult result = doctor({"--principal", "alice"}, numeric);
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_THAT(result.out, HasSubstr("DNS has turned numeric/127.0.0.1 into numeric/localhost"));
  EXPECT_THAT(result.out, HasSubstr("dns_canonicalize_hostname = false and rdns = false"));
  // Where that principal exists it may even be right.
  const ProcessResult known = doctor({"--principal", "alice"}, "host=127.0.0.1 dbname=postgres port=" +
                                                                   std::to_string(realm().server->port()));
  EXPECT_EQ(known.exit_code, 0) << known.out;
  EXPECT_THAT(known.out,
              HasSubstr("warn Kerberos service: DNS turns postgres/127.0.0.1 into postgres/localhost"));
}

TEST_F(KerberosDoctor, AServerThatDoesNotOfferGssapi) {
  get_ticket();
  const ProcessResult trusting = doctor({"--principal", "alice"}, realm().dsn("user=trusted"));
  EXPECT_EQ(trusting.exit_code, 0) << trusting.out;
  EXPECT_THAT(trusting.out, HasSubstr("warn authentication: role trusted"));
  EXPECT_THAT(trusting.out, HasSubstr("ask for a line with gss in pg_hba.conf"));
  const ProcessResult pinned =
      doctor({"--principal", "alice", "--require-auth", "gss"}, realm().dsn("user=trusted"));
  EXPECT_EQ(pinned.exit_code, 5);
  EXPECT_THAT(pinned.out, HasSubstr("fail authentication: "));
  const ProcessResult password = doctor({"--principal", "alice"}, realm().dsn("user=scram"));
  EXPECT_EQ(password.exit_code, 5);
  EXPECT_THAT(password.out, HasSubstr("the server asked for a password, not for Kerberos"));
}

TEST_F(KerberosDoctor, AServerWithAnotherKey) {
  get_ticket();
  realm().kdc.add_service("renewed/localhost");
  // The server's keytab has the keys of postgres/localhost only.
  const ProcessResult result = doctor({"--principal", "alice"}, realm().dsn("krbsrvname=renewed"));
  EXPECT_EQ(result.exit_code, 5) << result.out;
  EXPECT_THAT(result.out, HasSubstr("ok Kerberos service: "));
  EXPECT_THAT(result.out, HasSubstr("krb_server_keyfile"));
}

TEST_F(KerberosDoctor, AConfigurationThatCannotBeRead) {
  const ProcessResult result = doctor({"--principal", "alice", "--krb5-conf", directory_ / "none"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.out, HasSubstr("check the path of kerberos.krb5_conf"));
}

}  // namespace
}  // namespace firmquery::test
