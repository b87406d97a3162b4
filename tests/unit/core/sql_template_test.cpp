#include "firmquery/core/sql_template.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace firmquery {
namespace {

using ::testing::HasSubstr;

Result<SqlTemplate> parse(const std::string& sql, const std::string& key = "id") {
  return SqlTemplate::parse(sql, "q.sql", key);
}

std::string template_error(const std::string& sql, const std::string& key = "id") {
  const auto result = parse(sql, key);
  return result ? "accepted" : result.error().to_string();
}

TEST(SqlTemplate, RendersTheListInPlaceOfThePlaceholder) {
  const auto t = parse("select id, a from t where id in ({ID_PLACEHOLDER}) and a > 1;\n");
  ASSERT_TRUE(t) << t.error().to_string();
  EXPECT_EQ(t->render("1,2"), "select id, a from t where id in (1,2) and a > 1");
  EXPECT_EQ(t->operand(), "id");
}

TEST(SqlTemplate, PutsTheBoundBesideTheConditionItFollowsFrom) {
  const auto t = parse("SELECT t1.\"Id\" AS id FROM t t1 WHERE x OR t1.\"Id\" IN ( {ID_PLACEHOLDER} ) OR y");
  ASSERT_TRUE(t) << t.error().to_string();
  EXPECT_EQ(t->render("1,5", Bound{"1", "5"}),
            "SELECT t1.\"Id\" AS id FROM t t1 WHERE x OR (t1.\"Id\" IN ( 1,5 ) AND t1.\"Id\" BETWEEN 1 AND "
            "5) OR y");
}

TEST(SqlTemplate, LeavesTheBoundOutWhereTheOperandIsAnExpression) {
  for (const char* operand :
       {"lower(id)", "id + 1", "(a, id)", "id::text", "a.b[1]", "1 + id", "a || id", "CAST(id AS text)"}) {
    const auto t = parse(std::string("select id from t where ") + operand + " in ({ID_PLACEHOLDER})");
    ASSERT_TRUE(t) << operand << t.error().to_string();
    EXPECT_FALSE(t->can_bound()) << operand;
    EXPECT_EQ(t->render("7", Bound{"7", "7"}), std::string("select id from t where ") + operand + " in (7)");
  }
}

TEST(SqlTemplate, TheUpperOperandOfBetweenIsNotAnOperandOfIn) {
  const auto t = parse("select id from t where a between 1 and id in ({ID_PLACEHOLDER})");
  ASSERT_TRUE(t);
  EXPECT_FALSE(t->can_bound());
  const auto after = parse("select id from t where a between 1 and 2 and id in ({ID_PLACEHOLDER})");
  ASSERT_TRUE(after);
  EXPECT_EQ(after->operand(), "id");
}

TEST(SqlTemplate, ReplacesEveryPlaceholderAndBoundsTheSameOperandOnly) {
  const auto t = parse(
      "select id from t where id in ({ID_PLACEHOLDER}) union select k as id from u where k in "
      "({ID_PLACEHOLDER})");
  ASSERT_TRUE(t) << t.error().to_string();
  EXPECT_EQ(
      t->render("3", Bound{"3", "3"}),
      "select id from t where (id in (3) AND id BETWEEN 3 AND 3) union select k as id from u where k in (3)");
}

TEST(SqlTemplate, ProbesTheComparedColumnInItsOwnQueryLevel) {
  const auto simple = parse(
      "select distinct a.id, b.x from t a join u b on a.id = b.id where a.id in ({ID_PLACEHOLDER}) order by "
      "1");
  ASSERT_TRUE(simple);
  EXPECT_EQ(simple->operand_probe(), "select a.id as operand\nfrom t a join u b on a.id = b.id ");
  const auto nested = parse("select id from (select k as id from u where u.k in ({ID_PLACEHOLDER})) s");
  ASSERT_TRUE(nested) << nested.error().to_string();
  EXPECT_EQ(nested->operand_probe(), "select u.k as operand\nfrom u ");
  const auto with = parse("with u as (select 1 as k) select k as id from u where k in ({ID_PLACEHOLDER})");
  ASSERT_TRUE(with);
  EXPECT_EQ(with->operand_probe(), "with u as (select 1 as k) select k as operand\nfrom u ");
}

TEST(SqlTemplate, ProbesWhateverIsComparedWithAPlaceholder) {
  const auto one = [](const std::string& condition) {
    const auto parsed = parse("select id from t where " + condition + " in ({ID_PLACEHOLDER})");
    EXPECT_TRUE(parsed) << condition;
    return parsed && parsed->operand_probes().size() == 1 ? parsed->operand_probes().front() : "none";
  };
  const auto probe = [](const std::string& operand) { return "select " + operand + " as operand\nfrom t "; };
  EXPECT_EQ(one("t.id"), probe("t.id"));
  EXPECT_EQ(one("n > 0 and lower(trim(id))"), probe("lower(trim(id))"));
  EXPECT_EQ(one("(id)"), probe("(id)"));
  EXPECT_EQ(one("id collate \"x y\""), probe("id collate \"x y\""));
  EXPECT_EQ(one("(n = 1) or a || '-' || b::text"), probe("a || '-' || b::text"));
  const auto two =
      parse("select id from t where id in ({ID_PLACEHOLDER}) or lower(id) in ({ID_PLACEHOLDER})");
  ASSERT_TRUE(two);
  EXPECT_EQ(two->operand_probes(), (std::vector<std::string>{probe("id"), probe("lower(id)")}));
}

TEST(SqlTemplate, NamesTheLineOfWhatItRefuses) {
  EXPECT_THAT(template_error("select id\nfrom t\nwhere id in ({ID_PLACEHOLDER})\nlimit 5"),
              HasSubstr("q.sql:4: LIMIT"));
}

struct Refusal {
  const char* sql;
  const char* message;
};

class Refused : public ::testing::TestWithParam<Refusal> {};
TEST_P(Refused, WithTheReason) {
  EXPECT_THAT(template_error(GetParam().sql), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    SqlTemplate, Refused,
    ::testing::Values(
        Refusal{"select 1", "no {ID_PLACEHOLDER}"}, Refusal{"", "the template is empty"},
        Refusal{"select id from t where id in ('{ID_PLACEHOLDER}')", "inside a string"},
        Refusal{"select id from t -- id in ({ID_PLACEHOLDER})", "comment"},
        Refusal{"select id from t /* {ID_PLACEHOLDER} /* nested */ */", "comment"},
        Refusal{"select id, $q$ {ID_PLACEHOLDER} $q$ from t", "inside a string"},
        Refusal{"select id from t where id = {ID_PLACEHOLDER}", "inside IN (...)"},
        Refusal{"select id from t where id in (1, {ID_PLACEHOLDER})", "inside IN (...)"},
        Refusal{"select id from t where id not in ({ID_PLACEHOLDER})", "NOT IN"},
        Refusal{"select id from t where not id in ({ID_PLACEHOLDER})", "NOT IN"},
        Refusal{"select id from t where not (a or id in ({ID_PLACEHOLDER}))", "negated"},
        Refusal{"select id from t where not exists (select 1 from u where u.id in ({ID_PLACEHOLDER}))",
                "negated"},
        Refusal{"select id from t where id not in (select id from u where u.id in ({ID_PLACEHOLDER}))",
                "negated"},
        Refusal{"delete from t where id in ({ID_PLACEHOLDER})", "writes (delete)"},
        Refusal{"with d as (delete from t where id in ({ID_PLACEHOLDER}) returning id) select id from d",
                "writes (delete)"},
        Refusal{"select id into u from t where id in ({ID_PLACEHOLDER})", "writes (into)"},
        Refusal{"select id from t where id in ({ID_PLACEHOLDER}); drop table t", "more than one statement"},
        Refusal{"\\copy t to x", "not a SELECT"},
        Refusal{"select id from t where id in ({ID_PLACEHOLDER}) and a = $1", "parameter $1"},
        Refusal{"select id from t where id in ({ID_PLACEHOLDER}) offset 3", "OFFSET"},
        Refusal{"select id from t where id in ({ID_PLACEHOLDER}) fetch first row only", "FETCH"},
        Refusal{"select id from (select id from t where id in ({ID_PLACEHOLDER}) limit 3) s", "LIMIT"},
        Refusal{"with s as (select id from t where id in ({ID_PLACEHOLDER})), l as (select * from s limit 1) "
                "select id from l",
                "LIMIT"},
        Refusal{"select id from t where id in ({ID_PLACEHOLDER}) for update", "locking"},
        Refusal{"select id, row_number() over (order by a) from t where id in ({ID_PLACEHOLDER})",
                "window function"},
        Refusal{"select id, sum(a) over w from t where id in ({ID_PLACEHOLDER}) window w as (order by a)",
                "window function"},
        Refusal{"select a, count(*) as id from t where id in ({ID_PLACEHOLDER}) group by a",
                "GROUP BY without the key"},
        Refusal{"select max(id) as id from t where id in ({ID_PLACEHOLDER})", "aggregate"},
        Refusal{"select distinct on (a) id, a from t where id in ({ID_PLACEHOLDER})", "DISTINCT ON"},
        Refusal{"select id from t where id in ({ID_PLACEHOLDER}", "never closed"},
        Refusal{"select id from t where id in ({ID_PLACEHOLDER}))", "no opening one"},
        Refusal{"select 'abc from t where id in ({ID_PLACEHOLDER})", "never closed"}));

class Accepted : public ::testing::TestWithParam<const char*> {};
TEST_P(Accepted, BecauseRangesKeepItsMeaning) {
  EXPECT_EQ(template_error(GetParam()), "accepted");
}

INSTANTIATE_TEST_SUITE_P(
    SqlTemplate, Accepted,
    ::testing::Values(
        "select id, count(*) from t where id in ({ID_PLACEHOLDER}) group by id",
        "select t.k as id, count(*) from t where t.k in ({ID_PLACEHOLDER}) group by 1",
        "select a, id, count(*) from t where id in ({ID_PLACEHOLDER}) group by 2, a having count(*) > 1",
        "select id, row_number() over (partition by id order by a) from t where id in ({ID_PLACEHOLDER})",
        "select distinct on (id) id, a from t where id in ({ID_PLACEHOLDER})",
        "select distinct id, a from t where id in ({ID_PLACEHOLDER})",
        "select id, (select max(b) from u where u.id = t.id limit 1) from t where id in ({ID_PLACEHOLDER})",
        "select id, x.b from t, lateral (select b from u where u.id = t.id order by b limit 1) x where id in "
        "({ID_PLACEHOLDER})",
        "select id, 'limit 5' as \"limit\", E'it\\'s; $1' from t where id in ({ID_PLACEHOLDER}) -- limit 5; "
        "done",
        "select id, a - b * c, d->>'x', e::int from t where id in ({ID_PLACEHOLDER})",
        "(select id from t where id in ({ID_PLACEHOLDER}))",
        "WITH s AS MATERIALIZED (SELECT id FROM t WHERE id IN ({ID_PLACEHOLDER})) SELECT id FROM s"));

TEST(SqlTemplate, TakesARelationWhereATableStands) {
  const auto t = parse("select t.id, t.a from {IDS} as ids inner lookup join t on t.id = ids.id");
  ASSERT_TRUE(t) << t.error().to_string();
  EXPECT_TRUE(t->uses_relation());
  EXPECT_EQ(t->render_relation("(select 1)"),
            "select t.id, t.a from (select 1) as ids inner lookup join t on t.id = ids.id");
  EXPECT_THAT(template_error("select t.id from t where id in (select id from {IDS}) limit 1"),
              HasSubstr("LIMIT"));
  EXPECT_THAT(template_error("select t.id from {IDS} i join t on t.id = i.id limit 1"), HasSubstr("LIMIT"));
  EXPECT_THAT(template_error("select {IDS} from t"), HasSubstr("where a table stands"));
  EXPECT_THAT(template_error("select i.id from {IDS} i join {IDS} j on i.id = j.id"), HasSubstr("twice"));
  EXPECT_THAT(template_error("select i.id from {IDS} i where i.id in ({ID_PLACEHOLDER})"), HasSubstr("both"));
}

TEST(SqlTemplate, WarnsThatOrderHoldsWithinARange) {
  const auto t = parse("select id from t where id in ({ID_PLACEHOLDER}) order by id");
  ASSERT_TRUE(t);
  ASSERT_EQ(t->warnings().size(), 1u);
  EXPECT_THAT(t->warnings().front(), HasSubstr("ORDER BY"));
}

TEST(SqlTemplate, AScanReadsTheSpanAndIsLimited) {
  const auto t = parse(
      "with w as (select 1) select distinct t.id, n from t join u on t.id = u.x\n"
      "where n > 1 and not gone and t.id in ({ID_PLACEHOLDER}) and a between 1 and 2 order by id -- all\n;");
  ASSERT_TRUE(t) << t.error().to_string();
  EXPECT_EQ(t->scan_obstacle(), "");
  EXPECT_EQ(t->render_scan({"1", "9"}, 100),
            "with w as (select 1) select distinct t.id, n from t join u on t.id = u.x\n"
            "where n > 1 and not gone and t.id BETWEEN 1 AND 9 and a between 1 and 2 order by id -- "
            "all\nLIMIT 100");
}

TEST(SqlTemplate, WhereTheConditionIsNotOneOfItsOwnThereIsNoScan) {
  for (const char* sql : {
           "select id from t where x or id in ({ID_PLACEHOLDER})",
           "select id from t where id in ({ID_PLACEHOLDER}) or x",
           "select id from t where (id in ({ID_PLACEHOLDER}))",
           "select id from t where id in ({ID_PLACEHOLDER}) is not false",
           "select id from t where id in ({ID_PLACEHOLDER}) = true and x",
           "select id from t where a between 1 and id in ({ID_PLACEHOLDER})",
           "select id from t where case when x and id in ({ID_PLACEHOLDER}) then true end",
           "select id from t left join u on u.id = t.id and t.id in ({ID_PLACEHOLDER})",
           "select id from t join u on x where y = 1 union select id from v where id in ({ID_PLACEHOLDER})",
           "select * from (select id from t where id in ({ID_PLACEHOLDER})) s",
           "select id from t where id in ({ID_PLACEHOLDER}) and id in ({ID_PLACEHOLDER})",
           "select id from t where lower(id) in ({ID_PLACEHOLDER})",
           "select id from t where x = id in ({ID_PLACEHOLDER})",
       }) {
    const auto t = parse(sql);
    if (t) {
      EXPECT_NE(t->scan_obstacle(), "") << sql;
    }
  }
}

TEST(SqlTemplate, CountsTheMentionsOfATable) {
  const auto t = parse("select t.id, 't', \"t\".n -- t\nfrom s.T where t.id in ({ID_PLACEHOLDER})");
  ASSERT_TRUE(t) << t.error().to_string();
  EXPECT_EQ(t->mentions("t"), 1u);
  EXPECT_EQ(parse("select a.id from t a, \"t\" b where a.id in ({ID_PLACEHOLDER})")->mentions("t"), 2u);
}

TEST(SqlTemplate, KnowsJoinHints) {
  EXPECT_TRUE(parse("select t.id from {IDS} i inner LOOKUP join t on t.id = i.id")->has_join_hint());
  EXPECT_FALSE(parse("select t.id from {IDS} i inner join t on t.id = i.id")->has_join_hint());
}

}  // namespace
}  // namespace firmquery
