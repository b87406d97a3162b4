#include "demo_command.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "firmquery/core/digest.hpp"
#include "firmquery/core/time_text.hpp"
#include "firmquery/job/options.hpp"
#include "firmquery/local/local_server.hpp"
#include "firmquery/output/files.hpp"
#include "firmquery/output/run_directory.hpp"
#include "firmquery/output/run_reader.hpp"
#include "firmquery/run/run.hpp"
#include "messages.hpp"
#include "progress_display.hpp"
#include "screen.hpp"
#include "signals.hpp"
#include "wrap.hpp"

namespace firmquery::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRegistryQuery =
    "SELECT assignment, organization_name, organization_address\n"
    "FROM demo.oui\n"
    "WHERE assignment IN ({ID_PLACEHOLDER})\n";
constexpr const char* kFirmQuery =
    "SELECT firm_root_id, name, country, legal_form, founded, employees, revenue\n"
    "FROM demo.firm\n"
    "WHERE firm_root_id IN ({ID_PLACEHOLDER})\n";

template <class... Arguments>
void say(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  const std::string line = fmt::format(text, std::forward<Arguments>(arguments)...);
  // A command is shown as it can be typed.
  const bool command = line.starts_with("   firmquery run ");
  fmt::print("{}\n", command ? line : wrapped_lines(line, 0));
  std::fflush(stdout);  // the next step may take seconds
}

class DemoLog : public Observer {
 public:
  void on(const Event& event) override {
    const auto line = log_line(event.body);
    if (line && line->level == LogLine::Level::warning) say("   note: {}", line->text);
  }
};

Result<void> check_figure(const fs::path& run, std::string_view what, std::uint64_t is,
                          std::uint64_t expected) {
  if (is == expected) return {};
  return fail(ErrorKind::integrity, fmt::format("{} {}, expected {}", grouped(is), what, grouped(expected)),
              run.string(), "this is a defect of the program: please report it with the run directory");
}

// The sum of the lines' hashes: equal for two files with the same lines in any order.
Result<Digest> digest_of_rows(const fs::path& directory) {
  FQ_TRY_ASSIGN(const RunReader run, RunReader::open(directory));
  FQ_TRY_ASSIGN(const auto rows, run.results());
  Digest digest;
  for (;;) {
    FQ_TRY_ASSIGN(const bool more, rows->next());
    if (!more) return digest;
    digest += Digest::of(rows->csv());
  }
}

class Demo {
 public:
  Demo(fs::path out, const FirmSize& size, Screen& screen, std::stop_token stop)
      : out_(std::move(out)), size_(size), screen_(screen), stop_(std::move(stop)) {}

  Result<void> run() {
    FQ_TRY(check_demo_files());
    FQ_TRY_ASSIGN(LocalServer server, LocalServer::find());
    FQ_TRY(create_run_directory(out_));
    FQ_TRY_ASSIGN(server_, server.start());
    say("Private PostgreSQL {} in {} (firmquery local status|stop|psql)", server_.version,
        server_.directory.string());
    FQ_TRY(compare_registries());
    FQ_TRY(compare_strategies());
    say("\nEverything is in {}", out_.string());
    return {};
  }

 private:
  Result<Session> connect() const {
    ConnectOptions options;
    options.dsn = server_.dsn;
    options.stop = stop_;
    return Session::open(options);
  }

  Job make_job(const std::string& ids, const fs::path& query, const std::string& sql,
               const std::string& key) const {
    Job job;
    job.ids_path = ids;
    job.clean.source_name = ids;
    job.clean.key_name = key;
    job.sql = sql;
    job.sql_name = query.string();
    job.key = key;
    job.connect.dsn = server_.dsn;
    job.connect.label = "the private local PostgreSQL in " + server_.directory.string();
    job.target = ServerChoice::local;
    return job;
  }

  Result<Report> run_checked(const Job& job, const Expectation& expected) {
    if (stop_.stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
    Progress progress;
    DemoLog demo_log;
    FQ_TRY_ASSIGN(const auto log, Log::open(CliSettings{}, Log::OnScreen::nothing, screen_, {}));
    // A bar on a terminal; elsewhere the lines of the demo itself are enough.
    const auto form = ProgressDisplay::form_of(CliSettings{}, screen_);
    ProgressDisplay display(progress, form == ProgressDisplay::Form::bar ? form : ProgressDisplay::Form::none,
                            screen_, *log);
    Observers observers{&progress, &demo_log};
    RunOutcome outcome = run_job(job, observers, stop_);
    display.finish();
    if (outcome.error) return Failure(*outcome.error);
    const Report& report = outcome.report;
    if (report.status != "complete") {
      return fail(ErrorKind::transient, fmt::format("the run is {}", report.status), job.out.string());
    }
    FQ_TRY(check_figure(job.out, "unique IDs", report.input.unique, expected.unique));
    FQ_TRY(check_figure(job.out, "found", report.result.found, expected.found));
    FQ_TRY(check_figure(job.out, "missing", report.result.missing, expected.missing));
    FQ_TRY_ASSIGN(const Verification verification, verify_run(job.out));
    if (!verification.failures.empty()) {
      return fail(ErrorKind::integrity, verification.failures.front(), job.out.string());
    }
    return std::move(outcome.report);
  }

  Result<void> compare_registries() {
    say("\n1. Which prefixes known to arp-scan does the IEEE's registry (MA-L) not have?");
    FQ_TRY_ASSIGN(Session session, connect());
    FQ_TRY_ASSIGN(const std::uint64_t rows, load_registry(session));
    say("   {} registrations of {} are now in demo.oui", grouped(rows), kRegistryCsv);
    FQ_TRY_ASSIGN(const Expectation expected, expect_prefixes(session));

    const fs::path query = out_ / "oui.sql";
    FQ_TRY(write_file(query, kRegistryQuery));
    Job job = make_job(kPrefixList, query, kRegistryQuery, "assignment");
    job.clean.column = "1";
    job.clean.comment = "#";
    job.out = out_ / "oui";
    say("   firmquery run --ids {} --column 1 --comment '#' --key assignment --query {}", kPrefixList,
        query.string());
    FQ_TRY_ASSIGN(const Report report, run_checked(job, expected));
    say("   {} unique IDs, {} found, {} missing in {:.2f} s; a plain comparison of the two files agrees",
        grouped(report.input.unique), grouped(report.result.found), grouped(report.result.missing),
        report.timing.total_s);
    say("   the rows are in {}, the IDs without one in {}",
        (job.out / ResultFile{&result_formats().front()}.name()).string(),
        artifact_path(job.out, Artifact::missing).string());
    say("   firmquery verify {}: holds", job.out.string());
    return {};
  }

  Result<void> compare_strategies() {
    say("\n2. {} IDs against {} firms: the temp table and the usual IN lists",
        grouped(size_.found + size_.missing), grouped(size_.rows));
    FQ_TRY_ASSIGN(Session session, connect());
    if (stop_.stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
    FQ_TRY(make_firm_table(session, size_));
    const fs::path ids = out_ / "firm-ids.csv";
    FQ_TRY(write_firm_list(ids, size_));
    say("   demo.firm and {} are made: {} IDs exist, {} do not, {} are repeats, {} are no IDs", ids.string(),
        grouped(size_.found), grouped(size_.missing), grouped(size_.duplicates), grouped(size_.rejected));

    const fs::path query = out_ / "firm.sql";
    FQ_TRY(write_file(query, kFirmQuery));
    Job job = make_job(ids.string(), query, kFirmQuery, "firm_root_id");
    job.warning_threshold = job.max_input_ids;
    FQ_TRY_ASSIGN(const Report temp_table, run_strategy(job, StrategyKind::temp_table));
    FQ_TRY_ASSIGN(const Report in_list, run_strategy(job, StrategyKind::in_list));
    FQ_TRY_ASSIGN(const Digest temp_rows, digest_of_rows(out_ / "temp-table"));
    FQ_TRY_ASSIGN(const Digest list_rows, digest_of_rows(out_ / "in-list"));
    if (temp_rows != list_rows || temp_table.result.rows != in_list.result.rows) {
      return fail(ErrorKind::integrity, "the two strategies gave different rows", out_.string());
    }

    say("\n   strategy               seconds       IDs/s");
    for (const Report* report : {&temp_table, &in_list}) {
      const double seconds = report->timing.total_s;
      say("   {:<20} {:>9.2f} {:>11}", report->strategy, seconds,
          grouped(static_cast<std::uint64_t>(static_cast<double>(report->input.unique) / seconds)));
    }
    const double ratio = in_list.timing.total_s / temp_table.timing.total_s;
    say("   The same {} rows both times; {} {:.1f} times as fast as {}.", grouped(temp_table.result.rows),
        ratio >= 1 ? "the temp table was" : "the IN lists were", ratio >= 1 ? ratio : 1 / ratio,
        ratio >= 1 ? "the IN lists" : "the temp table");
    return {};
  }

  Result<Report> run_strategy(Job job, StrategyKind strategy) {
    job.strategy = strategy;
    job.out = out_ / to_string(strategy);
    say("   firmquery run --ids {} --query {} --strategy {} --warning-threshold {}{}", job.ids_path,
        job.sql_name, to_string(strategy), job.warning_threshold,
        strategy == StrategyKind::in_list ? fmt::format(" --chunk-size {}", job.in_list.max_ids) : "");
    FQ_TRY_ASSIGN(Report report, run_checked(job, {size_.found + size_.missing, size_.found, size_.missing}));
    FQ_TRY(check_figure(job.out, "duplicates", report.input.duplicates, size_.duplicates));
    FQ_TRY(check_figure(job.out, "rejected", report.input.rejected, size_.rejected));
    FQ_TRY(check_figure(job.out, "rows", report.result.rows, size_.found));
    return report;
  }

  fs::path out_;
  FirmSize size_;
  Screen& screen_;
  std::stop_token stop_;
  LocalServerStatus server_;
};

}  // namespace

Result<void> demonstrate(const fs::path& out, const FirmSize& size, Screen& screen, std::stop_token stop) {
  return Demo(out, size, screen, std::move(stop)).run();
}

int run_demo(const CommandLine& line) {
  Screen screen;
  const Signals signals(screen);
  const auto given = line.flags.find(options::out);
  const fs::path out = given != line.flags.end()
                           ? given->second.back()
                           : "firmquery-demo-" + utc_stamp(std::chrono::system_clock::now());
  const Result<void> done = demonstrate(out, {}, screen, signals.token());
  return done ? 0 : report_error(screen, signals.attributed(done.error()));
}

}  // namespace firmquery::cli
