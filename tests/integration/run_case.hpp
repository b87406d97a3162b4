// One run of the pipeline against a test server, and its outcome as tests like to look at it.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "firmquery/files.hpp"
#include "firmquery/pipeline.hpp"
#include "firmquery/run_directory.hpp"
#include "support/postgres.hpp"
#include "support/temp_dir.hpp"

namespace firmquery::test {

class SilentLog : public RunLog {
 public:
  void info(const std::string&) override {}
  void warning(const std::string& message) override { warnings.push_back(message); }
  std::vector<std::string> warnings;
};

// A job over a text of IDs. `sql` names the key column firm_root_id unless `key` says otherwise.
inline Job make_job(const TempDir& directory, const std::string& dsn, const std::string& ids,
                    const std::string& sql, const std::string& out = "out") {
  Job job;
  job.ids_path = directory.write(out + ".ids", ids);
  job.clean.format = InputFormat::lines;
  job.clean.header = HeaderMode::absent;
  job.sql = sql;
  job.sql_name = "query.sql";
  job.connect.dsn = dsn;
  job.max_retries = 0;
  job.out = directory.path() / out;
  return job;
}

struct Outcome {
  Result<RunOutcome> result = fail(ErrorKind::usage, "not run");
  SilentLog log;
  std::string results, missing;
  const Report& report() const { return result->report; }
};

inline Outcome run(const Job& job) {
  Outcome outcome;
  Progress progress;
  outcome.result = run_job(job, progress, outcome.log, {});
  if (!outcome.result) return outcome;
  outcome.results = read_text(job.out / "results.csv");
  outcome.missing = read_text(job.out / "missing.csv");
  const auto verification = verify_run(job.out);
  EXPECT_TRUE(verification) << verification.error().to_string();
  if (verification) {
    EXPECT_EQ(verification->failures, std::vector<std::string>{});
  }
  return outcome;
}

// The lines of a file without quoted line feeds, sorted: a bag of rows.
inline std::multiset<std::string> lines_of(const std::string& text) {
  std::multiset<std::string> lines;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.insert(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

}  // namespace firmquery::test
