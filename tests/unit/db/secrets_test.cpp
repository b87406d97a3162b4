#include "firmquery/db/secrets.hpp"

#include <gtest/gtest.h>

namespace firmquery {
namespace {

TEST(Secrets, WhatAMessageMayShow) {
  const std::pair<const char*, const char*> cases[] = {
      {"postgres://me:hunter2@db/x", "postgres://me:***"},
      {"postgresql://me:hun@ter2@db:5432/x", "postgresql://me:***"},
      {"postgres://me:hunter2", "postgres://me:***"},
      {"cockroachdb://me:hunter2@db", "cockroachdb://me:***"},
      {"postgres://me@db/x?password=hunter2&sslmode=require", "postgres://me@db/x?password=***"},
      {"postgres://me@db/x?sslPassword=hunter2", "postgres://me@db/x?sslPassword=***"},
      {"postgres://me@db/x?pass%77ord=hunter2", "***"},
      {"host=db password='hun ter2' user=me", "host=db password=***"},
      {"host=db PASSWORD = hunter2", "host=db PASSWORD =***"},
      {"host=db pwd=hunter2", "host=db pwd=***"}};
  for (const auto& [typed, shown] : cases) EXPECT_EQ(without_secret(typed), shown);
}

TEST(Secrets, WhatHoldsNoneStaysAsItIs) {
  for (const char* text : {"", "job.yaml", "missing>0", "host=db user=me", "postgres://me@db:5432/x",
                           "postgres://db:5432,other:5433/x", "postgres://[::1]:5432/x", "--password",
                           "host=db password=", "select 1 where a = ':' and b = '@'"}) {
    EXPECT_EQ(without_secret(text), text);
  }
}

TEST(Secrets, LooksLikeADsn) {
  for (const char* dsn : {"postgres://db", "postgresql://me:x@y@z", "host=db", "host=db password=x"})
    EXPECT_TRUE(looks_like_dsn(dsn)) << dsn;
  for (const char* other : {"job.yaml", "", "a=b", "runs/host=db", "missing>0"}) {
    EXPECT_FALSE(looks_like_dsn(other)) << other;
  }
}

}  // namespace
}  // namespace firmquery
