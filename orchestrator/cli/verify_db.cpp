#include "verify_db.hpp"

#include <string>
#include <utility>

#include "firmquery/job/make_job.hpp"
#include "firmquery/job/options.hpp"
#include "firmquery/run/run.hpp"
#include "job_start.hpp"
#include "messages.hpp"
#include "process_surroundings.hpp"
#include "signals.hpp"
#include "staging_server.hpp"

namespace firmquery::cli {
namespace {

class Warnings : public Observer {
 public:
  explicit Warnings(Screen& screen) : screen_(screen) {}
  void on(const Event& event) override {
    const auto line = log_line(event.body);
    if (line && line->level == LogLine::Level::warning) report_warning(screen_, line->text);
  }

 private:
  Screen& screen_;
};

// What the run was asked with, but for its list and its query: the journal has these.
Settings settings_of(const CommandLine& line, const SavedJob& saved, const Surroundings& surroundings) {
  Settings settings = resolve_settings({line.flags, {}, saved.options}, surroundings);
  settings.set(options::out, Setting{{line.operands.front()}, Origin::flag, {}, false});
  settings.set(options::query, {});
  settings.set(options::sql, {});
  settings.set(options::ids, {});
  settings.set(options::ids_dsn, {});
  // A run without a second proof is asked for one now.
  if (settings.value(options::recheck).origin != Origin::flag && !settings.get(options::recheck)) {
    const std::string fallback(options::recheck.spec().fallback);
    settings.set(options::recheck, Setting{{fallback}, Origin::fallback, {}, false});
  }
  return settings;
}

}  // namespace

tl::expected<RecheckedRun, int> ask_server(const CommandLine& line, Screen& screen) {
  const std::string& directory = line.operands.front();
  const auto saved = read_saved_job(directory);
  if (!saved) return tl::unexpected(report_error(screen, saved.error()));
  const Surroundings surroundings = process_surroundings();
  const Settings settings = settings_of(line, *saved, surroundings);
  if (!settings.get(options::recheck)) {
    return tl::unexpected(report_error(screen, Error{ErrorKind::usage,
                                                     "--db asks again, and --recheck off says not to",
                                                     "--recheck",
                                                     "leave one of them out",
                                                     {}}));
  }
  auto made = make_job(settings, surroundings, Need::nothing);
  if (!made) return tl::unexpected(report_errors(screen, made.error()));
  set_kerberos_variables(settings);
  Job& job = made->job;
  const auto run = RunReader::open(directory);
  if (!run) return tl::unexpected(report_error(screen, run.error()));
  const auto journal = run->journal();
  if (!journal) return tl::unexpected(report_error(screen, journal.error()));
  job.sql = journal->job.sql;  // which says what a server that nobody names must have
  job.key = journal->job.key;
  job.staging_target = ServerChoice::named;
  if (auto server = settle_servers(job, Creation::never); !server)
    return tl::unexpected(report_error(screen, server.error()));
  const Signals signals(screen);
  Warnings warnings(screen);
  EventStream events;
  if (!line.says(options::quiet)) events.add(warnings);
  auto rechecked = recheck_run(*run, job, events, signals.token());
  if (!rechecked)
    return tl::unexpected(report_error(screen, signals.attributed(std::move(rechecked).error())));
  return *std::move(rechecked);
}

}  // namespace firmquery::cli
