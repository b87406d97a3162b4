#include "firmquery/core/reconcile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace firmquery {
namespace {

IdSet texts(std::initializer_list<const char*> ids) {
  IdSetBuilder builder(IdType::text);
  for (const char* id : ids) builder.add(id);
  return builder.finish().unique;
}

TEST(Reconciler, CountsRowsAndDistinctIds) {
  const IdSet ids = texts({"a", "b", "c", "d"});
  Reconciler r(ids, {0, 4});
  r.begin({0, 3});
  for (const char* key : {"a", "a", "c", "a"}) ASSERT_TRUE(r.row(key, false));
  r.commit();
  EXPECT_EQ(r.rows(), 4u);
  EXPECT_EQ(r.found(), 2u);
  EXPECT_EQ(r.found_digest(), Digest::of("a") + Digest::of("c"));
  EXPECT_TRUE(r.is_found(0));
  EXPECT_FALSE(r.is_found(1));
}

TEST(Reconciler, ARolledBackUnitLeavesNoTrace) {
  const IdSet ids = texts({"a", "b", "c"});
  Reconciler r(ids, {0, 3});
  r.begin({0, 1});
  ASSERT_TRUE(r.row("a", false));
  r.commit();
  r.begin({0, 3});
  ASSERT_TRUE(r.row("a", false));
  ASSERT_TRUE(r.row("b", false));
  r.rollback();
  EXPECT_EQ(r.rows(), 1u);
  EXPECT_EQ(r.found(), 1u);
  EXPECT_TRUE(r.is_found(0));
  EXPECT_FALSE(r.is_found(1));
  EXPECT_EQ(r.found_digest(), Digest::of("a"));
}

TEST(Reconciler, RefusesARowThatWasNotAskedFor) {
  const IdSet ids = texts({"a", "b", "c"});
  Reconciler r(ids, {0, 3});
  r.begin({0, 2});
  EXPECT_THAT(r.row("x", false).error().to_string(), ::testing::HasSubstr("\"x\", which was not asked for"));
  EXPECT_FALSE(r.row("c", false)) << "in the list, but of another range";
  EXPECT_FALSE(r.row("", true)) << "NULL";
}

TEST(Reconciler, ComparesCanonicalForms) {
  IdSetBuilder builder(IdType::numeric);
  builder.add("1.5");
  const IdSet ids = builder.finish().unique;
  Reconciler r(ids, {0, 1});
  r.begin({0, 1});
  ASSERT_TRUE(r.row("1.500", false));
  r.commit();
  EXPECT_EQ(r.found_digest(), Digest::of("1.5"));
  const IdSet padded = texts({"ab"});
  Reconciler p(padded, {0, 1});
  p.begin({0, 1});
  EXPECT_TRUE(p.row("ab   ", false)) << "char(5)";
}

TEST(Reconciler, WorksOnASliceThatDoesNotStartAtZero) {
  IdSetBuilder builder(IdType::integer);
  for (int i = 0; i < 1000; ++i) builder.add(std::int64_t{i});
  const IdSet ids = builder.finish().unique;
  Reconciler r(ids, {500, 1000});
  r.begin({700, 800});
  for (int i = 799; i >= 700; --i) ASSERT_TRUE(r.row(std::to_string(i), false));
  r.commit();
  EXPECT_EQ(r.found(), 100u);
  for (std::size_t i = 500; i < 1000; ++i) EXPECT_EQ(r.is_found(i), i >= 700 && i < 800);
}

TEST(Reconciler, OfWhatAScanReturnsOnlyTheIdsOfTheUnitCount) {
  const IdSet ids = texts({"b", "d", "f"});
  Reconciler r(ids, {0, 3});
  r.begin({0, 2});
  std::string taken;
  for (const char* key : {"a", "b", "b", "c", "c", "d", "e", "f"}) {
    const auto asked_for = r.offer(key, false);
    ASSERT_TRUE(asked_for);
    if (*asked_for) taken += key;
  }
  EXPECT_EQ(taken, "bbd");
  EXPECT_EQ(r.unit_rows(), 3u);
  EXPECT_EQ(r.unit_found(), 2u);
  EXPECT_FALSE(*r.offer(" d", false)) << "another text, which the server would not have returned for d";
  EXPECT_FALSE(r.offer("", true)) << "NULL lies in no span";
}

}  // namespace
}  // namespace firmquery
