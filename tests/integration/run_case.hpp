// One run of the pipeline against a test server, and its outcome as tests like to look at it.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "firmquery/output/files.hpp"
#include "firmquery/output/run_directory.hpp"
#include "firmquery/run/progress.hpp"
#include "firmquery/run/run.hpp"
#include "support/missing_file.hpp"
#include "support/postgres.hpp"
#include "support/temp_dir.hpp"

namespace firmquery::test {

class SilentLog : public Observer {
 public:
  void on(const Event& event) override {
    const auto line = log_line(event.body);
    if (line && line->level == LogLine::Level::warning) warnings.push_back(line->text);
  }
  std::vector<std::string> warnings;
};

// The outcome, or the error that ended the run.
inline Result<RunOutcome> run_job(const Job& job, Observer& progress, Observer& log, std::stop_token stop) {
  Observers both{&progress, &log};
  RunOutcome outcome = firmquery::run_job(job, both, std::move(stop));
  if (outcome.error) return Failure(*outcome.error);
  return outcome;
}

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
  std::string results, missing;  // of missing.csv the IDs
  const Report& report() const { return result->report; }
};

// What a thread beside a run sees of it.
class RunWatch {
 public:
  const Progress& progress() const { return progress_; }
  // Blocks until `holds` does or the run has ended; false in the second case. The counters cannot notify.
  bool wait_until(const std::function<bool(const Progress&)>& holds) const {
    while (!holds(progress_)) {
      if (ended_) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

 private:
  friend Outcome run(const Job& job, const std::function<void(const RunWatch&)>& beside,
                     std::stop_token stop);
  Progress progress_;
  std::atomic<bool> ended_{false};
};

// Reads the files of an outcome, and verifies a complete one.
inline void collect(const Job& job, Outcome& outcome);

// `beside` runs in a thread of its own while the job does.
inline Outcome run(const Job& job, const std::function<void(const RunWatch&)>& beside = {},
                   std::stop_token stop = {}) {
  Outcome outcome;
  RunWatch watch;
  std::thread other;
  if (beside) other = std::thread([&] { beside(watch); });
  outcome.result = run_job(job, watch.progress_, outcome.log, stop);
  watch.ended_ = true;
  if (other.joinable()) other.join();
  collect(job, outcome);
  return outcome;
}

// Does something when the run has got somewhere, and once: inside of its events, so that the run stands still there
// for as long as that takes. What is done must not call the run, nor stop it.
class Halt : public Observer {
 public:
  Halt(std::function<bool(const Progress&)> where, std::function<void()> what)
      : where_(std::move(where)), what_(std::move(what)) {}
  void on(const Event& event) override {
    progress_.on(event);
    if (!done_ && where_(progress_)) {
      done_ = true;
      what_();
    }
  }
  bool done() const { return done_; }

 private:
  Progress progress_;
  const std::function<bool(const Progress&)> where_;
  const std::function<void()> what_;
  bool done_ = false;
};

// Stops the run when its phase begins.
class StopAt : public Observer {
 public:
  StopAt(Phase phase, std::stop_source& stop) : phase_(phase), stop_(stop) {}
  void on(const Event& event) override {
    const auto* begun = std::get_if<event::PhaseBegun>(&event.body);
    if (begun != nullptr && begun->phase == phase_) stop_.request_stop();
  }

 private:
  const Phase phase_;
  std::stop_source& stop_;
};

inline bool in_the_middle(const Progress& progress) {
  return progress.phase == Phase::querying && progress.ids_done > 0 && progress.ids_done < progress.ids_total;
}

inline Outcome run_halting(const Job& job, std::function<bool(const Progress&)> where,
                           std::function<void()> what) {
  Outcome outcome;
  Halt halt(std::move(where), std::move(what));
  outcome.result = run_job(job, halt, outcome.log, {});
  EXPECT_TRUE(halt.done()) << "the run never got there";
  collect(job, outcome);
  return outcome;
}

inline void collect(const Job& job, Outcome& outcome) {
  if (!outcome.result || outcome.result->kind == RunOutcome::Kind::skipped) return;
  outcome.results = read_text(job.out / "results.csv");
  outcome.missing = first_column_of_missing(read_text(job.out / "missing.csv"));
  if (outcome.report().status != "complete") return;
  const auto verification = verify_run(job.out);
  EXPECT_TRUE(verification) << verification.error().to_string();
  if (verification) {
    EXPECT_EQ(verification->failures, std::vector<std::string>{});
  }
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

// "1\n2\n...": IDs first, first + step, ... as a list.
inline std::string numbers(long first, long last, long step = 1) {
  std::string text;
  for (long n = first; n <= last; n += step) text += std::to_string(n) + "\n";
  return text;
}

// For the name of a parameterised test: letters, digits and underscores.
inline std::string test_name(std::string_view text) {
  std::string name(text);
  for (char& c : name) {
    if (c == '-') c = '_';
  }
  return name;
}

}  // namespace firmquery::test
