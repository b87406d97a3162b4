// From a job file to a finished run without the command line: two at once, each with surroundings of its own.
#include <thread>

#include "firmquery/job/make_job.hpp"
#include "firmquery/job/options.hpp"
#include "firmquery/run/run.hpp"
#include "run_case.hpp"

namespace firmquery::test {
namespace {

constexpr const char* kJobFile =
    "input: {ids: ids.txt}\n"
    "query: {file: firm.sql}\n"
    "output: {filename_pattern: 'run_{timestamp}'}\n";
constexpr const char* kFileSql =
    "select firm_root_id, name from firm where firm_root_id in ({ID_PLACEHOLDER})\n";

std::string all_of_them(const std::vector<Error>& errors) {
  std::string text;
  for (const Error& error : errors) text += error.to_string() + "\n";
  return text;
}

// A folder with a job file, and a server for it.
class Place {
 public:
  explicit Place(int rows) {
    server_.execute("create table firm as select i as firm_root_id, 'x' as name from generate_series(1, " +
                    std::to_string(rows) +
                    ") i; alter table firm add primary key (firm_root_id); analyze firm");
    directory_.write("jobs/job.yaml", kJobFile);
    directory_.write("jobs/firm.sql", kFileSql);
    directory_.write("jobs/ids.txt", numbers(1, 3000));
    surroundings_.directory = directory_.path();
    surroundings_.now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23);
    surroundings_.environment = {{"FIRMQUERY_DSN", server_.dsn()}};
  }

  Checked<MadeJob> make() const {
    const SettingsSources sources{{{options::connections, {"2"}}}, "jobs/job.yaml"};
    return firmquery::make_job(resolve_settings(sources, surroundings_), surroundings_, Need::list_and_query);
  }
  std::filesystem::path out() const { return directory_ / "output/run_20261123T000000Z"; }

 private:
  TempDir directory_;
  PostgresServer server_;
  Surroundings surroundings_;
};

RunOutcome run_in_silence(const Job& job) {
  SilentLog log;
  return firmquery::run_job(job, log, {});
}

TEST(SettingsRun, TwoJobFilesAtOnceInOneProcess) {
  const Place here(2000), there(1000);
  const auto job_here = here.make(), job_there = there.make();
  ASSERT_TRUE(job_here) << all_of_them(job_here.error());
  ASSERT_TRUE(job_there) << all_of_them(job_there.error());
  RunOutcome outcome_there;
  std::thread second([&] { outcome_there = run_in_silence(job_there->job); });
  const RunOutcome outcome_here = run_in_silence(job_here->job);
  second.join();
  ASSERT_FALSE(outcome_here.error) << outcome_here.error->to_string();
  ASSERT_FALSE(outcome_there.error) << outcome_there.error->to_string();
  EXPECT_EQ(outcome_here.report.result.found, 2000u);
  EXPECT_EQ(outcome_there.report.result.found, 1000u);
  EXPECT_TRUE(std::filesystem::exists(here.out() / "manifest.json"));
  EXPECT_TRUE(std::filesystem::exists(there.out() / "manifest.json"));
  // The next one does not take its name.
  EXPECT_EQ(here.make()->job.out, here.out().string() + "-2");
}

}  // namespace
}  // namespace firmquery::test
