// The statement that a plan shows is the one that the run sends first, letter for letter, but for the IDs
// that a long list leaves out.
#include <algorithm>
#include <mutex>

#include "firmquery/preflight/plan_report.hpp"
#include "integration/each_server.hpp"
#include "integration/run_case.hpp"
#include "preparing/preparation.hpp"

namespace firmquery::test {
namespace {

struct Sent {
  std::string sql;
  std::vector<std::string> parameters;
};

// A real session, whose queries are written down.
class RecordedConnection : public Connection {
 public:
  RecordedConnection(Session session, std::function<void(Sent)> note)
      : session_(std::move(session)), note_(std::move(note)) {
    facts_.name = session_.name();
    facts_.host = session_.host();
    facts_.user = session_.user();
    facts_.database = session_.database();
    facts_.server_version_text = session_.server_version_text();
    facts_.reading = session_.reading();
  }
  Result<Rows> execute(const std::string& sql) override { return session_.execute(sql); }
  Result<Rows> execute(const std::string& sql,
                       const std::vector<std::optional<std::string>>& parameters) override {
    return session_.execute(sql, parameters);
  }
  Result<StatementDescription> describe(const std::string& sql) override { return session_.describe(sql); }
  Result<std::uint64_t> copy_in(const std::string& sql, const Producer& produce) override {
    return session_.copy_in(sql, produce);
  }
  Result<std::uint64_t> stream(const std::string& query, RowKey key, bool use_copy, RowSink& sink,
                               const std::vector<std::string>& parameters) override {
    note_({query, parameters});
    return session_.stream(query, key, use_copy, sink, parameters);
  }
  Result<void> send_ahead(const AheadQuery& query) override { return session_.send_ahead(query); }
  bool alive() const override { return session_.alive(); }
  bool in_failed_transaction() const override { return session_.in_failed_transaction(); }
  std::string parameter(const char* name) const override { return session_.parameter(name); }
  const std::stop_token& stop() const override { return session_.stop(); }
  void set_patience(std::chrono::duration<double> silence) override { session_.set_patience(silence); }
  void set_lock_limit(std::chrono::duration<double> limit) override { session_.set_lock_limit(limit); }
  void set_time_limit(std::chrono::duration<double> limit) override { session_.set_time_limit(limit); }
  const ConnectionFacts& facts() const override { return facts_; }

 private:
  Session session_;
  const std::function<void(Sent)> note_;
  ConnectionFacts facts_;
};

class RecordingConnector : public Connector {
 public:
  Result<std::unique_ptr<Connection>> connect(const ConnectOptions& options, ConnectStage* stage) override {
    ConnectOptions real = options;
    real.connector = nullptr;
    FQ_TRY_ASSIGN(Session session, Session::open(real, stage));
    return std::make_unique<RecordedConnection>(std::move(session), [this](Sent one) {
      const std::lock_guard lock(mutex_);
      sent_.push_back(std::move(one));
    });
  }
  // Requires: nobody is connected.
  const std::vector<Sent>& sent() const { return sent_; }

 private:
  std::mutex mutex_;
  std::vector<Sent> sent_;
};

class PlanText : public ::testing::TestWithParam<std::tuple<DialectKind, StrategyKind>> {
 protected:
  void SetUp() override {
    if (!server_.available()) GTEST_SKIP() << kNoCockroach;
    // The order of the texts is not that of their bytes where the server can have it so.
    server_.execute({"drop table if exists shown", "drop table if exists named",
                     "create table shown (firm_root_id bigint primary key, name text)",
                     "insert into shown select n, 'name' from generate_series(1, 500) n",
                     std::string("create table named (name text ") +
                         (server_.is_cockroachdb() ? "" : "collate \"en-x-icu\" ") + "primary key)",
                     "insert into named values ('a'), ('B'), ('c,\"d')"});
  }

  void compare(const std::string& ids, const std::string& sql, std::size_t commas_an_id = 1) {
    SCOPED_TRACE(sql);
    Job job = make_job(directory_, server_.dsn(), ids, sql, "list" + std::to_string(lists_++));
    job.strategy = std::get<1>(GetParam());
    job.connections = 1;
    job.run_id = "20261124T200000Z_1f9c2a";
    Progress progress;
    const auto plan = plan_job(job, progress, {});
    ASSERT_TRUE(plan) << plan.error().to_string();
    ASSERT_TRUE(plan->first_range);

    EventStream events;
    auto prepared = prepare(job, events, {});
    ASSERT_TRUE(prepared) << prepared.error().to_string();
    const auto recorder = std::make_shared<RecordingConnector>();
    prepared->parts().job.connect.connector = recorder;
    MeasuringStore store;
    const RunOutcome outcome = execute(*prepared, store);
    ASSERT_FALSE(outcome.error) << outcome.error->to_string();
    ASSERT_FALSE(recorder->sent().empty());
    const Sent& sent = recorder->sent().front();
    expect_shown(plan->first_range->sql, sent.sql, commas_an_id);
    // Parameters of IDs that are left out are left out too.
    const std::size_t shown = plan->first_range->parameters.size();
    ASSERT_TRUE(shown == sent.parameters.size() || (shown >= 3 && shown < sent.parameters.size()));
    for (std::size_t i = 0; i < shown; ++i)
      expect_shown(plan->first_range->parameters[i], sent.parameters[i], 1);
  }

  // `shown` is `sent`, or as much of it as stands around "... 4997 more".
  void expect_shown(const std::string& shown, const std::string& sent, std::size_t commas_an_id) {
    if (shown == sent) return;
    const std::string gap = ", ... ", end = " more";
    const std::size_t from = shown.find(gap), to = shown.find(end, from);
    if (from == std::string::npos || to == std::string::npos) {
      EXPECT_EQ(shown, sent);
      return;
    }
    ++elided_;
    const std::string before = shown.substr(0, from), after = shown.substr(to + end.size());
    ASSERT_TRUE(sent.starts_with(before)) << shown;
    ASSERT_TRUE(sent.ends_with(after)) << shown;
    const std::string left_out = sent.substr(from, sent.size() - after.size() - from);
    EXPECT_EQ(std::to_string(static_cast<std::size_t>(std::count(left_out.begin(), left_out.end(), ',')) /
                             commas_an_id),
              shown.substr(from + gap.size(), to - from - gap.size()));
    EXPECT_EQ(left_out.front(), ',');
  }

  const EachServer server_{std::get<0>(GetParam())};
  TempDir directory_;
  int lists_ = 0, elided_ = 0;
};

constexpr const char* kShownById =
    "select firm_root_id, name from shown where firm_root_id in ({ID_PLACEHOLDER})";
constexpr const char* kJoined =
    "select s.firm_root_id, s.name from {IDS} as i join shown as s on s.firm_root_id = i.id";
constexpr const char* kShownByName =
    "select name as firm_root_id from named where name in ({ID_PLACEHOLDER})";

TEST_P(PlanText, OfAShortListIsWhatTheRunSends) {
  compare("7\n8\n900\n", kShownById);
  compare("7\n", kShownById);
  if (std::get<1>(GetParam()) == StrategyKind::scan) return;  // of integers only
  compare("7\n8\n900\n", kJoined);
  compare("B\na\nc,\"d\n", kShownByName);
  compare("it's\nx\\y, ... 2 more\n", kShownByName);
  EXPECT_EQ(elided_, 0);
}

TEST_P(PlanText, OfALongListLeavesOutIds) {
  const StrategyKind kind = std::get<1>(GetParam());
  compare(numbers(1, 9000), kShownById);
  if (kind == StrategyKind::scan) return;
  compare(numbers(1, 9000), kJoined, kind == StrategyKind::in_list ? 2 : 1);
  compare("\"1\"\n\"2\"\n\"3\"\n\"4\"\n\"5\"\n", kShownByName);
  const bool travels = kind == StrategyKind::array || kind == StrategyKind::in_list;
  EXPECT_EQ(elided_, travels ? 3 : 0);
}

INSTANTIATE_TEST_SUITE_P(
    Each, PlanText,
    ::testing::Combine(::testing::ValuesIn(kEachServer),
                       ::testing::Values(StrategyKind::temp_table, StrategyKind::staging_table,
                                         StrategyKind::array, StrategyKind::in_list, StrategyKind::scan)),
    [](const auto& param) {
      return test_name(to_string(std::get<0>(param.param))) + "_" +
             test_name(to_string(std::get<1>(param.param)));
    });

}  // namespace
}  // namespace firmquery::test
