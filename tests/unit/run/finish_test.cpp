#include "orchestrator/run/publishing/finish.hpp"

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

// Writing millions of IDs takes a while.
TEST(Finish, AStopRequestEndsTheWritingAndLeavesNoFile) {
  IdSetBuilder builder(IdType::integer);
  for (std::int64_t n = 0; n < 1000; ++n) builder.add(n);
  const IdSet ids = builder.finish().unique;
  const test::TempDir dir;
  Job job;
  job.key = "id";
  job.out = dir.path();
  ASSERT_TRUE(write_missing(job, ids, {}, nullptr));
  std::stop_source stop;
  stop.request_stop();
  job.connect.stop = stop.get_token();
  EXPECT_EQ(write_missing(job, ids, {}, nullptr).error().kind, ErrorKind::interrupted);
  std::vector<Share> shares;
  shares.emplace_back(ids, 0, Slice{0, ids.size()});
  dir.write("rejected.csv", "line,raw,reason\n");
  EXPECT_EQ(write_unresolved(job, ids, shares).error().kind, ErrorKind::interrupted);
  EXPECT_EQ(describe_file(dir.path(), Artifact::rejected, 0, job.connect.stop).error().kind,
            ErrorKind::interrupted);
  EXPECT_FALSE(std::filesystem::exists(dir / "missing.csv"));
  EXPECT_FALSE(std::filesystem::exists(dir / "unresolved.csv"));
}

}  // namespace
}  // namespace firmquery
