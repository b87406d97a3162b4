#include <gtest/gtest.h>

#include <string>
#include <vector>

// Private to the module: what is tested here decides whether a password crosses a network in plain text.
#include "../orchestrator/db/connect.hpp"
#include "../orchestrator/db/server_version.hpp"
#include "firmquery/db/session.hpp"

namespace firmquery {
namespace {

constexpr const char* kPassword = "s3cr3t";

TEST(RedactDsn, HidesEverySecretAndKeepsTheRest) {
  EXPECT_EQ(redact_dsn("postgresql://ann:s3cr3t@db.example:26257/shop?sslmode=require"),
            "user=ann password=*** dbname=shop host=db.example port=26257 sslmode=require");
  EXPECT_EQ(redact_dsn("host=db user=ann password='s3 cr3t' sslpassword=s3cr3t dbname='my db'"),
            "user=ann password=*** dbname='my db' host=db sslpassword=***");
  EXPECT_EQ(redact_dsn(""), "");
}

// No text that a person may have meant as a connection string gives its password away, parsed or not.
TEST(RedactDsn, NeverShowsThePassword) {
  const std::vector<std::string> dsns = {
      "postgresql://ann:s3cr3t@db/shop",
      "postgres://ann:s3cr3t@db/shop?application_name=x",
      "postgresql://ann@db/shop?password=s3cr3t",
      "postgresql://ann:s3cr3t%ZZ@db/shop",
      "postgresql://ann:x@s3cr3t@db/shop",
      "postgresql://ann:s3cr3t/x@db/shop",
      "postgresql://ann:1/s3cr3t@db/shop",
      "postgresql://ann:x/s3cr3t",
      "postgresql://ann@db/shop?pasword=s3cr3t",
      "postgresql://ann@db/shop?s3cr3t",
      "host=db password=s3cr3t",
      "host=db password = 's3cr3t'",
      "host=db password=s3cr3t s3cr3t",
      "host=db password=my s3cr3t=x",
      "host=db password='s3cr3t",
      "host=db pasword=s3cr3t",
      "host=db password=x \"=\" s3cr3t",
      "host=db password\"s3cr3t\"",
      "/\"s3cr3t",
      "postgresql://ann:/\" s3cr3t%ZZ@db/shop",
  };
  for (const std::string& dsn : dsns) {
    EXPECT_EQ(redact_dsn(dsn).find(kPassword), std::string::npos) << redact_dsn(dsn);
    const auto checked = check_dsn(dsn);
    if (checked) continue;
    EXPECT_EQ(checked.error().kind, ErrorKind::usage);
    EXPECT_EQ(checked.error().to_string().find(kPassword), std::string::npos) << checked.error().to_string();
  }
}

TEST(CheckDsn, TakesWhatLibpqTakes) {
  for (const char* dsn : {"", "host=db", "postgresql://", "postgresql://ann@db:5432/shop", "service=shop",
                          "postgresql://a,b:26257/shop", "host='/run/pg sock'"}) {
    EXPECT_TRUE(check_dsn(dsn)) << dsn;
  }
}

TEST(CheckDsn, SaysWhatIsWrong) {
  const auto typo = check_dsn("host=db prot=1");
  ASSERT_FALSE(typo);
  EXPECT_NE(typo.error().message.find("invalid connection option"), std::string::npos);
  EXPECT_FALSE(typo.error().remedy.empty());
  EXPECT_FALSE(check_dsn("postgresql://ann:p@ss@db/shop"));
  EXPECT_FALSE(check_dsn("postgresql://ann:pa/ss@db/shop"));
  EXPECT_FALSE(check_dsn(std::string_view("host=db\0port=1", 14)));
}

TEST(ConnectionParameters, LaterSourcesOverrideEarlierOnes) {
  ConnectOptions options;
  options.dsn = "host=/tmp port=1 connect_timeout=7 application_name=theirs user=u1";
  options.overrides = {{"user", "u2"}, {"gssencmode", "disable"}};
  const auto parameters = connection_parameters(options);
  ASSERT_TRUE(parameters);
  EXPECT_EQ(parameters->at("connect_timeout"), "7");
  EXPECT_EQ(parameters->at("application_name"), "firmquery");
  EXPECT_EQ(parameters->at("user"), "u2");
  EXPECT_EQ(parameters->at("gssencmode"), "disable");
  EXPECT_EQ(parameters->at("client_encoding"), "UTF8");
  EXPECT_EQ(parameters->count("sslmode"), 0U);
}

TlsSituation at(std::string host) {
  TlsSituation situation;
  situation.host = std::move(host);
  return situation;
}

TEST(TlsDefault, LocalHostsAreLeftAlone) {
  for (const char* host : {"", "/var/run/postgresql", "@abstract", "localhost", "127.0.0.1", "127.1.2.3",
                           "::1", "localhost,127.0.0.1"}) {
    EXPECT_TRUE(tls_default(at(host)).empty()) << host;
  }
}

TEST(TlsDefault, OtherHostsAreVerified) {
  for (const char* host : {"db.example", "10.0.0.1", "localhost,db.example", "localhost.evil.example"}) {
    EXPECT_EQ(tls_default(at(host)), (Parameters{{"sslmode", "verify-full"}})) << host;
  }
  TlsSituation address_decides = at("localhost");
  address_decides.hostaddr = "10.0.0.1";
  EXPECT_EQ(tls_default(address_decides).count("sslmode"), 1U);
}

TEST(TlsDefault, ChoosesTheRootsThatExist) {
  TlsSituation situation = at("db.example");
  situation.system_root_exists = true;
  EXPECT_EQ(tls_default(situation).at("sslrootcert"), kSystemRoots);
  situation.user_root_exists = true;
  EXPECT_EQ(tls_default(situation).count("sslrootcert"), 0U);
  situation.user_root_exists = false;
  situation.sslrootcert = "/own/root.crt";
  EXPECT_EQ(tls_default(situation).count("sslrootcert"), 0U);
}

TEST(TlsDefault, AChoiceIsRespected) {
  TlsSituation situation = at("db.example");
  situation.sslmode = "disable";
  EXPECT_TRUE(tls_default(situation).empty());
  ConnectOptions options;
  options.dsn = "host=db.example sslmode=prefer";
  EXPECT_EQ(connection_parameters(options)->at("sslmode"), "prefer");
  options.dsn = "host=db.example";
  EXPECT_EQ(connection_parameters(options)->at("sslmode"), "verify-full");
}

TEST(GssDefault, OffForCockroachUnlessSomebodyHasChosen) {
  ::unsetenv("PGGSSENCMODE");
  const auto mode = [](const Parameters& parameters, bool known) {
    const Parameters added = gss_default(parameters, known);
    return added.empty() ? "" : added.at("gssencmode");
  };
  EXPECT_EQ(mode({{"host", "db"}}, false), "");
  EXPECT_EQ(mode({{"host", "db"}}, true), "disable");
  EXPECT_EQ(mode({{"host", "db"}, {"port", "26257"}}, false), "disable");
  EXPECT_EQ(mode({{"host", "a,b"}, {"port", "26257,26257"}}, false), "disable");
  EXPECT_EQ(mode({{"host", "a,b"}, {"port", "26257,5432"}}, false), "");
  EXPECT_EQ(mode({{"host", "db"}, {"gssencmode", "prefer"}}, true), "");
  ::setenv("PGGSSENCMODE", "prefer", 1);
  EXPECT_EQ(mode({{"host", "db"}}, true), "");
  ::unsetenv("PGGSSENCMODE");
}

TEST(ServerVersion, OfBothSystems) {
  const ServerVersion pg = parse_server_version("PostgreSQL 15.18 (Debian 15.18-0+deb12u1) on x86_64-pc");
  EXPECT_EQ(pg.kind, DialectKind::postgresql);
  EXPECT_EQ(pg.version, "15.18");
  EXPECT_EQ(pg.major, 15);
  EXPECT_EQ(pg.minor, 18);
  const ServerVersion beta = parse_server_version("PostgreSQL 17beta1 on x86_64");
  EXPECT_EQ(beta.major, 17);
  EXPECT_EQ(beta.minor, 0);
  const ServerVersion crdb =
      parse_server_version("CockroachDB CCL v22.1.7 (x86_64-pc-linux-gnu, built 2022)");
  EXPECT_EQ(crdb.kind, DialectKind::cockroachdb);
  EXPECT_EQ(crdb.version, "v22.1.7");
  EXPECT_EQ(crdb.patch, 7);
  EXPECT_TRUE(crdb.at_least(22, 1));
  EXPECT_FALSE(crdb.at_least(22, 2));
  EXPECT_TRUE(crdb.at_least(21, 2));
  EXPECT_EQ(parse_server_version("something else").major, 0);
}

}  // namespace
}  // namespace firmquery
