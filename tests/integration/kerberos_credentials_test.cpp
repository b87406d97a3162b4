// Credentials as the sessions of a run share them: many threads, tickets that end, a KDC that goes away.
#include "firmquery/db/kerberos.hpp"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "firmquery/db/session.hpp"
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

// A ticket is replaced when a third of its life is left, so each sign-in begins with at least that. On a busy
// machine one may take longer and outlive its ticket; then, and only then, it may fail.
TEST_F(KerberosCredentials, ManySessionsShareTicketsThatEndAllTheTime) {
  use_config(realm().kdc.config("brief.conf", " ticket_lifetime = 6s\n"));
  constexpr std::chrono::seconds sure{1};  // a third, and tickets know whole seconds only
  KerberosOptions options;
  options.principal = "alice";
  options.keytab = realm().kdc.keytab("threads.keytab", {"alice"});
  options.wanted = options.required = true;
  const auto credentials = std::make_shared<Credentials>(options);
  const std::size_t asked = realm().kdc.logged("AS_REQ", "ISSUE");
  std::atomic<int> opened{0};
  const auto enough = [&] { return opened > 16 && realm().kdc.logged("AS_REQ", "ISSUE") >= asked + 3; };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        while (!enough()) {
          const auto start = std::chrono::steady_clock::now();
          auto session = Session::open(connect(credentials));
          if (!session && std::chrono::steady_clock::now() - start > sure) continue;
          ASSERT_TRUE(session) << session.error().to_string();
          EXPECT_EQ(session->authentication().principal, "alice@FIRMQUERY.TEST");
          credentials->keep_alive();
          (void)credentials->take_events();
          ++opened;
        }
      });
    }
  }
  EXPECT_TRUE(enough());
  EXPECT_TRUE(credentials->ensure());
}

// What is said of a ticket whose KDC has gone; nothing when its life was too short for this machine to see
// all of it.
std::optional<std::vector<TicketEvent>> events_without_kdc(const KerberosOptions& options, Kdc& kdc) {
  Credentials credentials(options);
  if (!credentials.ensure()) return std::nullopt;
  credentials.note_signed_in();
  kdc.stop();
  // Due for replacement, refused, and still used; then it ends.
  std::vector<TicketEvent> events;
  const auto collect = [&] {
    for (TicketEvent& event : credentials.take_events()) events.push_back(std::move(event));
  };
  while (credentials.ensure()) collect();
  collect();
  const auto ended = credentials.ensure();
  EXPECT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, ErrorKind::transient);
  EXPECT_THAT(ended.error().message, HasSubstr("no KDC of the realm FIRMQUERY.TEST answers"));
  if (events.size() < 2) return std::nullopt;
  return events;
}

TEST_F(KerberosCredentials, AGoodTicketOutlivesItsKdc) {
  std::optional<std::vector<TicketEvent>> events;
  // A machine that is too slow for three seconds gets more of them.
  for (int life = 3; !events && life < 100; life *= 3) {
    Kdc kdc;
    kdc.add_user("alice", "secret");
    use_config(kdc.config());
    KerberosOptions options;
    options.principal = "alice";
    options.keytab = kdc.keytab("alice.keytab", {"alice"});
    options.wanted = true;
    options.renew_before = std::chrono::hours(10);  // a third of the ticket's life is the limit
    const auto cache = directory_ / ("kept" + std::to_string(life));
    kdc.kinit("alice", "secret", cache, {"-l", std::to_string(life) + "s"});
    options.ticket_cache = "FILE:" + cache.string();
    events = events_without_kdc(options, kdc);
  }
  ASSERT_TRUE(events);
  EXPECT_FALSE((*events)[0].warning);
  EXPECT_TRUE((*events)[1].warning);
  EXPECT_THAT((*events)[1].text, HasSubstr("going on with the ticket"));
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
