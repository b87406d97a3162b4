// Credentials as the sessions of a run share them: many threads, tickets that end, a KDC that goes away.
//
// Tickets end when a test says so: the Kerberos library asks the C library for the time, and in this program finds
// the functions below instead. Nothing is preloaded, so sanitizers see it all.
#include "firmquery/db/kerberos.hpp"

#include <sys/time.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <thread>

#include "firmquery/db/session.hpp"
#include "kerberos_case.hpp"

namespace {

std::atomic<std::time_t> seconds_ahead{0};

timespec moved_time() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  now.tv_sec += seconds_ahead;
  return now;
}

}  // namespace

extern "C" int gettimeofday(timeval* time, void* /*zone*/) noexcept {
  const timespec now = moved_time();
  *time = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

extern "C" std::time_t time(std::time_t* time) noexcept {
  const std::time_t now = moved_time().tv_sec;
  if (time != nullptr) *time = now;
  return now;
}

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
  void TearDown() override { seconds_ahead = 0; }
  ConnectOptions connect(const std::shared_ptr<Credentials>& credentials) const {
    ConnectOptions options;
    options.dsn = realm().dsn("user=alice");
    options.credentials = credentials;
    return options;
  }
  TempDir directory_;
};

// This machine's clock is ahead of the KDC's, and nobody makes up for it: a ticket that is to last two minutes from now
// comes with more than two thirds of its life over. So every session finds it due for its replacement, and whoever is
// signing in meanwhile goes on with it.
TEST_F(KerberosCredentials, ManySessionsShareTicketsThatEndAllTheTime) {
  use_config(
      realm().kdc.config("brief.conf", " ticket_lifetime = 2m\n kdc_timesync = 0\n clockskew = 3600\n"));
  seconds_ahead = 270;  // of the five minutes that servers put up with
  KerberosOptions options;
  options.principal = "alice";
  options.keytab = realm().kdc.keytab("threads.keytab", {"alice"});
  options.wanted = options.required = true;
  const auto credentials = std::make_shared<Credentials>(options);
  const std::size_t asked = realm().kdc.logged("AS_REQ", "ISSUE");
  std::atomic<int> opened{0}, failed{0};
  const auto enough = [&] {
    return failed > 0 || (opened > 16 && realm().kdc.logged("AS_REQ", "ISSUE") >= asked + 3);
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        while (!enough()) {
          auto session = Session::open(connect(credentials));
          if (!session) ++failed;
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

TEST_F(KerberosCredentials, AGoodTicketOutlivesItsKdc) {
  Kdc kdc;
  kdc.add_user("alice", "secret");
  use_config(kdc.config());
  KerberosOptions options;
  options.principal = "alice";
  options.keytab = kdc.keytab("alice.keytab", {"alice"});
  options.wanted = true;
  options.renew_before = std::chrono::hours(10);  // a third of the ticket's life is the limit
  const auto cache = directory_ / "kept";
  kdc.kinit("alice", "secret", cache, {"-l", "9h"});
  options.ticket_cache = "FILE:" + cache.string();
  Credentials credentials(options);
  ASSERT_TRUE(credentials.ensure());
  credentials.note_signed_in();
  kdc.stop();
  EXPECT_THAT(credentials.take_events(), testing::ElementsAre(testing::Field(&TicketEvent::warning, false)));
  // Due for replacement, refused, and still used.
  seconds_ahead = 7 * 3600;
  ASSERT_TRUE(credentials.ensure());
  const auto events = credentials.take_events();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_TRUE(events[0].warning);
  EXPECT_THAT(events[0].text, HasSubstr("going on with the ticket"));
  // Then it ends.
  seconds_ahead = 10 * 3600;
  const auto ended = credentials.ensure();
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, ErrorKind::transient);
  EXPECT_THAT(ended.error().message, HasSubstr("no KDC of the realm FIRMQUERY.TEST answers"));
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
