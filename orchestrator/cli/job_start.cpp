#include "job_start.hpp"

#include "firmquery/history/past_runs.hpp"
#include "firmquery/job/make_job.hpp"
#include "firmquery/job/options.hpp"
#include "firmquery/output/run_directory.hpp"
#include "firmquery/run/run.hpp"
#include "messages.hpp"
#include "process_surroundings.hpp"

namespace firmquery::cli {
namespace {

tl::expected<StartedJob, int> start(const Settings& settings, const Surroundings& surroundings,
                                    const SavedJob* saved, Creation creation, Screen& screen) {
  screen.expect_json(settings.get(options::json));
  auto after =
      after_run(settings, surroundings, saved != nullptr ? saved->directory : std::filesystem::path());
  if (!after) return tl::unexpected(report_error(screen, after.error()));
  const auto refused = [&](int exit_code) {
    if (creation == Creation::allowed)
      finish_start(*after, exit_code, {}, screen);  // nobody waits for a dry run
    return tl::unexpected(exit_code);
  };
  const bool from_copy =
      saved != nullptr && saved->ids_were_streamed && settings.value(options::ids).origin != Origin::flag;
  const bool lifted = saved != nullptr && saved->lifted && settings.value(options::ids).items.empty();
  auto made = make_job(settings, surroundings, from_copy || lifted ? Need::nothing : Need::list_and_query);
  if (!made) return refused(report_errors(screen, made.error()));
  Job& job = made->job;
  job.run_id = saved != nullptr ? saved->run_id : make_run_id();
  job.resume |= saved != nullptr;
  job.ids_from_copy = from_copy;
  if (saved != nullptr) {
    job.out = saved->directory;
    job.series.reset();  // nothing else is to be gone on with
  }
  // A run that is gone on with is named, and belongs to a series all the same.
  if (const auto& series = saved != nullptr ? after->series : job.series)
    job.past = past_runs(*series, job.key);
  if (lifted) {
    job.lifted = saved->lifted;
    job.ids_path = saved->ids_path;
  }
  set_kerberos_variables(settings);
  if (from_copy) job.staging_target = ServerChoice::named;
  if (auto server = settle_servers(job, creation); !server) {
    return refused(report_error(screen, server.error()));
  }
  return StartedJob{std::move(job), make_cli_settings(settings), *std::move(after), std::move(made->notices)};
}

}  // namespace

tl::expected<StartedJob, int> start_job(const CommandLine& line, Creation creation, Screen& screen) {
  const Surroundings surroundings = process_surroundings();
  const std::string job_file = line.operands.empty() ? "" : line.operands.front();
  return start(resolve_settings({line.flags, job_file}, surroundings), surroundings, nullptr, creation,
               screen);
}

tl::expected<StartedJob, int> start_saved_job(const CommandLine& line, const std::string& directory,
                                              Screen& screen) {
  const auto saved = read_saved_job(directory);
  if (!saved) return tl::unexpected(report_error(screen, saved.error()));
  const Surroundings surroundings = process_surroundings();
  Settings settings = resolve_settings({line.flags, {}, saved->options}, surroundings);
  // A run of a series stays one, and is what its options say.
  if (!saved->in_series) settings.set(options::out, Setting{{directory}, Origin::flag, {}, false});
  return start(settings, surroundings, &*saved, Creation::allowed, screen);
}

}  // namespace firmquery::cli
