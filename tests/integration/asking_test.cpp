// Another set of IDs is asked for at a run's instant, beside the run itself.
#include <gmock/gmock.h>

#include <variant>

#include "integration/each_server.hpp"
#include "integration/run_case.hpp"
#include "preparing/preparation.hpp"
#include "reading/asking.hpp"

namespace firmquery::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

IdSet set_of(std::initializer_list<std::int64_t> ids) {
  IdSetBuilder builder(IdType::integer);
  for (const std::int64_t id : ids) builder.add(id);
  return builder.finish().unique;
}

// What of a set has rows, as its IDs.
std::vector<std::string> with_rows(const IdSet& ids, const Asked& asked) {
  std::vector<std::string> found;
  for (std::size_t rank = 0; rank < ids.size(); ++rank) {
    if (asked.has_rows(rank)) found.push_back(ids.canonical(rank));
  }
  return found;
}

class EventLog : public Observer {
 public:
  void on(const Event& event) override {
    if (const auto* asked = std::get_if<event::Asked>(&event.body)) {
      last = *asked;
    } else {
      others.push_back(event_to_json(event));
    }
  }
  event::Asked last;
  std::vector<std::string> others;
};

struct Case {
  DialectKind server;
  StrategyKind kind;
};

class Asking : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (!server_.available()) GTEST_SKIP() << kNoCockroach;
    server_.execute({"drop table if exists asked",
                     "create table asked (firm_root_id int2 primary key, n int)",
                     "insert into asked select i, i from generate_series(2, 20000, 2) i"});
    job_ = make_job(directory_, server_.dsn(), "2\n3\n",
                    "select firm_root_id, n from asked where firm_root_id in ({ID_PLACEHOLDER})");
    auto prepared = prepare(job_, events_, {});
    ASSERT_TRUE(prepared) << prepared.error().to_string();
    prepared_.emplace(std::move(*prepared));
    auto holder = Session::open(job_.connect);
    ASSERT_TRUE(holder);
    holder_.emplace(std::move(*holder));
    instant_ = make_instant(prepared_->dialect(), true, {});
    ASSERT_TRUE(instant_->take(*holder_));
    events_.add(log_);
  }

  Result<Asked> ask(const IdSet& ids, std::stop_token stop = {},
                    std::chrono::duration<double> most = std::chrono::hours(1)) {
    Prepared::Parts& parts = prepared_->parts();
    const StrategyContext strategy{parts.job,   parts.control.dialect(), *parts.sql_template,
                                   parts.facts, parts.input.ids,         "run",
                                   parts.retry};
    Pace pace(0);
    return ask_about(ids, {strategy, *instant_, pace, events_, stop},
                     {"a question", GetParam().kind, 2, most});
  }

  const EachServer server_{GetParam().server};
  TempDir directory_;
  Job job_;
  EventStream events_;
  std::optional<Prepared> prepared_;
  std::optional<Session> holder_;
  std::unique_ptr<Instant> instant_;
  EventLog log_;
};

TEST_P(Asking, TellsWhichHaveRowsAtTheInstant) {
  server_.execute({"delete from asked where firm_root_id <= 100", "insert into asked values (5, 5)"});
  const IdSet ids = set_of({2, 3, 4, 5, 100, 101, 102, 20001, 70000});
  const auto asked = ask(ids);
  ASSERT_TRUE(asked) << asked.error().to_string();
  EXPECT_EQ(with_rows(ids, *asked), (std::vector<std::string>{"2", "4", "100", "102"}));
  for (std::size_t rank = 0; rank < ids.size(); ++rank) EXPECT_TRUE(asked->was_asked(rank)) << rank;
  EXPECT_EQ(asked->left_because, "");
  EXPECT_EQ(asked->ids, 8u);  // an int2 column cannot hold 70000
  EXPECT_EQ(asked->statements, 2u);
  EXPECT_EQ(log_.last.purpose, "a question");
  EXPECT_EQ(log_.last.strategy, to_string(GetParam().kind));
  EXPECT_EQ(log_.last.snapshot.kind, server_.snapshot_kind());
  EXPECT_EQ(log_.last.with_rows, 4u);
  // None of it counts among the run's own.
  EXPECT_THAT(log_.others, IsEmpty());
}

TEST_P(Asking, NothingIsAskedAboutNothing) {
  for (const IdSet& ids : {set_of({}), set_of({70000})}) {
    const auto asked = ask(ids);
    ASSERT_TRUE(asked) << asked.error().to_string();
    EXPECT_EQ(asked->statements, 0u);
    EXPECT_EQ(asked->ids, 0u);
    EXPECT_EQ(asked->left_because, "");
  }
}

TEST_P(Asking, ManyStatements) {
  IdSetBuilder builder(IdType::integer);
  for (int id = 1; id <= 15'000; ++id) builder.add(id);
  const IdSet ids = builder.finish().unique;
  const auto asked = ask(ids);
  ASSERT_TRUE(asked) << asked.error().to_string();
  for (std::size_t rank = 0; rank < ids.size(); ++rank)
    EXPECT_EQ(asked->has_rows(rank), rank % 2 == 1) << rank;
  EXPECT_GE(asked->statements, 4u);
  EXPECT_EQ(log_.last.statements, asked->statements);
}

TEST_P(Asking, ALostInstantLeavesTheQuestionOpen) {
  if (server_.is_cockroachdb()) return;  // a timestamp is held by no session
  holder_.reset();
  const IdSet ids = set_of({2, 3});
  const auto asked = ask(ids);
  ASSERT_TRUE(asked) << asked.error().to_string();
  EXPECT_THAT(asked->left_because, HasSubstr("snapshot"));
  EXPECT_EQ(asked->ids, 0u);
  EXPECT_FALSE(asked->was_asked(0));
  EXPECT_FALSE(asked->has_rows(0));
  EXPECT_EQ(log_.last.left, 2u);
}

TEST_P(Asking, AStopRequestInterruptsIt) {
  std::stop_source stop;
  stop.request_stop();
  const auto asked = ask(set_of({2, 3}), stop.get_token());
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().kind, ErrorKind::interrupted);
}

TEST_P(Asking, TheTimeForItEnds) {
  prepared_->parts().sql_template = *SqlTemplate::parse(
      "select firm_root_id, n, pg_sleep(600) from asked where firm_root_id in "
      "({ID_PLACEHOLDER})",
      "query.sql", "firm_root_id");
  const auto start = std::chrono::steady_clock::now();
  const auto asked = ask(set_of({2, 3}), {}, std::chrono::milliseconds(300));
  ASSERT_TRUE(asked) << asked.error().to_string();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::minutes(2));
  EXPECT_THAT(asked->left_because, HasSubstr("the time for it was up"));
  EXPECT_EQ(asked->ids + log_.last.left, 2u);
  EXPECT_FALSE(asked->was_asked(0));
}

TEST_P(Asking, WhatTheServerRefusesIsNoFailure) {
  prepared_->parts().sql_template = *SqlTemplate::parse(
      "select firm_root_id, no_such_column from asked where firm_root_id in ({ID_PLACEHOLDER})", "query.sql",
      "firm_root_id");
  const auto asked = ask(set_of({2, 3}));
  ASSERT_TRUE(asked) << asked.error().to_string();
  EXPECT_THAT(asked->left_because, HasSubstr("no_such_column"));
}

INSTANTIATE_TEST_SUITE_P(Servers, Asking,
                         ::testing::Values(Case{DialectKind::postgresql, StrategyKind::array},
                                           Case{DialectKind::postgresql, StrategyKind::in_list},
                                           Case{DialectKind::cockroachdb, StrategyKind::array},
                                           Case{DialectKind::cockroachdb, StrategyKind::in_list}),
                         [](const auto& instance) {
                           return test_name(std::string(to_string(instance.param.server)) + "_" +
                                            std::string(to_string(instance.param.kind)));
                         });

}  // namespace
}  // namespace firmquery::test
