#include "firmquery/output/row_sorter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "support/random.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

Rows sorted_by(RowSorter& sorter, const Rows& rows) {
  for (const auto& [id, row] : rows) EXPECT_TRUE(sorter.add(id, row));
  EXPECT_TRUE(sorter.sort());
  Rows sorted;
  for (;;) {
    const auto more = sorter.next();
    EXPECT_TRUE(more) << more.error().to_string();
    if (!more || !*more) return sorted;
    sorted.emplace_back(sorter.id(), sorter.row());
  }
}

TEST(RowSorter, SortsInMemoryAndOnDiskAlike) {
  const std::uint64_t seed = test::test_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  test::Random random(seed);
  const test::TempDir directory;
  for (const std::size_t memory : {std::size_t{1}, std::size_t{200}, std::size_t{5000}, RowSorter::kMemory}) {
    RowSorter sorter(IdType::integer, directory.path(), memory);
    for (const std::size_t count : {0, 1, 2, 500, 3}) {  // it begins anew each time
      Rows rows;
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t bytes = random() % 50 == 0 ? 600'000 : random() % 20;
        rows.emplace_back(std::to_string(random() % 300), test::hexadecimal(random, bytes));
      }
      Rows expected = rows;
      std::sort(expected.begin(), expected.end(), [](const auto& a, const auto& b) {
        return std::pair(std::stoi(a.first), a.second) < std::pair(std::stoi(b.first), b.second);
      });
      ASSERT_EQ(sorted_by(sorter, rows), expected) << memory << " bytes, " << count << " rows";
    }
  }
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(RowSorter, SaysWhereItCannotSort) {
  RowSorter sorter(IdType::text, "/nowhere/at/all", 1);
  EXPECT_TRUE(sorter.add("1", "a"));
  const auto second = sorter.add("2", "b");
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().to_string().find("/nowhere/at/all"), std::string::npos);
}

}  // namespace
}  // namespace firmquery
