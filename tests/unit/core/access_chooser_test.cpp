#include "firmquery/core/access_chooser.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace firmquery {
namespace {

// A table whose lookups cost `per_id` seconds an ID and whose scans cost `per_row` a row, with so many rows
// for each unit of the key; asked by a session that does what the chooser says.
struct Table {
  double per_id = 6e-6, per_row = 1.5e-6;
};

struct Read {
  double looked_up = 0, scanned = 0, rows_left_out = 0, rows_given_up = 0;
};

// Reads `ids` IDs that are `gap` apart, in statements of at most 20,000.
void read(AccessChooser& chooser, const Table& table, double rows_per_key, double gap, double ids,
          Read& read) {
  while (ids > 0) {
    const auto choice = chooser.choose({std::min(ids, 5000.0), std::min(ids, 5000.0) * gap});
    const double now = std::min({ids, 20'000.0, static_cast<double>(choice.most_ids)});
    const Stretch stretch{now, now * gap};
    if (choice.access == AccessPath::lookup) {
      chooser.looked_up(stretch, now * table.per_id);
      read.looked_up += now;
      ids -= now;
      continue;
    }
    const double rows = rows_per_key * stretch.width, most = AccessChooser::kMostRowsPerId * now;
    if (rows > most) {
      chooser.given_up(stretch, most);
      read.rows_given_up += most;
      continue;
    }
    chooser.scanned(stretch, rows, rows * table.per_row);
    read.scanned += now;
    read.rows_left_out += std::max(0.0, rows - now);
    ids -= now;
  }
}

TEST(AccessChooser, ADenseListIsScanned) {
  AccessChooser chooser;
  Read done;
  read(chooser, {}, 1, 1, 1e6, done);
  EXPECT_LE(done.looked_up, 20'000);
  EXPECT_EQ(done.rows_given_up, 0);
}

TEST(AccessChooser, WhereItIsKnownToBeDenseNothingElseIsTried) {
  AccessChooser chooser(true);
  Read done;
  read(chooser, {}, 1, 1, 1e6, done);
  EXPECT_EQ(done.looked_up, 0);
  Read sparse;
  read(chooser, {}, 1, 100, 1e6, sparse);
  EXPECT_EQ(sparse.scanned, 0) << "and what is not, is looked up all the same";
}

TEST(AccessChooser, ASparseListIsLookedUpAndFewScansAreTried) {
  AccessChooser chooser;
  Read done;
  read(chooser, {}, 1, 200, 1e6, done);
  EXPECT_EQ(done.scanned, 0);
  // 5,000 IDs at the start, after 200,000 and after 800,000 more.
  EXPECT_LE(done.rows_given_up, 3 * 50'000);
}

TEST(AccessChooser, AScanThatCostsMoreThanItsLookupsIsLeft) {
  AccessChooser chooser;
  Read done;
  read(chooser, {.per_id = 2e-6, .per_row = 1.5e-6}, 1, 4, 1e6, done);
  EXPECT_LE(done.scanned, 30'000) << "four rows for each ID";
  EXPECT_GT(done.scanned, 0) << "or nothing was measured";
}

TEST(AccessChooser, WhereTheListGetsSparseItIsLookedUpAtOnceAndScannedAgainWhereItIsDense) {
  AccessChooser chooser;
  Read dense, sparse, dense_again;
  read(chooser, {}, 1, 1, 300'000, dense);
  read(chooser, {}, 1, 100, 300'000, sparse);
  read(chooser, {}, 1, 1, 300'000, dense_again);
  EXPECT_GE(dense.scanned, 280'000);
  // The width tells: nothing has to be read in vain to find out.
  EXPECT_GE(sparse.looked_up, 290'000);
  EXPECT_LE(sparse.rows_given_up, 2 * 50'000);
  EXPECT_GE(dense_again.scanned, 290'000);
}

TEST(AccessChooser, SpansWithoutARowAreScanned) {
  AccessChooser chooser;
  Read done;
  read(chooser, {}, 0, 10, 1e6, done);
  EXPECT_LE(done.looked_up, 20'000);
}

TEST(AccessChooser, ASlowFirstStatementDoesNotCount) {
  AccessChooser chooser;
  chooser.looked_up({1000, 1000}, 2.0);
  ASSERT_EQ(chooser.choose({5000, 5000}).access, AccessPath::scan);
  chooser.scanned({5000, 5000}, 5000, 0.02);
  ASSERT_EQ(chooser.choose({5000, 5000}).access, AccessPath::lookup) << "once more, for what it really costs";
  chooser.looked_up({5000, 5000}, 0.001);
  EXPECT_EQ(chooser.choose({5000, 5000}).access, AccessPath::lookup);
}

}  // namespace
}  // namespace firmquery
