#include "orchestrator/run/preparing/early_list.hpp"

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using test::TempDir;

constexpr std::uint32_t int8_oid = 20, bpchar_oid = 1042;

Job job_for(const TempDir& dir, const std::string& list) {
  Job job;
  job.ids_path = list;
  job.out = dir.path();
  job.id_type_auto = true;
  return job;
}

TEST(EarlyList, IsTheListWhereTheTypeIsWhatItSeemed) {
  const TempDir dir;
  const Job job = job_for(dir, dir.write("ids.txt", "3\n1\n3\nx\n").string());
  std::atomic<std::uint64_t> lines = 0;
  EarlyList early;
  early.begin(job, int8_oid, job.out, {}, [&](std::uint64_t more) { lines += more; });
  auto read = early.take(IdType::integer);
  ASSERT_TRUE(read.has_value());
  ASSERT_TRUE(*read) << read->error().to_string();
  EXPECT_EQ((*read)->input.ids.size(), 2u);
  EXPECT_EQ((*read)->input.report.rejected, 1u);
  EXPECT_EQ(lines.load(), 4u);
  EXPECT_FALSE(early.take(IdType::integer).has_value());
}

TEST(EarlyList, IsNoListOfAnotherType) {
  const TempDir dir;
  const Job job = job_for(dir, dir.write("ids.txt", "3\n").string());
  EarlyList early;
  early.begin(job, int8_oid, job.out, {}, {});
  EXPECT_FALSE(early.take(IdType::text).has_value());
}

TEST(EarlyList, WaitsForTheCatalogWhereTheNumberOfTheTypeDoesNotTell) {
  const TempDir dir;
  const Job job = job_for(dir, dir.write("ids.txt", "3\n").string());
  EarlyList early;
  early.begin(job, bpchar_oid, job.out, {}, {});
  EXPECT_FALSE(early.take(IdType::text).has_value());
}

TEST(EarlyList, TouchesNothingThatCanBeReadOnlyOnce) {
  const TempDir dir;
  for (const char* path : {"-", "sql:select 1", "/dev/null"}) {
    EarlyList early;
    early.begin(job_for(dir, path), int8_oid, dir.path(), {}, {});
    EXPECT_FALSE(early.take(IdType::integer).has_value()) << path;
  }
}

TEST(EarlyList, TellsOfAListThatCannotBeUsedWhenItIsAskedFor) {
  const TempDir dir;
  const Job job = job_for(dir, dir.write("ids.txt", "x\ny\n").string());
  EarlyList early;
  early.begin(job, int8_oid, job.out, {}, {});
  const auto read = early.take(IdType::integer);
  ASSERT_TRUE(read.has_value());
  ASSERT_FALSE(*read);
  EXPECT_EQ(read->error().kind, ErrorKind::usage);
}

}  // namespace
}  // namespace firmquery
