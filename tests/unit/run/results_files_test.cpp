#include "orchestrator/run/publishing/results_files.hpp"

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

namespace fs = std::filesystem;

std::size_t files_in(const fs::path& directory) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

TEST(ResultsFiles, HasItsNameAndItsDigestWhenItIsPublished) {
  for (const bool spreadsheet_safe : {false, true}) {
    const test::TempDir dir;
    Job job;
    job.out = dir.path();
    job.spreadsheet_safe = spreadsheet_safe;
    const ResultColumns columns = {{"id"}};
    ResultsFiles results(job, columns, {dir.write("part", "=1\n2\n")}, {});
    const auto all = results.publish(2);
    ASSERT_TRUE(all) << all.error().to_string();
    ASSERT_EQ(all->size(), 1u);
    const FileReport& published = all->front();
    EXPECT_EQ(test::read_text(dir / "results.csv"), spreadsheet_safe ? "id\n'=1\n2\n" : "id\n=1\n2\n");
    const auto digest = digest_file(dir / "results.csv");
    ASSERT_TRUE(digest);
    EXPECT_EQ(published.name, "results.csv");
    EXPECT_EQ(published.rows, 2u);
    EXPECT_EQ(published.bytes, digest->bytes);
    EXPECT_EQ(published.sha256, digest->sha256);
  }
}

TEST(ResultsFiles, LeavesNothingWhenItIsNotPublished) {
  const test::TempDir dir;
  Job job;
  job.out = dir.path();
  const ResultColumns columns = {{"id"}};
  { const ResultsFiles results(job, columns, {}, {}); }
  EXPECT_EQ(files_in(dir.path()), 0u);
}

}  // namespace
}  // namespace firmquery
