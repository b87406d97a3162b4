#include "firmquery/core/list_lifter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firmquery/core/sql_template.hpp"

namespace firmquery {
namespace {

using ::testing::HasSubstr;

struct Pasted {
  const char* sql;
  const char* lifted;
  const char* values;
};

LiftedList lifted(const std::string& sql, std::string_view key = "firm_root_id") {
  auto result = lift_list(sql, "q.sql", key);
  EXPECT_TRUE(result) << sql << "\n" << (result ? "" : result.error().to_string());
  EXPECT_TRUE(result && *result) << sql;
  return result && *result ? **result : LiftedList{};
}

class EachPasted : public ::testing::TestWithParam<Pasted> {};

TEST_P(EachPasted, ItsListIsLiftedOut) {
  const LiftedList list = lifted(GetParam().sql);
  EXPECT_EQ(list.sql, GetParam().lifted);
  EXPECT_EQ(list.values, GetParam().values);
  const auto parsed = SqlTemplate::parse(list.sql, "q.sql", list.column);
  EXPECT_TRUE(parsed) << list.sql << "\n" << parsed.error().to_string();
}

const Pasted kPasted[] = {
    // IN
    {"select * from t where k in (1,2,3)", "select * from t where k IN ({ID_PLACEHOLDER})", "1\n2\n3\n"},
    {"select * from t where k in (1)", "select * from t where k IN ({ID_PLACEHOLDER})", "1\n"},
    {"SELECT * FROM t WHERE t.k IN(\n  1,\n  -2 , +3\n)", "SELECT * FROM t WHERE t.k IN ({ID_PLACEHOLDER})",
     "1\n-2\n3\n"},
    {"select * from t where \"K\" in ('a', 'it''s', 'a,b', '\"q\"', '')",
     "select * from t where \"K\" IN ({ID_PLACEHOLDER})", "a\nit's\n\"a,b\"\n\"\"\"q\"\"\"\n\"\"\n"},
    {"select * from t where k in ('00123','00124') and status = 'open'",
     "select * from t where k IN ({ID_PLACEHOLDER}) and status = 'open'", "00123\n00124\n"},
    {"select * from t where status = 'open' and k in (1, 2) order by name",
     "select * from t where status = 'open' and k IN ({ID_PLACEHOLDER}) order by name", "1\n2\n"},
    {"select * from t where k in (E'a\\tb', E'\\x41\\u00e9', $$x'y$$, $q$z$q$)",
     "select * from t where k IN ({ID_PLACEHOLDER})", "a\tb\nAé\nx'y\nz\n"},
    {"select * from t where k in (1.50, 1e5, 1.2E+7, 2e-3)", "select * from t where k IN ({ID_PLACEHOLDER})",
     "1.50\n1e5\n1.2E+7\n2e-3\n"},
    {"select * from t where k in (1, null, 2)", "select * from t where k IN ({ID_PLACEHOLDER})", "1\n\n2\n"},
    {"select * from t where k in (1::bigint, '2'::int8, '3'::numeric(10,2), cast('4' as double precision))",
     "select * from t where k IN ({ID_PLACEHOLDER})", "1\n2\n3\n4\n"},
    {"select * from t where k in (uuid 'a0ee', 'b0ee'::uuid, text 'x')",
     "select * from t where k IN ({ID_PLACEHOLDER})", "a0ee\nb0ee\nx\n"},
    {"select * from t where k in ((1),(2), ((3)))", "select * from t where k IN ({ID_PLACEHOLDER})",
     "1\n2\n3\n"},
    {"select * from t where k in (values (1),(2))", "select * from t where k IN ({ID_PLACEHOLDER})",
     "1\n2\n"},
    {"select * from t where k in (select unnest(array[1,2]))",
     "select * from t where k IN ({ID_PLACEHOLDER})", "1\n2\n"},
    {"select * from t where k in (1, -- the first\n 2 /* and , 9 */, 3);",
     "select * from t where k IN ({ID_PLACEHOLDER});", "1\n2\n3\n"},
    {"select * from t where (k in (1,2)) and x", "select * from t where (k IN ({ID_PLACEHOLDER})) and x",
     "1\n2\n"},
    {"select * from t join u on t.a = u.a where u.k in (7)",
     "select * from t join u on t.a = u.a where u.k IN ({ID_PLACEHOLDER})", "7\n"},
    {"with o as (select * from t where k in (1, 2)) select * from o",
     "with o as (select * from t where k IN ({ID_PLACEHOLDER})) select * from o", "1\n2\n"},
    // = ANY
    {"select * from t where k = any(array[1,2])", "select * from t where k IN ({ID_PLACEHOLDER})", "1\n2\n"},
    {"select * from t where k = ANY (ARRAY[1,2]::bigint[])", "select * from t where k IN ({ID_PLACEHOLDER})",
     "1\n2\n"},
    {"select * from t where k = any('{1,2, 3 }')", "select * from t where k IN ({ID_PLACEHOLDER})",
     "1\n2\n3\n"},
    {"select * from t where k = any('{a,\"b, c\",\"d\\\"e\",NULL,\"NULL\"}'::text[])",
     "select * from t where k IN ({ID_PLACEHOLDER})", "a\n\"b, c\"\n\"d\"\"e\"\n\nNULL\n"},
    {"select * from t where k = any(('{1}')::int[])", "select * from t where k IN ({ID_PLACEHOLDER})", "1\n"},
    {"select * from t where k = any(cast('{1,2}' as int[]))", "select * from t where k IN ({ID_PLACEHOLDER})",
     "1\n2\n"},
    {"select * from t where k = some (values (1),(2))", "select * from t where k IN ({ID_PLACEHOLDER})",
     "1\n2\n"},
    {"select * from t where k = any ((values (1),(2)))", "select * from t where k IN ({ID_PLACEHOLDER})",
     "1\n2\n"},
    // OR
    {"select * from t where k in (1,2) or k in (3)", "select * from t where k IN ({ID_PLACEHOLDER})",
     "1\n2\n3\n"},
    {"select * from t where x and (k in (1,2) or k in (3) or k = 4)",
     "select * from t where x and (k IN ({ID_PLACEHOLDER}))", "1\n2\n3\n4\n"},
    {"select * from t where ((k in (1)) or (k in (2))) and x",
     "select * from t where (k IN ({ID_PLACEHOLDER})) and x", "1\n2\n"},
    {"select * from t where t.k = 1 or t.k = 2", "select * from t where t.k IN ({ID_PLACEHOLDER})", "1\n2\n"},
    {"select * from t where k = any('{1}') or k = 'x'", "select * from t where k IN ({ID_PLACEHOLDER})",
     "1\nx\n"},
    // Tables of values
    {"select t.* from t join (values (1),(2)) as v(id) on v.id = t.k",
     "select t.* from t join (SELECT id AS \"id\" FROM {IDS} AS ids) as v(id) on v.id = t.k", "1\n2\n"},
    {"select t.* from (values ('a')) v join t on t.k = v.column1",
     "select t.* from (SELECT id AS \"column1\" FROM {IDS} AS ids) v join t on t.k = v.column1", "a\n"},
    {"with v(id) as (values (1),(2)) select t.* from t join v on v.id = t.k",
     "with v(id) as (SELECT id AS \"id\" FROM {IDS} AS ids) select t.* from t join v on v.id = t.k",
     "1\n2\n"},
    {"select t.* from unnest(array[1,2]) as v(id) join t on t.k = v.id",
     "select t.* from (SELECT id AS \"id\" FROM {IDS} AS ids) as v(id) join t on t.k = v.id", "1\n2\n"},
    {"select t.* from t join unnest('{1,2}'::int[]) id on t.k = id",
     "select t.* from t join (SELECT id AS \"id\" FROM {IDS} AS ids) id on t.k = id", "1\n2\n"},
};
INSTANTIATE_TEST_SUITE_P(All, EachPasted, ::testing::ValuesIn(kPasted));

TEST(ListLifter, NamesTheColumnThatIsCompared) {
  EXPECT_EQ(lifted("select * from t where k in (1)").column, "k");
  EXPECT_EQ(lifted("select * from s.t where s.t.Order_Id in (1)").column, "order_id");
  EXPECT_EQ(lifted("select * from t where t.\"Order Id\" in (1)").column, "Order Id");
  EXPECT_EQ(lifted("select * from t where lower(k) in ('a')").column, "");
  EXPECT_EQ(lifted("select * from t where t.k = 1 or t.k = 2").column, "k");
  EXPECT_EQ(lifted("select * from t\nwhere\nk in (1)").place, "q.sql:3");
  EXPECT_EQ(lifted("select * from t where k in (1, 2, null)").count, 3U);
}

TEST(ListLifter, LeavesAloneWhatHoldsNoList) {
  for (const char* sql :
       {"select * from t where k in ({ID_PLACEHOLDER})",
        "select * from t join {IDS} as i on i.id = t.k where x in (1,2)", "select * from t",
        "select * from t where k in (select k from u)", "select * from t where k in (1, x)",
        "select * from t where k in (now(), 1)", "select * from t where k = 1",
        "select * from t where k not in (1, 2)", "select * from t where not k in (1, 2)",
        "select * from t where k <> any(array[1,2])", "select * from t where k >= any(array[1,2])",
        "select * from t where k = any($1)", "select * from t where k in (1 + 2, 3)",
        "select * from t where (a, b) in ((1, 2), (3, 4))", "select 'k in (1,2)' -- k in (3)\n from t",
        "select * from t where k = any('{{1,2},{3,4}}')", "insert into t values (1), (2)",
        "select * from t where k = 1 or j = 2"}) {
    const auto result = lift_list(sql, "q.sql", "k");
    ASSERT_TRUE(result) << sql << result.error().to_string();
    EXPECT_FALSE(*result) << sql << "\n" << (*result ? (*result)->sql : "");
  }
}

TEST(ListLifter, AsksWhichOfSeveralIsMeant) {
  const std::string sql = "select *\nfrom t\nwhere status in ('a', 'b')\n  and order_id in (1, 2, 3)";
  const auto asked = lift_list(sql, "q.sql", "firm_root_id");
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().kind, ErrorKind::usage);
  EXPECT_THAT(asked.error().message,
              HasSubstr("q.sql:3: status with 2 values; q.sql:4: order_id with 3 values"));
  EXPECT_THAT(asked.error().remedy, HasSubstr("--key"));
  const LiftedList chosen = lifted(sql, "ORDER_ID");
  EXPECT_EQ(chosen.sql, "select *\nfrom t\nwhere status in ('a', 'b')\n  and order_id IN ({ID_PLACEHOLDER})");
  EXPECT_EQ(chosen.values, "1\n2\n3\n");
}

// x AND k = 1 OR k = 2 means (x AND k = 1) OR k = 2.
TEST(ListLifter, DoesNotJoinWhatAndHoldsTogether) {
  EXPECT_FALSE(lift_list("select * from t where x and k in (1) or k in (2)", "q.sql", "k"));
  EXPECT_FALSE(lift_list("select * from t where k in (1) or k in (2) and x", "q.sql", "k"));
}

TEST(ListLifter, TakesAHundredThousandValues) {
  std::string sql = "select * from t where k in (", values;
  for (int i = 0; i < 100'000; ++i) {
    sql += (i == 0 ? "" : ", ") + std::to_string(i);
    values += std::to_string(i) + '\n';
  }
  const LiftedList list = lifted(sql + ") and x");
  EXPECT_EQ(list.values, values);
  EXPECT_EQ(list.sql, "select * from t where k IN ({ID_PLACEHOLDER}) and x");
}

}  // namespace
}  // namespace firmquery
