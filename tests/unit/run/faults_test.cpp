// What a run makes of a failure at its first call to the server, its second, and so on until it has none that
// fails: the answer is right, or the run says what it has not read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "faulty_server.hpp"
#include "firmquery/run/run.hpp"
#include "preparing/preparation.hpp"
#include "reading/share.hpp"

namespace firmquery {
namespace {

using test::Fault;
using test::FaultyServer;

// Keeps what a run directory would, in memory.
class RecordingStore : public MeasuringStore {
 public:
  class Writer : public UnitWriter {
   public:
    Result<void> open() override {
      rows.resize(kept);
      finished = kept;
      return {};
    }
    Result<void> row(std::string_view csv) override {
      rows.emplace_back(csv);
      return {};
    }
    Result<void> take_back() override {
      rows.resize(finished);
      return {};
    }
    void finish(const FinishedUnit&) override { finished = rows.size(); }
    Result<void> keep() override {
      kept = finished;
      return {};
    }
    bool all_kept() const override { return kept == finished; }
    std::uint64_t bytes() const override { return rows.size(); }
    bool broken() const override { return false; }
    std::vector<std::string> rows;
    std::size_t finished = 0, kept = 0;
  };
  Result<std::unique_ptr<UnitWriter>> writer(Share& share, RowKey key) override {
    FQ_TRY(MeasuringStore::writer(share, key));
    auto made = std::make_unique<Writer>();
    writers_.push_back(made.get());
    return made;
  }
  // The writers end with the run.
  Result<void> publish(Report& report, StartReport& start, const Answer& answer) override {
    for (const Writer* writer : writers_) rows.insert(rows.end(), writer->rows.begin(), writer->rows.end());
    return MeasuringStore::publish(report, start, answer);
  }
  std::vector<std::string> rows;

 private:
  std::vector<Writer*> writers_;
};

class Figures : public Observer {
 public:
  void on(const Event& event) override {
    EXPECT_TRUE(last_ == 0 || event.sequence == last_ + 1);
    last_ = event.sequence;
    if (const auto* done = std::get_if<event::UnitDone>(&event.body)) {
      ids_done += done->ids.size();
      rows_done += done->rows;
      ++statements;
    }
    if (const auto* arrived = std::get_if<event::RowsArrived>(&event.body)) rows_arrived += arrived->rows;
    if (const auto* back = std::get_if<event::UnitTakenBack>(&event.body)) {
      rows_arrived -= back->rows;
      ++statements;
    }
    if (std::holds_alternative<event::Retried>(event.body) ||
        std::holds_alternative<event::MadeSmaller>(event.body))
      ++retries;
    if (const auto* aside = std::get_if<event::SetAside>(&event.body)) ids_aside += aside->ids.size();
  }
  std::uint64_t ids_done = 0, ids_aside = 0, rows_done = 0, rows_arrived = 0, statements = 0, retries = 0;

 private:
  std::uint64_t last_ = 0;
};

struct Case {
  DialectKind dialect;
  StrategyKind strategy;
};

constexpr std::int64_t kIds = 40;

// Every second ID of the list is in the table, and so are others.
std::set<std::int64_t> table() {
  std::set<std::int64_t> ids;
  for (std::int64_t id = 0; id < 3 * kIds; id += 2) ids.insert(id);
  return ids;
}

IdSet list() {
  IdSetBuilder builder(IdType::integer);
  for (std::int64_t id = 1; id <= kIds; ++id) builder.add(id);
  return builder.finish().unique;
}

Job job_of(const Case& given, std::shared_ptr<FaultyServer> server) {
  Job job;
  job.sql = "select id, name from firm where id in ({ID_PLACEHOLDER})";
  job.sql_name = "query.sql";
  job.key = "id";
  job.strategy = given.strategy;
  job.in_list.max_ids = 8;
  job.retry_delay = std::chrono::seconds(0);
  job.max_retries = 3;
  job.connect.connector = std::move(server);
  return job;
}

Dialect dialect_of(DialectKind kind) {
  Dialect dialect;
  dialect.kind = kind;
  dialect.version = kind == DialectKind::postgresql ? "15.0" : "v22.2.0";
  dialect.major = kind == DialectKind::postgresql ? 15 : 22;
  for (const char* name : {"temp_table", "create_table", "copy_in", "copy_out_csv", "snapshot", "cancel"})
    dialect.capabilities[name].available = true;
  return dialect;
}

struct Attempt {
  RunOutcome outcome;
  std::vector<std::string> rows;
  Figures figures;
};

Attempt attempt(const Case& given, const std::shared_ptr<FaultyServer>& server) {
  Attempt made;
  EventStream events;
  auto parts =
      std::make_unique<Prepared::Parts>(job_of(given, server), events, server->stop.get_token(), Access::run);
  parts->control.know(dialect_of(given.dialect));
  parts->sql_template = *SqlTemplate::parse(parts->job.sql, parts->job.sql_name, parts->job.key);
  QueryFacts& facts = parts->facts;
  facts.columns = {{"id"}, {"name"}};
  facts.key.type_name = facts.key.staging_type = "bigint";
  facts.key.id_type = IdType::integer;
  facts.key.low = INT64_MIN;
  facts.key.high = INT64_MAX;
  facts.key.table = "public.firm";
  facts.key.column = "id";
  facts.key.indexes = {"firm_pkey"};
  facts.key.leads_primary_key = true;
  facts.bounded = true;
  parts->input.ids = list();
  parts->input.report.lines = parts->input.report.accepted = parts->input.report.unique = kIds;
  parts->input.report.digest = parts->input.ids.digest();
  RecordingStore store;
  auto connected = parts->control.connect(parts->stop);
  if (!connected) {
    made.outcome.error = connected.error();
    made.outcome.report.status = connected.error().kind == ErrorKind::interrupted ? "interrupted" : "failed";
    return made;
  }
  events.add(made.figures);
  Prepared prepared(std::move(parts));
  made.outcome = execute(prepared, store);
  made.rows = std::move(store.rows);
  return made;
}

// What was read is what the table has of it, and the rest is said to be unread.
void expect_right(const Attempt& made) {
  const Report& report = made.outcome.report;
  std::set<std::int64_t> unread;
  for (const FailedRange& range : report.failed_ranges) {
    for (std::uint64_t rank = range.begin; rank < range.end; ++rank)
      unread.insert(static_cast<std::int64_t>(rank) + 1);
  }
  EXPECT_EQ(report.result.unresolved, unread.size());
  std::multiset<std::string> expected;
  Digest found, missing;
  const auto rows = table();
  for (std::int64_t id = 1; id <= kIds; ++id) {
    if (unread.contains(id)) continue;
    (rows.contains(id) ? found : missing) += Digest::of(std::to_string(id));
    if (!rows.contains(id)) continue;
    for (const std::string& row : test::rows_of(id)) expected.insert(row);
  }
  EXPECT_EQ(std::multiset<std::string>(made.rows.begin(), made.rows.end()), expected);
  EXPECT_EQ(report.result.found_digest, found);
  EXPECT_EQ(report.result.missing_digest, missing);
  EXPECT_EQ(report.status, unread.empty() ? "complete" : "partial");
}

// The report's figures are the sums of the events.
void expect_events_to_add_up(const Attempt& made) {
  const Report& report = made.outcome.report;
  EXPECT_EQ(made.figures.statements, report.statements.count);
  EXPECT_EQ(made.figures.retries, report.retries);
  EXPECT_EQ(made.figures.rows_arrived, made.figures.rows_done);
  EXPECT_EQ(made.figures.rows_done, report.result.rows);
  if (!made.outcome.error) {
    EXPECT_EQ(made.figures.ids_done + made.figures.ids_aside, report.input.unique);
  }
  for (const StartReport& start : report.starts) {
    std::uint64_t retries = 0;
    for (const RetryReason& reason : start.retried_for) retries += reason.count;
    EXPECT_EQ(retries, start.retries);
    constexpr std::uint64_t kSlowest = 10;
    EXPECT_EQ(start.slowest.size(), std::min(kSlowest, start.statements.count));
    if (!start.slowest.empty()) {
      EXPECT_EQ(start.slowest.front().seconds, start.statements.longest_s);
    }
    EXPECT_TRUE(std::is_sorted(start.slowest.begin(), start.slowest.end(),
                               [](const auto& a, const auto& b) { return a.seconds > b.seconds; }));
  }
}

class EveryCallFails : public testing::TestWithParam<std::tuple<Case, Fault>> {};

TEST_P(EveryCallFails, TheAnswerIsRightOrSaysWhatIsNotRead) {
  const auto& [given, fault] = GetParam();
  std::size_t call = 1;
  for (;; ++call) {
    ASSERT_LT(call, 1000u) << "the run does not come to an end of its calls";
    const auto server = std::make_shared<FaultyServer>(table(), call, fault);
    const Attempt made = attempt(given, server);
    SCOPED_TRACE("call " + std::to_string(call) + ": " + server->statement());
    if (made.outcome.error) {
      const Error& error = *made.outcome.error;
      EXPECT_TRUE(server->fired());
      EXPECT_FALSE(error.message.empty());
      EXPECT_EQ(made.outcome.report.status, error.kind == ErrorKind::interrupted ? "interrupted" : "failed");
      if (fault == Fault::stop) {
        EXPECT_EQ(error.kind, ErrorKind::interrupted) << error.to_string();
      }
      // One failure of a kind that passes does not end a run.
      if (fault == Fault::serialization || fault == Fault::out_of_memory || fault == Fault::lost ||
          fault == Fault::lost_after || fault == Fault::shutdown)
        ADD_FAILURE() << error.to_string();
    } else {
      expect_right(made);
    }
    if (!made.outcome.report.run_id.empty()) expect_events_to_add_up(made);
    if (HasFailure()) return;
    if (!server->fired()) {
      EXPECT_EQ(made.outcome.report.status, "complete");
      break;
    }
  }
  EXPECT_GT(call, 10u);
}

// What travels with its statements is sent ahead, and nothing in vain.
TEST(SentAhead, OfLists) {
  for (const StrategyKind strategy : {StrategyKind::in_list, StrategyKind::array, StrategyKind::temp_table}) {
    const auto server = std::make_shared<FaultyServer>(table(), 0, Fault::none);
    const Attempt made = attempt({DialectKind::postgresql, strategy}, server);
    ASSERT_FALSE(made.outcome.error) << made.outcome.error->to_string();
    expect_right(made);
    // Two shares of lists of 8, 8 and 4 IDs, the first of them alone. Of arrays there is one a share, but their
    // second proof asks by lists.
    EXPECT_EQ(server->ahead(), strategy == StrategyKind::temp_table ? 0u : 4u);
    EXPECT_EQ(server->thrown_away(), 0u);
  }
}

// A statement that was too large makes the next ones smaller, and so more of them.
TEST(SentAhead, OfArraysThatHaveBecomeSmaller) {
  bool found = false;
  for (std::size_t call = 1; call < 50 && !found; ++call) {
    const auto server = std::make_shared<FaultyServer>(table(), call, Fault::out_of_memory);
    const Attempt made = attempt({DialectKind::postgresql, StrategyKind::array}, server);
    found = server->statement().find("unnest") != std::string::npos;
    if (!found) continue;
    expect_right(made);
    EXPECT_GE(server->ahead(), 4u + 2u);  // the second proof's, and these
    EXPECT_EQ(server->thrown_away(), 0u);
  }
  EXPECT_TRUE(found);
}

std::string name_of(const testing::TestParamInfo<std::tuple<Case, Fault>>& info) {
  const auto& [given, fault] = info.param;
  static const char* const faults[] = {"none",       "serialization", "deadlock_after", "lost",
                                       "lost_after", "shutdown",      "out_of_memory",  "timed_out",
                                       "forbidden",  "wrong_query",   "damaged",        "stop"};
  std::string name = std::string(to_string(given.dialect)) + "_" + std::string(to_string(given.strategy)) +
                     "_" + faults[static_cast<std::size_t>(fault)];
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
}

INSTANTIATE_TEST_SUITE_P(
    Runs, EveryCallFails,
    testing::Combine(testing::Values(Case{DialectKind::postgresql, StrategyKind::temp_table},
                                     Case{DialectKind::postgresql, StrategyKind::staging_table},
                                     Case{DialectKind::postgresql, StrategyKind::array},
                                     Case{DialectKind::postgresql, StrategyKind::in_list},
                                     Case{DialectKind::postgresql, StrategyKind::scan},
                                     Case{DialectKind::cockroachdb, StrategyKind::temp_table},
                                     Case{DialectKind::cockroachdb, StrategyKind::staging_table},
                                     Case{DialectKind::cockroachdb, StrategyKind::array},
                                     Case{DialectKind::cockroachdb, StrategyKind::in_list}),
                     testing::Values(Fault::serialization, Fault::deadlock_after, Fault::lost,
                                     Fault::lost_after, Fault::shutdown, Fault::out_of_memory,
                                     Fault::timed_out, Fault::forbidden, Fault::wrong_query, Fault::damaged,
                                     Fault::stop)),
    name_of);

}  // namespace
}  // namespace firmquery
