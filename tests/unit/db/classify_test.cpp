#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "firmquery/db/session.hpp"

namespace firmquery {
namespace {

struct Case {
  std::string sqlstate, message;
  Recovery recovery;
  ErrorKind kind;
};

class Classify : public testing::TestWithParam<Case> {};

TEST_P(Classify, ByCodeAndText) {
  const Case& expected = GetParam();
  const Classification found = classify_sqlstate(expected.sqlstate, expected.message);
  EXPECT_EQ(static_cast<int>(found.recovery), static_cast<int>(expected.recovery)) << expected.sqlstate;
  EXPECT_EQ(static_cast<int>(found.kind), static_cast<int>(expected.kind)) << expected.sqlstate;
}

constexpr auto kTransient = ErrorKind::transient;
constexpr auto kQuery = ErrorKind::query;

INSTANTIATE_TEST_SUITE_P(
    Retry, Classify,
    testing::Values(Case{"40001", "restart transaction: TransactionRetryWithProtoRefreshError",
                         Recovery::retry, kTransient},
                    Case{"40001", "canceling statement due to conflict with recovery", Recovery::retry,
                         kTransient},
                    Case{"40P01", "deadlock detected", Recovery::retry, kTransient},
                    Case{"55P03", "", Recovery::retry, kTransient},
                    Case{"58C00", "", Recovery::retry, kTransient},
                    Case{"58C01", "", Recovery::retry, kTransient},
                    Case{"XXUUU", "lost quorum (down: 1,2)", Recovery::retry, kTransient},
                    Case{"53400", "The maximum number of concurrently open transactions has been reached",
                         Recovery::retry, kTransient}));

INSTANTIATE_TEST_SUITE_P(Reconnect, Classify,
                         testing::Values(Case{"", "server closed the connection unexpectedly",
                                              Recovery::reconnect, kTransient},
                                         Case{"08006", "", Recovery::reconnect, kTransient},
                                         Case{"57P01", "", Recovery::reconnect, kTransient},
                                         Case{"57P02", "", Recovery::reconnect, kTransient},
                                         Case{"57P03", "", Recovery::reconnect, kTransient},
                                         Case{"57P05", "", Recovery::reconnect, kTransient},
                                         Case{"25P03", "", Recovery::reconnect, kTransient},
                                         Case{"40003", "", Recovery::reconnect, kTransient},
                                         Case{"53300", "", Recovery::reconnect, kTransient}));

INSTANTIATE_TEST_SUITE_P(
    Shrink, Classify,
    testing::Values(Case{"53100", "", Recovery::shrink, kTransient},
                    Case{"53200", "", Recovery::shrink, kTransient},
                    Case{"53400", "temporary file size exceeds temp_file_limit", Recovery::shrink,
                         kTransient},
                    Case{"54001", "", Recovery::shrink, kTransient},
                    Case{"08P01", "message size 17 MiB bigger than maximum allowed message size 16 MiB",
                         Recovery::shrink, kTransient}));

INSTANTIATE_TEST_SUITE_P(Permission, Classify,
                         testing::Values(Case{"28000", "", Recovery::permission, ErrorKind::permission},
                                         Case{"28P01", "", Recovery::permission, ErrorKind::permission},
                                         Case{"42501", "", Recovery::permission, ErrorKind::permission}));

INSTANTIATE_TEST_SUITE_P(
    Fail, Classify,
    testing::Values(Case{"42601", "", Recovery::fail, kQuery}, Case{"42P01", "", Recovery::fail, kQuery},
                    Case{"42703", "", Recovery::fail, kQuery}, Case{"42883", "", Recovery::fail, kQuery},
                    Case{"0A000", "", Recovery::fail, kQuery}, Case{"22P02", "", Recovery::fail, kQuery},
                    Case{"23505", "", Recovery::fail, kQuery}, Case{"25P02", "", Recovery::fail, kQuery},
                    Case{"25006", "", Recovery::fail, kQuery}, Case{"40002", "", Recovery::fail, kQuery},
                    Case{"57P04", "", Recovery::fail, kQuery}, Case{"ZZ999", "", Recovery::fail, kQuery},
                    Case{"54011", "", Recovery::fail, kQuery},
                    Case{"57014", "canceling statement due to statement timeout", Recovery::fail, kTransient},
                    Case{"57014", "", Recovery::fail, kTransient},
                    Case{"58030", "could not read block", Recovery::fail, kTransient},
                    Case{"XX000", "cache lookup failed", Recovery::fail, kQuery},
                    Case{"XXUUU", "client canceled COPY", Recovery::fail, kQuery},
                    Case{"XXUUU", "batch timestamp 1.0 must be after replica GC threshold 2.0",
                         Recovery::fail, kTransient},
                    Case{"22023", "invalid snapshot identifier: \"00000003-00000057-1\"", Recovery::fail,
                         kQuery},
                    Case{"42704", "", Recovery::fail, kQuery},
                    Case{"XX001", "invalid page", Recovery::fail, ErrorKind::integrity}));

TEST(RecoveryOf, ErrorsWithoutCode) {
  const auto recovery = [](ErrorKind kind) { return recovery_of(Error{kind, "m", {}, {}, {}}); };
  EXPECT_EQ(recovery(ErrorKind::transient), Recovery::reconnect);
  EXPECT_EQ(recovery(ErrorKind::permission), Recovery::permission);
  for (const ErrorKind kind : {ErrorKind::usage, ErrorKind::integrity, ErrorKind::query,
                               ErrorKind::interrupted, ErrorKind::terminated}) {
    EXPECT_EQ(recovery(kind), Recovery::fail);
  }
}

// The words do not: they are in the server's language.
TEST(RecoveryOf, ATimeoutIsWhatTheSessionHasMeasured) {
  Error error{ErrorKind::transient, "due to statement timeout", {}, {}, "57014"};
  EXPECT_EQ(recovery_of(error), Recovery::fail);
  error.timed_out = true;
  EXPECT_EQ(recovery_of(error), Recovery::shrink);
}

}  // namespace
}  // namespace firmquery
