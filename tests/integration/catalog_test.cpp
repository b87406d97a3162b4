#include "firmquery/db/catalog.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "support/postgres.hpp"

namespace firmquery {
namespace {

class CatalogTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    test::shared_server().create_database("catalog_test");
    test::shared_server().execute(R"(
      CREATE COLLATION icu_de (provider = icu, locale = 'de');
      CREATE COLLATION "No Case" (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      CREATE DOMAIN firm_id AS bigint;
      CREATE DOMAIN firm_code AS char(12) COLLATE "C";
      CREATE DOMAIN short_firm_code AS firm_code CHECK (value <> '');
      CREATE SCHEMA "Odd";
      CREATE TYPE "Odd".text AS ENUM ('a');
      CREATE TABLE "Odd"."Facts" (
        i2 smallint, i4 integer, i8 bigint, num numeric(12, 2), u uuid, t text, vc varchar(10), ch char(12),
        c_c text COLLATE "C", c_icu varchar(20) COLLATE icu_de, c_nd text COLLATE "No Case",
        d_id firm_id, d_code short_firm_code,
        day date, f float8, b bytea, j jsonb, yes boolean, n name, "char" "char", arr int[], fake "Odd".text,
        "Quoted ""Col" bigint);
      CREATE INDEX by_i8 ON "Odd"."Facts" (i8);
      CREATE UNIQUE INDEX by_i8_unique ON "Odd"."Facts" (i8, i4);
      CREATE INDEX by_i4_second ON "Odd"."Facts" (t, i4);
      CREATE INDEX partial ON "Odd"."Facts" (i4) WHERE i4 > 5;
      CREATE INDEX hashed ON "Odd"."Facts" USING hash (i4);
      CREATE INDEX on_expression ON "Odd"."Facts" ((i4 + 1));
      CREATE INDEX patterns ON "Odd"."Facts" (vc text_pattern_ops);
      CREATE INDEX other_collation ON "Odd"."Facts" (vc COLLATE "C");
      CREATE INDEX own_collation ON "Odd"."Facts" (c_icu);
      CREATE VIEW a_view AS SELECT i8 AS id FROM "Odd"."Facts";
      CREATE TABLE parts (id bigint PRIMARY KEY) PARTITION BY RANGE (id))",
                                  "catalog_test");
  }

  static ConnectOptions options() {
    ConnectOptions options;
    options.dsn = test::shared_server().dsn("catalog_test");
    return options;
  }

  // As the program gets there: describe a query, ask for its only column.
  static Result<KeyColumn> key_of(const std::string& query) {
    auto session = Session::open(options()).value();
    const auto described = session.describe(query).value();
    const ColumnDescription& column = described.columns.at(0);
    return Catalog(options()).key_column(Dialect{}, column.table_oid, column.table_column, column.type_oid);
  }

  static KeyColumn column(const std::string& name) {
    auto key = key_of("SELECT " + name + " FROM \"Odd\".\"Facts\"");
    EXPECT_TRUE(key) << key.error().to_string();
    return key ? *key : KeyColumn{};
  }
};

TEST_F(CatalogTest, Integers) {
  const KeyColumn key = column("i8");
  EXPECT_EQ(key.type_name, "bigint");
  EXPECT_EQ(key.staging_type, "bigint");
  EXPECT_EQ(key.id_type, IdType::integer);
  EXPECT_EQ(key.low, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(key.high, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(key.table, "\"Odd\".\"Facts\"");
  EXPECT_EQ(key.column, "i8");
  EXPECT_TRUE(key.collation.empty());
  EXPECT_TRUE(key.deterministic);
  EXPECT_FALSE(key.padded);
  EXPECT_EQ(column("i2").high, 32767);
  EXPECT_EQ(column("i2").staging_type, "smallint");
  EXPECT_EQ(column("i4").low, -2147483648LL);
  EXPECT_EQ(column("i4").staging_type, "integer");
  EXPECT_EQ(column("\"Quoted \"\"Col\"").column, "\"Quoted \"\"Col\"");
}

TEST_F(CatalogTest, OtherTypesWithoutTheirLimits) {
  EXPECT_EQ(column("num").type_name, "numeric(12,2)");
  EXPECT_EQ(column("num").staging_type, "numeric");
  EXPECT_EQ(column("num").id_type, IdType::numeric);
  EXPECT_EQ(column("u").staging_type, "uuid");
  EXPECT_EQ(column("u").id_type, IdType::uuid);
  EXPECT_EQ(column("t").staging_type, "text");
  EXPECT_EQ(column("vc").type_name, "character varying(10)");
  EXPECT_EQ(column("vc").staging_type, "character varying");
  EXPECT_EQ(column("ch").type_name, "character(12)");
  EXPECT_EQ(column("ch").staging_type, "bpchar");
  EXPECT_TRUE(column("ch").padded);
  EXPECT_EQ(column("ch").id_type, IdType::text);
}

TEST_F(CatalogTest, Collations) {
  EXPECT_EQ(column("t").collation, "");
  EXPECT_EQ(column("c_c").collation, "pg_catalog.\"C\"");
  EXPECT_EQ(column("c_icu").collation, "public.icu_de");
  EXPECT_TRUE(column("c_icu").deterministic);
  EXPECT_EQ(column("c_nd").collation, "public.\"No Case\"");
  EXPECT_FALSE(column("c_nd").deterministic);
}

TEST_F(CatalogTest, DomainsAreResolved) {
  EXPECT_EQ(column("d_id").staging_type, "bigint");
  EXPECT_EQ(column("d_id").id_type, IdType::integer);
  const KeyColumn code = column("d_code");
  EXPECT_EQ(code.staging_type, "bpchar");
  EXPECT_EQ(code.type_name, "short_firm_code");
  EXPECT_EQ(code.collation, "pg_catalog.\"C\"");
  EXPECT_TRUE(code.padded);
}

TEST_F(CatalogTest, TypesThatCannotBeAKeyAreRefusedWithTheRemedy) {
  for (const char* name : {"day", "f", "b", "j", "yes", "n", "\"char\"", "arr", "fake"}) {
    const auto key = key_of(fmt::format("SELECT {} FROM \"Odd\".\"Facts\"", name));
    ASSERT_FALSE(key) << name;
    EXPECT_EQ(key.error().kind, ErrorKind::query);
    EXPECT_NE(key.error().remedy.find(fmt::format("{}::text", name)), std::string::npos)
        << key.error().to_string();
  }
  EXPECT_EQ(key_of("SELECT day FROM \"Odd\".\"Facts\"").error().message,
            "the key column day has type date, which cannot be a key");
}

TEST_F(CatalogTest, OnlyIndexesThatServeARange) {
  EXPECT_EQ(column("i8").indexes, (std::vector<std::string>{"by_i8_unique", "by_i8"}));
  EXPECT_FALSE(column("i8").leads_primary_key);
  EXPECT_EQ(column("i4").indexes, std::vector<std::string>{});
  EXPECT_EQ(column("vc").indexes, std::vector<std::string>{});
  EXPECT_EQ(column("t").indexes, std::vector<std::string>{"by_i4_second"});
  EXPECT_EQ(column("c_icu").indexes, std::vector<std::string>{"own_collation"});
}

TEST_F(CatalogTest, ExpressionsViewsAndPartitions) {
  const auto expression = key_of("SELECT i8 + 1 FROM \"Odd\".\"Facts\"");
  ASSERT_TRUE(expression) << expression.error().to_string();
  EXPECT_EQ(expression->staging_type, "bigint");
  EXPECT_TRUE(expression->table.empty());
  EXPECT_TRUE(expression->column.empty());
  EXPECT_TRUE(expression->indexes.empty());
  EXPECT_EQ(key_of("SELECT 'x'::text").value().id_type, IdType::text);
  EXPECT_EQ(key_of("SELECT now()").error().message,
            "the key has type timestamp with time zone, which cannot be a key");
  const auto view = key_of("SELECT id FROM a_view");
  ASSERT_TRUE(view);
  EXPECT_EQ(view->table, "public.a_view");
  EXPECT_TRUE(view->indexes.empty());
  EXPECT_TRUE(view->of_view);
  EXPECT_EQ(key_of("SELECT id FROM parts").value().indexes, std::vector<std::string>{"parts_pkey"});
  EXPECT_TRUE(key_of("SELECT id FROM parts").value().leads_primary_key);
}

TEST_F(CatalogTest, FailuresAreErrorsNotExceptions) {
  const auto unknown = Catalog(options()).key_column(Dialect{}, 0, 0, 4000000000U);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, ErrorKind::query);
  ConnectOptions nowhere;
  nowhere.dsn = "host=/nonexistent password=s3cr3t user=ann dbname=x";
  const auto refused = Catalog(nowhere).key_column(Dialect{}, 0, 0, 20);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::transient);
  EXPECT_EQ(refused.error().to_string().find("s3cr3t"), std::string::npos);
  nowhere.dsn = "host=a prot=1";
  EXPECT_EQ(Catalog(nowhere).key_column(Dialect{}, 0, 0, 20).error().kind, ErrorKind::usage);
}

}  // namespace
}  // namespace firmquery
