// `keep`: a finished run directory into the tables of firm_staging.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "firmquery/history/keep.hpp"
#include "firmquery/job/make_job.hpp"
#include "firmquery/job/options.hpp"
#include "firmquery/local/local_server.hpp"
#include "messages.hpp"
#include "process_surroundings.hpp"
#include "screen.hpp"
#include "signals.hpp"
#include "staging_server.hpp"

namespace firmquery::cli {
namespace {

constexpr Option<std::string> kJobName{"job"};

std::string kept_text(const FinishedRun& run, const std::string& job, const KeptRun& kept) {
  std::string out = fmt::format("kept run {} as one of job {} in {}\n  {} rows, {} missing, {} rejected\n",
                                run.reader.report().run_id, job, kept.place, grouped(kept.rows),
                                grouped(kept.missing), grouped(kept.rejected));
  if (kept.previous) {
    out += fmt::format("since run {}: {} newly missing, {} recovered\n", *kept.previous,
                       grouped(kept.newly_missing), grouped(kept.recovered));
  }
  return out;
}

std::string kept_json(const FinishedRun& run, const std::string& job, const KeptRun& kept) {
  using Json = nlohmann::ordered_json;
  const Json json = {{"schema", 1},
                     {"run_id", run.reader.report().run_id},
                     {"job", job},
                     {"place", kept.place},
                     {"rows", kept.rows},
                     {"missing", kept.missing},
                     {"rejected", kept.rejected},
                     {"previous_run_id", kept.previous ? Json(*kept.previous) : Json()},
                     {"newly_missing", kept.previous ? Json(kept.newly_missing) : Json()},
                     {"recovered", kept.previous ? Json(kept.recovered) : Json()}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

int run_keep(const CommandLine& line) {
  Screen screen;
  const Surroundings surroundings = process_surroundings();
  const Settings settings = resolve_settings({line.flags}, surroundings);
  screen.expect_json(settings.get(options::json));
  if (!settings.problems.empty()) return report_errors(screen, settings.problems);
  const std::string job_name = settings.is_set(kJobName) ? settings.get(kJobName) : "default";
  auto target = make_target(settings, surroundings);
  if (!target) return report_errors(screen, target.error());
  const auto run = open_finished_run(line.operands.front());
  if (!run) return report_error(screen, run.error());
  for (const std::string& notice : target->notices) report_warning(screen, notice);
  set_kerberos_variables(settings);
  const Reads reads = [](const ConnectOptions& server) { return check_reads(server, "table firmquery.run"); };
  if (auto settled = settle_target(target->choice, Creation::allowed, reads, target->connect); !settled) {
    return report_error(screen, settled.error());
  }

  Signals signals(screen);
  const auto kept = keep_run(*run, job_name, target->connect, signals.token());
  if (!kept) return report_error(screen, signals.attributed(kept.error()));
  std::string out;
  if (settings.get(options::json)) {
    out = kept_json(*run, job_name, *kept);
  } else if (!settings.get(options::quiet)) {
    out = kept_text(*run, job_name, *kept);
  }
  if (screen.answer(out)) return 0;
  return report_error(screen, Error{ErrorKind::usage, "cannot write", "standard output", {}, {}});
}

}  // namespace firmquery::cli
