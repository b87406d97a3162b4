// Runs that are kept: whole or not at all, with the run's own proof, and compared by the extension's views.
#include <fmt/format.h>

#include <csignal>

#include "firmquery/history/job_history.hpp"
#include "firmquery/history/keep.hpp"
#include "integration/run_case.hpp"
#include "integration/staging_case.hpp"
#include "support/random.hpp"

namespace firmquery::test {
namespace {

constexpr const char* kKeptQuery =
    "select firm_root_id, name from firm where firm_root_id in ({ID_PLACEHOLDER})";

class Keep : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(Server::module_file())) GTEST_SKIP() << "firm_staging is not built";
    server_ = &Server::instance();
    server_->postgres().execute(
        "drop table if exists firm; delete from firmquery.run;"
        "create table firm as select n as firm_root_id, 'firm ' || n as name from generate_series(1, 1000) "
        "n");
  }

  std::string dsn() const { return server_->postgres().dsn(); }
  std::string sql(const std::string& text) const { return server_->psql("postgres", {text}); }
  std::string counts() const {
    return sql(
        "select (select count(*) from firmquery.run), (select count(*) from firmquery.missing), "
        "(select count(*) from firmquery.rejected), (select count(*) from firmquery.result)");
  }

  // A finished run over `ids` in the directory `out`.
  fs::path finish(const std::string& out, const std::string& ids, const std::string& query = kKeptQuery) {
    const Job job = make_job(directory_, dsn(), ids, query, out);
    const Outcome outcome = run(job);
    EXPECT_TRUE(outcome.result) << outcome.result.error().to_string();
    return job.out;
  }
  Result<KeptRun> keep(const fs::path& run, const std::string& job = "nightly") const {
    FQ_TRY_ASSIGN(const FinishedRun finished, open_finished_run(run));
    ConnectOptions server;
    server.dsn = dsn();
    return keep_run(finished, job, server, {});
  }
  ProcessResult keep_by_program(const fs::path& run, const std::string& to) const {
    return run_process(FIRMQUERY_BINARY, {"keep", run, "--dsn", to});
  }
  std::string run_id(const fs::path& run) const { return read_manifest(run)->run_id; }

  Server* server_ = nullptr;
  TempDir directory_;
};

TEST_F(Keep, RunsOfAJobAreCompared) {
  const std::string ids = numbers(991, 1010) + "x9\n991\n";
  const fs::path first = finish("first", ids);  // 1001 to 1010 are missing
  const auto kept = keep(first);
  ASSERT_TRUE(kept) << kept.error().to_string();
  EXPECT_EQ(kept->rows, 10u);
  EXPECT_EQ(kept->missing, 10u);
  EXPECT_EQ(kept->rejected, 1u);
  EXPECT_FALSE(kept->previous);

  ASSERT_TRUE(keep(finish("other", "5000\n"), "another job"));

  server_->postgres().execute(
      "delete from firm where firm_root_id in (995, 996);"
      "insert into firm values (1002, 'new'), (1003, null)");
  const fs::path second = finish("second", ids);
  const auto compared = keep(second);
  ASSERT_TRUE(compared) << compared.error().to_string();
  EXPECT_EQ(compared->previous, run_id(first));
  EXPECT_EQ(compared->newly_missing, 2u);
  EXPECT_EQ(compared->recovered, 2u);

  server_->postgres().execute("insert into firm values (995, 'back')");
  const fs::path third = finish("third", ids);
  ASSERT_TRUE(keep(third));

  const std::string of = " where run_id = '" + run_id(second) + "' order by id";
  EXPECT_EQ(sql("select id, was_found from firmquery.newly_missing" + of), "995|t\n996|t\n");
  EXPECT_EQ(sql("select id from firmquery.recovered" + of), "1002\n1003\n");
  EXPECT_EQ(sql("select id from firmquery.recovered where run_id = '" + run_id(third) + "'"), "995\n");
  EXPECT_EQ(
      sql("select runs, count(*) from firmquery.missing_streak where job = 'nightly' group by 1 order by 1"),
      "2|1\n3|8\n");
  EXPECT_EQ(sql("select id from firmquery.missing_streak where job = 'nightly' and runs = 2"), "996\n");
  EXPECT_EQ(sql("select id, fields from firmquery.result where id = '1003' order by row_no limit 1"),
            "1003|{\"name\": null, \"firm_root_id\": \"1003\"}\n");
}

// The ages of missing IDs are the same by the tables and by the directories, whatever lists and tables do from run to run.
TEST_F(Keep, TheAgesOfTheTablesAreThoseOfTheDirectories) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  const RunSeries series{directory_ / "runs", "/job.yaml", "pattern"};
  fs::create_directory(series.folder);
  for (int night = 0; night < 8; ++night) {
    server_->postgres().execute("truncate firm");
    std::string ids, rows;
    for (int id = 1; id <= 60; ++id) {
      if (random() % 8 != 0) ids += std::to_string(id) + "\n";
      if (random() % 2 != 0) rows += (rows.empty() ? "" : ", ") + fmt::format("({}, 'firm')", id);
    }
    server_->postgres().execute("insert into firm values " + rows);
    Job job = make_job(directory_, dsn(), ids, kKeptQuery, "night" + std::to_string(night));
    job.out = series.folder / ("night" + std::to_string(night));
    job.series = series;
    const Outcome outcome = run(job);
    ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
    const auto kept = keep(job.out);
    ASSERT_TRUE(kept) << kept.error().to_string();
    auto runs = runs_of_job(series, "firm_root_id");
    ASSERT_TRUE(runs);
    ASSERT_TRUE(add_changes(*runs, directory_.path(), {}));
    std::multiset<std::string> ages;
    ASSERT_TRUE(visit_ages(*runs, directory_.path(), {}, [&](const MissingAge& age) -> Result<void> {
      ages.insert(fmt::format("{}|{}", age.id, age.runs));
      return {};
    }));
    ASSERT_EQ(lines_of(sql("select id, runs from firmquery.missing_streak where job = 'nightly'")), ages)
        << "night " << night;
  }
}

// What the tables hold has the digests of the manifest, by the database's own sum.
TEST_F(Keep, DigestsOfTheTablesAreThoseOfTheManifest) {
  const fs::path run = finish("run", numbers(1, 1500));
  ASSERT_TRUE(keep(run));
  const auto manifest = read_manifest(run);
  EXPECT_EQ(sql("select firm_digest_add((select firm_digest(id) from firmquery.missing), "
                "(select firm_digest(distinct id) from firmquery.result))"),
            manifest->input_digest + "\n");
  EXPECT_EQ(sql("select input_digest = manifest->'input'->>'digest', report->>'run_id' = run_id from "
                "firmquery.run"),
            "t|t\n");
}

// Names twice, nulls, empty texts, quotes, line ends and keys that are written in another form than the ID's.
TEST_F(Keep, RowsAreKeptAsTheyAre) {
  server_->postgres().execute(
      "drop table firm; create table firm (firm_root_id numeric, note text);"
      "insert into firm values (7.50, e'a\\n\"b\"\\\\, \\t\\u0001c'), (8, ''), (9, null), (9, 'twice')");
  const fs::path run = finish(
      "run", "7.5\n08\n9\n10\n",
      "select firm_root_id, note, note, note as note_2 from firm where firm_root_id in ({ID_PLACEHOLDER})");
  const auto kept = keep(run);
  ASSERT_TRUE(kept) << kept.error().to_string();
  EXPECT_EQ(sql("select id, fields->>'firm_root_id', fields->>'note' = e'a\\n\"b\"\\\\, \\t\\u0001c', "
                "fields->>'note' = fields->>'note_3', fields->>'note' = fields->>'note_2' "
                "from firmquery.result where id = '7.5'"),
            "7.5|7.50|t|t|t\n");
  EXPECT_EQ(sql("select id, coalesce(fields->>'note', '(null)') from firmquery.result where id <> '7.5' "
                "order by id, 2"),
            "8|\n9|(null)\n9|twice\n");
}

// Whatever they are written as.
TEST_F(Keep, RowsOfAWorkbookAreKeptAsTheyAre) {
  server_->postgres().execute(
      "update firm set name = case firm_root_id % 4 when 0 then null when 1 then '' when 2 then '=1+1' else "
      "repeat('x', 40000) end where firm_root_id <= 20");
  std::string kept_rows;
  for (const char* format : {"csv", "xlsx"}) {
    Job job = make_job(directory_, dsn(), numbers(1, 30), kKeptQuery, format);
    job.formats = {format};
    Progress progress;
    SilentLog log;
    ASSERT_TRUE(run_job(job, progress, log, {}));
    const auto kept = keep(job.out, format);
    ASSERT_TRUE(kept) << kept.error().to_string();
    EXPECT_EQ(kept->rows, 30u);
    const std::string rows = sql(
        "select md5(string_agg(id || fields::text, '|' order by id)) from firmquery.result where run_id = '" +
        run_id(job.out) + "'");
    EXPECT_EQ(rows.size(), 33u) << rows;
    if (kept_rows.empty()) kept_rows = rows;
    EXPECT_EQ(rows, kept_rows);
  }
}

TEST_F(Keep, AKeyIsKeptAsTheIdItIs) {
  server_->postgres().execute(
      "drop table firm; create table firm (firm_root_id numeric);"
      "insert into firm values (0.0000001), (100000000000000000000)");
  const fs::path run = finish(
      "run", "0.0000001\n100000000000000000000\n",
      "select firm_root_id::float8 as firm_root_id from firm where firm_root_id in ({ID_PLACEHOLDER})");
  const auto kept = keep(run);
  ASSERT_TRUE(kept) << kept.error().to_string();
  EXPECT_EQ(sql("select id, fields->>'firm_root_id' from firmquery.result order by id"),
            "0.0000001|1e-07\n100000000000000000000|1e+20\n");
}

TEST_F(Keep, RefusalsNameTheRemedyAndKeepNothing) {
  const fs::path run = finish("run", "1\n5000\n");
  server_->postgres().create_database("bare");
  const ProcessResult bare = keep_by_program(run, server_->postgres().dsn("bare"));
  EXPECT_EQ(bare.exit_code, 2);
  EXPECT_NE(flat(bare.err).find("create extension firm_staging"), std::string::npos) << bare.err;

  ASSERT_EQ(keep_by_program(run, dsn()).exit_code, 0);
  const std::string before = counts();
  const ProcessResult again = keep_by_program(run, dsn());
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_NE(flat(again.err).find("is kept already"), std::string::npos) << again.err;

  fs::copy(run, directory_ / "unfinished");
  fs::remove(directory_ / "unfinished/manifest.json");
  const ProcessResult unfinished = keep_by_program(directory_ / "unfinished", dsn());
  EXPECT_EQ(unfinished.exit_code, 2);
  EXPECT_NE(flat(unfinished.err).find("not finished"), std::string::npos) << unfinished.err;

  fs::copy(run, directory_ / "altered");
  directory_.write("altered/missing.csv", "firm_root_id\n5001\n");
  const ProcessResult altered = keep_by_program(directory_ / "altered", dsn());
  EXPECT_EQ(altered.exit_code, 3) << altered.err;
  EXPECT_EQ(counts(), before);
}

// A table that changes what it is given, as a trigger may: the proof is checked before the end of the
// transaction.
TEST_F(Keep, WhatDoesNotArriveWholeIsNotKept) {
  const fs::path run = finish("run", "1\n5000\n5001\n");
  server_->postgres().execute(
      "create function lose() returns trigger language plpgsql as $$ begin "
      "if new.id = '5001' then return null; end if; return new; end $$;"
      "create trigger lose before insert on firmquery.missing for each row execute function lose()");
  const auto kept = keep(run);
  server_->postgres().execute("drop trigger lose on firmquery.missing; drop function lose()");
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().kind, ErrorKind::integrity) << kept.error().to_string();
  EXPECT_EQ(counts(), "0|0|0|0\n");
}

// The rows of the run and its missing IDs are in when it ends; the results wait for a lock.
TEST_F(Keep, ARunThatIsCutOffInTheMiddleLeavesNothing) {
  const fs::path run = finish("run", numbers(1, 1200));
  for (const int signal : {SIGKILL, SIGTERM, SIGINT}) {
    const LibpqConnection lock(dsn());
    lock.execute("begin");
    lock.execute("lock table firmquery.result in exclusive mode");
    Process program = Process::start(FIRMQUERY_BINARY, {"keep", run, "--dsn", dsn()});
    const std::string waiting =
        "select count(*) from pg_locks l join pg_stat_activity a using (pid) where not l.granted and "
        "a.query like 'copy firmquery.result%' or not l.granted and a.query like '-- A file of the run%'";
    while (server_->postgres().value(waiting) == "0") {
      ASSERT_FALSE(program.wait(std::chrono::milliseconds(5))) << program.err();
    }
    ASSERT_TRUE(program.signal(signal));
    const auto exit = program.wait(std::chrono::minutes(10));
    ASSERT_TRUE(exit);
    EXPECT_EQ(*exit, 128 + signal) << program.err();
    lock.execute("commit");
    while (server_->postgres().value(
               "select count(*) from pg_stat_activity where application_name = 'firmquery'") != "0") {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_EQ(counts(), "0|0|0|0\n") << "signal " << signal;
  }
  EXPECT_EQ(keep_by_program(run, dsn()).exit_code, 0);
  EXPECT_EQ(counts(), "1|200|0|1000\n");
}

}  // namespace
}  // namespace firmquery::test
