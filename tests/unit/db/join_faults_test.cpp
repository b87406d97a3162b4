#include <gmock/gmock.h>

#include "firmquery/db/dialect.hpp"
#include "orchestrator/db/server_version.hpp"

namespace firmquery {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The advisories that a version is subject to, and what it is told to do.
std::vector<std::string> told(const std::string& version_text) {
  const ServerVersion version = parse_server_version(version_text);
  Dialect dialect;
  dialect.kind = version.kind;
  dialect.version = version.version;
  dialect.major = version.major;
  dialect.minor = version.minor;
  dialect.patch = version.patch;
  std::vector<std::string> all;
  for (const JoinFault& fault : join_faults(dialect)) all.push_back(fault.what + "; " + fault.remedy);
  return all;
}
std::vector<std::string> of(const std::string& version) {
  return told("CockroachDB CCL " + version + " (x86_64-pc-linux-gnu, built 2022)");
}

TEST(JoinFaults, SemiJoinsUntilTheyWereMendedInEachLine) {
  for (const char* version : {"v20.2.19", "v21.1.0-alpha-6aee", "v21.1.16"})
    EXPECT_THAT(of(version), ElementsAre(HasSubstr("upgrade to v21.1.17"))) << version;
  for (const char* version : {"v21.2.0", "v21.2.7"})
    EXPECT_THAT(of(version), ElementsAre(HasSubstr("upgrade to v21.2.8"))) << version;
  for (const char* version : {"v21.1.17", "v21.1.21", "v21.2.8", "v21.2.17"})
    EXPECT_THAT(of(version), IsEmpty()) << version;
}

TEST(JoinFaults, LeftJoinsOfOneRelease) {
  EXPECT_THAT(of("v22.1.0"), ElementsAre(HasSubstr("left joins")));
  EXPECT_THAT(of("v22.1.1"), IsEmpty());
  EXPECT_THAT(of("v24.2.9"), IsEmpty());
}

TEST(JoinFaults, LookupJoinsThatIgnoreACondition) {
  for (const char* version : {"v24.3.0", "v25.2.10", "v26.1.3"})
    EXPECT_THAT(of(version), ElementsAre(HasSubstr("v26.2"))) << version;
  EXPECT_THAT(of("v26.2.0"), IsEmpty());
}

TEST(JoinFaults, NoneOfPostgresql) {
  EXPECT_THAT(told("PostgreSQL 15.18 (Debian) on x86_64"), IsEmpty());
}

}  // namespace
}  // namespace firmquery
