// Comparisons under which different IDs are equal: refused at the start, whatever the strategy and however
// many sessions would read.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "firmquery/preflight/doctor.hpp"
#include "firmquery/preflight/plan_report.hpp"
#include "integration/each_server.hpp"
#include "integration/run_case.hpp"

namespace firmquery::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr StrategyKind kStrategies[] = {StrategyKind::temp_table, StrategyKind::staging_table,
                                        StrategyKind::array, StrategyKind::in_list};

class KeyEquality : public ::testing::Test {
 protected:
  Job job(const std::string& ids, const std::string& sql) {
    return make_job(directory_, server().dsn(), ids, sql, fmt::format("out{}", ++runs_));
  }
  std::string error_of(const Job& job) {
    const Outcome outcome = run(job);
    return outcome.result ? "no error" : outcome.result.error().to_string();
  }
  // What the run, `plan` and `doctor` say: all the same.
  std::string refusal(const Job& job) {
    const std::string said = error_of(job);
    EXPECT_FALSE(std::filesystem::exists(job.out)) << "a run that cannot begin leaves nothing";
    Progress progress;
    const auto plan = plan_job(job, progress, {});
    EXPECT_EQ(plan ? "no error" : plan.error().to_string(), said);
    const auto diagnosis = examine_job(job, {});
    EXPECT_TRUE(diagnosis);
    std::string failed;
    for (const Check& check : diagnosis->checks) {
      if (check.status == CheckStatus::fail) failed += check.detail + "\n  " + check.remedy;
    }
    EXPECT_EQ(failed, said);
    return said;
  }
  virtual const EachServer& server() const = 0;

  const TempDir directory_;
  int runs_ = 0;
};

class PostgresEquality : public KeyEquality {
 protected:
  void SetUp() override {
    server_.execute(
        {"drop table if exists codes cascade", "drop collation if exists no_case",
         "create collation no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
         "create table codes (k text collate no_case, plain text, ip inet, n int)",
         "insert into codes values ('Abc', 'Abc', '10.0.0.1', 1)"});
  }
  const EachServer& server() const override { return server_; }
  const EachServer server_{DialectKind::postgresql};
};

TEST_F(PostgresEquality, ANondeterministicCollationIsFoundWhereverItComesFrom) {
  const char* const queries[] = {
      "select k as firm_root_id, n from codes where k in ({ID_PLACEHOLDER})",
      "select k as firm_root_id, n from codes where trim(k) in ({ID_PLACEHOLDER})",
      "select k as firm_root_id, n from codes where n > 0 and (k) in ({ID_PLACEHOLDER})",
      "select plain as firm_root_id, n from codes where plain collate no_case in ({ID_PLACEHOLDER})",
      "select k as firm_root_id, n from (select plain collate no_case as k, n from codes) q where q.k in "
      "({ID_PLACEHOLDER})",
      "with q as (select n, plain collate no_case as k from codes) select k as firm_root_id, n from q where "
      "k in ({ID_PLACEHOLDER})",
      "select n, k as firm_root_id from codes where plain in ({ID_PLACEHOLDER}) or k || '' in "
      "({ID_PLACEHOLDER})",
      "select codes.k as firm_root_id, n from codes join {IDS} as l on l.id = codes.k",
      "select trim(codes.k) as firm_root_id, n from codes join {IDS} as l on l.id = trim(codes.k)",
  };
  for (const char* query : queries) {
    SCOPED_TRACE(query);
    EXPECT_THAT(refusal(job("Abc\nabc\n", query)), HasSubstr("under which different IDs are equal"));
  }
}

TEST_F(PostgresEquality, TheRemediesWork) {
  const auto missing = [&](const std::string& query) {
    const Outcome outcome = run(job("Abc\nabc\n", query));
    if (!outcome.result) return outcome.result.error().to_string();
    for (const std::string& warning : outcome.log.warnings)
      EXPECT_EQ(warning.find("could not be found out"), std::string::npos) << warning;
    return outcome.missing;
  };
  EXPECT_EQ(missing("select k as firm_root_id, n from codes where k collate \"C\" in ({ID_PLACEHOLDER})"),
            "firm_root_id\nabc\n");
  EXPECT_EQ(missing("select plain as firm_root_id, n from codes where plain in ({ID_PLACEHOLDER})"),
            "firm_root_id\nabc\n");
  // Each row says which ID of the list it answers.
  EXPECT_EQ(missing("select ids.id as firm_root_id, n from codes join {IDS} as ids on ids.id = codes.k"),
            "firm_root_id\n");
}

TEST_F(PostgresEquality, AKeyThatIsWrittenOtherwiseThanItIsComparedIsRefused) {
  const Job written = job("10.0.0.1\n10.0.0.1/32\n",
                          "select ip as firm_root_id, n from codes where ip::text in ({ID_PLACEHOLDER})");
  EXPECT_THAT(refusal(written), HasSubstr("select it as it is compared: ...::text AS firm_root_id"));
  const Outcome outcome =
      run(job("10.0.0.1\n10.0.0.1/32\n",
              "select ip::text as firm_root_id, n from codes where ip::text in ({ID_PLACEHOLDER})"));
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.missing, "firm_root_id\n10.0.0.1\n");
}

TEST_F(PostgresEquality, AKeyThatIsNotWhatIsComparedIsWarnedOf) {
  const auto warned = [&](const std::string& query) {
    const Job asked = job("Abc\nabc\n", query);
    Progress progress;
    const auto plan = plan_job(asked, progress, {});
    if (!plan) return plan.error().to_string();
    for (const std::string& warning : plan->warnings) {
      if (warning.starts_with("the key column")) return warning;
    }
    return std::string("no warning");
  };
  EXPECT_EQ(warned("select plain as firm_root_id from codes where lower(plain) in ({ID_PLACEHOLDER})"),
            "the key column \"firm_root_id\" is not lower(plain), which is compared with {ID_PLACEHOLDER}: "
            "an ID is "
            "found only by a row with that key; to be sure, select lower(plain) AS firm_root_id");
  for (const char* query : {
           "select lower(plain) as firm_root_id from codes where lower(plain) in ({ID_PLACEHOLDER})",
           "select plain as firm_root_id from codes where (plain) in ({ID_PLACEHOLDER})",
           "select plain as firm_root_id from codes where plain collate \"C\" in ({ID_PLACEHOLDER})",
           "select n as firm_root_id from codes where (n)::text in ({ID_PLACEHOLDER})",
       }) {
    EXPECT_EQ(warned(query), "no warning") << query;
  }
}

class CockroachEquality : public KeyEquality {
 protected:
  void SetUp() override {
    if (!server_.available()) GTEST_SKIP() << kNoCockroach;
    server_.execute(
        {"drop table if exists no_case", "drop table if exists english",
         "create table no_case (k string collate \"en_US-u-ks-level2\" primary key, n int)",
         "insert into no_case values ('Abc' collate \"en_US-u-ks-level2\", 1)",
         "create table english (k string collate en_US primary key, n int)",
         R"(insert into english values ('Abc' collate en_US, 1), (e'caf\u00e9' collate en_US, 2), )"
         R"((e'nai\u0308ve' collate en_US, 3))"});
  }
  const EachServer& server() const override { return server_; }
  static std::string query(const std::string& table) {
    return "select k as firm_root_id, n from " + table + " where k in ({ID_PLACEHOLDER})";
  }
  const EachServer server_{DialectKind::cockroachdb};
};

TEST_F(CockroachEquality, ACollationThatTakesLettersForEachOtherIsRefusedByEveryStrategy) {
  std::set<std::string> said;
  for (const StrategyKind kind : kStrategies) {
    for (const unsigned connections : {1u, 2u}) {
      Job asked = job("Abc\nabc\n", query("no_case"));
      asked.strategy = kind;
      asked.connections = connections;
      said.insert(error_of(asked));
    }
  }
  ASSERT_EQ(said.size(), 1u);
  EXPECT_THAT(*said.begin(), AllOf(HasSubstr("as \"A\" and \"a\" are"), HasSubstr("k::STRING IN")));
  // Also where the list alone could not tell: the rows may be written in the other way.
  EXPECT_EQ(refusal(job("abc\n", query("no_case"))), *said.begin());
}

TEST_F(CockroachEquality, TwoFormsOfACharacterInOneListAreRefused) {
  const char* const lists[] = {
      "caf\u00e9\ncafe\u0301\n",         // composed and not
      "a\u1ebf\nae\u0302\u0301\n",       // of three
      "a\u0323\u0307\na\u0307\u0323\n",  // two marks in either order
      "a\u00adb\nab\n",                  // a hyphen that does not count
      "\u212a1\nK1\n",                   // the sign for kelvin is a K
      "\uac01\n\u1100\u1161\u11a8\n",    // a syllable and its letters
  };
  for (const char* list : lists) {
    SCOPED_TRACE(list);
    EXPECT_THAT(error_of(job(list, query("english"))), HasSubstr("different IDs can be equal"));
  }
}

TEST_F(CockroachEquality, AListThatTheCollationTellsApartIsRead) {
  const Outcome outcome = run(job("Abc\nabc\ncaf\u00e9\nCAF\u00c9\n\u4f60\n", query("english")));
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.report().result.found, 2u);
  EXPECT_EQ(outcome.missing, "firm_root_id\nCAF\u00c9\nabc\n\u4f60\n");
  const Outcome bytewise =
      run(job("Abc\nabc\n",
              "select k::string as firm_root_id, n from no_case where k::string in ({ID_PLACEHOLDER})"));
  ASSERT_TRUE(bytewise.result) << bytewise.result.error().to_string();
  EXPECT_EQ(bytewise.missing, "firm_root_id\nabc\n");
}

TEST_F(CockroachEquality, AKeyThatIsWrittenOtherwiseThanItIsComparedIsRefused) {
  server_.execute({"drop table if exists raw", "create table raw (b bytes, t bool, z timetz)"});
  for (const char* column : {"b", "t", "z"}) {
    const std::string query =
        fmt::format("select {0} as firm_root_id from raw where {0}::text in ({{ID_PLACEHOLDER}})", column);
    EXPECT_THAT(error_of(job("abc\n", query)), HasSubstr("written otherwise in the result")) << column;
  }
}

// Which only the rows can show.
TEST_F(CockroachEquality, ARowThatIsWrittenOtherwiseEndsTheRunWithTheReason) {
  for (const unsigned connections : {1u, 2u}) {
    Job asked = job("na\u00efve\nzoo\n", query("english"));
    asked.connections = connections;
    EXPECT_THAT(error_of(asked), AllOf(HasSubstr("which was not asked for; under its collation en_us"),
                                       HasSubstr("compare it bytewise")));
  }
}

TEST_F(CockroachEquality, AListOfTooManyCharactersToAskAboutIsRefused) {
  std::string ids;
  for (unsigned c = 0x4e00; c < 0x5000; ++c)
    ids += fmt::format("{}{}{}\n", static_cast<char>(0xE0 | (c >> 12)),
                       static_cast<char>(0x80 | ((c >> 6) & 0x3F)), static_cast<char>(0x80 | (c & 0x3F)));
  EXPECT_THAT(refusal(job(ids, query("english"))), HasSubstr("607 different characters"));
}

TEST_F(CockroachEquality, ACollationThatNoColumnSaysIsRefusedAtTheStart) {
  EXPECT_THAT(
      refusal(job("Abc\n", "select k as firm_root_id, n from english where (k) in ({ID_PLACEHOLDER})")),
      HasSubstr("compare it bytewise"));
}

}  // namespace
}  // namespace firmquery::test
