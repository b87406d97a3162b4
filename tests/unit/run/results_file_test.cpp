#include "orchestrator/run/publishing/results_file.hpp"

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

namespace fs = std::filesystem;

std::size_t files_in(const fs::path& directory) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

TEST(ResultsFile, HasItsNameAndItsDigestWhenItIsPublished) {
  for (const bool spreadsheet_safe : {false, true}) {
    const test::TempDir dir;
    Job job;
    job.out = dir.path();
    job.spreadsheet_safe = spreadsheet_safe;
    const std::string header = "id\n";
    ResultsFile results(job, header, {});
    const auto published = results.publish(7);
    ASSERT_TRUE(published) << published.error().to_string();
    const auto digest = digest_file(dir / "results.csv");
    ASSERT_TRUE(digest);
    EXPECT_EQ(published->name, "results.csv");
    EXPECT_EQ(published->rows, 7u);
    EXPECT_EQ(published->bytes, digest->bytes);
    EXPECT_EQ(published->sha256, digest->sha256);
  }
}

TEST(ResultsFile, LeavesNothingWhenItIsNotPublished) {
  const test::TempDir dir;
  Job job;
  job.out = dir.path();
  const std::string header = "id\n";
  { const ResultsFile results(job, header, {}); }
  EXPECT_EQ(files_in(dir.path()), 0u);
}

}  // namespace
}  // namespace firmquery
