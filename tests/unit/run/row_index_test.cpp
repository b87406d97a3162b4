// The index of a part against the part itself, for rows in every order.
#include "publishing/row_index.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "firmquery/output/files.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"

namespace firmquery::test {
namespace {

IdSet ids_of(std::size_t count) {
  IdSetBuilder builder(IdType::integer);
  for (std::size_t i = 0; i < count; ++i) builder.add(static_cast<std::int64_t>(i * 2));
  return builder.finish().unique;
}

std::string rows_at(const RowIndex& index, const RowPlace& place) {
  std::string rows;
  EXPECT_TRUE(index.each_piece(place, [&](std::uint64_t offset, std::uint64_t bytes) -> Result<void> {
    rows += index.part().text(offset, bytes);
    return {};
  }));
  return rows;
}

// Of the ranks of `part.ids`: their rows, one behind the other, as the index has them and as they stand in the part.
void expect_all(const RowIndex& index, Slice ids, std::map<std::size_t, std::string>& rows) {
  std::vector<std::uint64_t> ranks;
  for (std::size_t rank = ids.begin; rank < ids.end; ++rank) {
    ranks.push_back(rank);
    if (rank % 3 == 0) ranks.push_back(rank);  // as a repeat in the list asks
  }
  std::vector<RowPlace> places(ranks.size());
  index.find(ranks, places);
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    EXPECT_EQ(places[i].empty(), rows[ranks[i]].empty()) << ranks[i];
    EXPECT_EQ(rows_at(index, places[i]), rows[ranks[i]]) << ranks[i];
  }
}

TEST(RowIndex, HasTheRowsOfEachIdInTheOrderOfThePart) {
  const TempDir directory;
  const std::uint64_t seed = test_seed();
  Random random(seed);
  for (const std::size_t rows_of_an_id : {1u, 2u, 40u}) {
    for (const bool ascending : {true, false}) {
      SCOPED_TRACE("FIRMQUERY_TEST_SEED=" + std::to_string(seed));
      const IdSet ids = ids_of(9000);
      const Slice share{1000, 8500};
      std::vector<std::size_t> order;
      for (std::size_t rank = share.begin; rank < share.end - 700; ++rank) {
        if (random() % 4 == 0) continue;  // a missing one
        for (std::size_t i = random() % rows_of_an_id; i < rows_of_an_id; ++i) order.push_back(rank);
      }
      if (!ascending) std::shuffle(order.begin(), order.end(), random);
      std::string text;
      std::map<std::size_t, std::string> rows;
      for (const std::size_t rank : order) {
        const std::string row =
            "\"a\nb\"," + ids.canonical(rank) + "," + std::string(random() % 40, 'x') + "\n";
        text += row;
        rows[rank] += row;
      }
      const auto path = directory.write("part", text + "of a range that was not finished");
      const auto index =
          RowIndex::build({path, text.size(), share}, ids, RowKey(1), directory.path(), std::stop_token());
      ASSERT_TRUE(index) << index.error().to_string();
      EXPECT_EQ(index->rows(), order.size());
      EXPECT_EQ(index->found(), rows.size());
      expect_all(*index, share, rows);
      std::size_t files = 0;
      for (const auto& entry : std::filesystem::directory_iterator(directory.path())) files += entry.exists();
      EXPECT_EQ(files, 1u) << "the index has no name";
    }
  }
}

TEST(RowIndex, OfNoRowsIsEmpty) {
  const TempDir directory;
  const IdSet ids = ids_of(10);
  const auto index = RowIndex::build({directory / "none", 0, {0, 10}}, ids, RowKey(), directory.path(), {});
  ASSERT_TRUE(index);
  std::map<std::size_t, std::string> rows;
  expect_all(*index, {0, 10}, rows);
}

TEST(RowIndex, ARowOfNobodyIsAnError) {
  const TempDir directory;
  const IdSet ids = ids_of(10);
  for (const std::string text : {"2,a\n3,b\n", "2,a\nx,b\n", "2,a\n,b\n", "2,a\n\"6,b\n"}) {
    const auto path = directory.write("part", text);
    const auto index = RowIndex::build({path, text.size(), {0, 10}}, ids, RowKey(), directory.path(), {});
    ASSERT_FALSE(index) << text;
    EXPECT_EQ(index.error().kind, ErrorKind::integrity);
  }
}

}  // namespace
}  // namespace firmquery::test
