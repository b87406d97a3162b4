// Credentials as the sessions of a run share them: many threads, tickets that end, a KDC that goes away.
#include "firmquery/kerberos.hpp"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "firmquery/session.hpp"
#include "kerberos_case.hpp"

namespace firmquery::test {
namespace {

using testing::HasSubstr;

class KerberosCredentials : public testing::Test {
 protected:
  // The library reads it whenever it makes a context.
  void use_config(const std::filesystem::path& config) { ::setenv("KRB5_CONFIG", config.c_str(), 1); }
  void SetUp() override {
    realm();
    ::setenv("KRB5CCNAME", ("FILE:" + (directory_ / "none").string()).c_str(), 1);
  }
  ConnectOptions connect(const std::shared_ptr<Credentials>& credentials) const {
    ConnectOptions options;
    options.dsn = realm().dsn("user=alice");
    options.credentials = credentials;
    return options;
  }
  TempDir directory_;
};

TEST_F(KerberosCredentials, ManySessionsShareTicketsThatEndAllTheTime) {
  use_config(realm().kdc.config("brief.conf", " ticket_lifetime = 2s\n"));
  KerberosOptions options;
  options.principal = "alice";
  options.keytab = realm().kdc.keytab("threads.keytab", {"alice"});
  options.wanted = options.required = true;
  const auto credentials = std::make_shared<Credentials>(options);
  const std::size_t asked = realm().kdc.logged("AS_REQ", "ISSUE");
  std::atomic<int> opened{0};
  {
    std::vector<std::jthread> threads;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(6);
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        while (std::chrono::steady_clock::now() < end) {
          auto session = Session::open(connect(credentials));
          ASSERT_TRUE(session) << session.error().to_string();
          EXPECT_EQ(session->authentication().principal, "alice@FIRMQUERY.TEST");
          credentials->keep_alive();
          (void)credentials->take_events();
          ++opened;
        }
      });
    }
  }
  EXPECT_GT(opened, 16);
  EXPECT_GE(realm().kdc.logged("AS_REQ", "ISSUE"), asked + 2);
  EXPECT_GT(credentials->ticket()->left, std::chrono::seconds(-1));
}

TEST_F(KerberosCredentials, AGoodTicketOutlivesItsKdc) {
  Kdc kdc;
  kdc.add_user("alice", "secret");
  use_config(kdc.config());
  KerberosOptions options;
  options.principal = "alice";
  options.keytab = kdc.keytab("alice.keytab", {"alice"});
  options.wanted = true;
  options.renew_before = std::chrono::hours(10);  // a third of the ticket's life is the limit
  kdc.kinit("alice", "secret", directory_ / "kept", {"-l", "3s"});
  options.ticket_cache = "FILE:" + (directory_ / "kept").string();
  Credentials credentials(options);
  ASSERT_TRUE(credentials.ensure());
  credentials.note_signed_in();
  kdc.stop();
  // Due for replacement, refused, and still used; then it ends.
  std::vector<TicketEvent> events;
  const auto collect = [&] {
    for (TicketEvent& event : credentials.take_events()) events.push_back(std::move(event));
  };
  while (credentials.ensure()) {
    collect();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  collect();
  const auto ended = credentials.ensure();
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, ErrorKind::transient);
  EXPECT_THAT(ended.error().message, HasSubstr("no KDC of the realm FIRMQUERY.TEST answers"));
  ASSERT_GE(events.size(), 2U);
  EXPECT_FALSE(events[0].warning);
  EXPECT_TRUE(events[1].warning);
  EXPECT_THAT(events[1].text, HasSubstr("going on with the ticket"));
}

TEST_F(KerberosCredentials, WhatIsNotWantedNeverFails) {
  use_config(realm().kdc.config());
  Credentials credentials(KerberosOptions{});
  EXPECT_TRUE(credentials.ensure());
  EXPECT_FALSE(credentials.ticket());
  EXPECT_TRUE(credentials.problem());
}

TEST_F(KerberosCredentials, ServicePrincipalsAreTakenApart) {
  const auto spn = parse_spn("postgres/db.example@EXAMPLE.COM");
  ASSERT_TRUE(spn);
  EXPECT_EQ(spn->service + "|" + spn->host + "|" + spn->realm, "postgres|db.example|EXAMPLE.COM");
  EXPECT_EQ(parse_spn("postgres/db")->realm, "");
  for (const char* wrong : {"", "postgres", "/db", "postgres/", "postgres/@R", "postgres/db@"}) {
    EXPECT_FALSE(parse_spn(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace firmquery::test
