#include "job_start.hpp"

#include <cstdlib>

#include "firmquery/job/connection.hpp"
#include "firmquery/job/make_job.hpp"
#include "firmquery/run/run.hpp"
#include "firmquery/output/run_directory.hpp"
#include "messages.hpp"
#include "process_surroundings.hpp"
#include "staging_server.hpp"

namespace firmquery::cli {
namespace {

tl::expected<StartedJob, int> make(Resolution resolution, const Surroundings& surroundings, const SavedJob* saved,
                                   const std::string& directory, Creation creation, Screen& screen) {
  screen.expect_json(resolution.settings.boolean("json"));
  if (!resolution.errors.empty()) return tl::unexpected(report_errors(screen, resolution.errors));
  if (saved != nullptr) resolution.settings.set("out", Value{{directory}, Origin::flag, {}, false});
  const bool from_copy =
      saved != nullptr && saved->ids_were_streamed && resolution.settings.value("ids").origin != Origin::flag;
  std::vector<Error> errors;
  Job job = make_job(resolution.settings, surroundings, from_copy ? Need::nothing : Need::list_and_query, errors,
                     resolution.notices);
  if (!errors.empty()) return tl::unexpected(report_errors(screen, errors));
  job.run_id = saved != nullptr ? saved->run_id : make_run_id();
  job.options = options_to_save(resolution.settings, surroundings);
  job.resume |= saved != nullptr;
  job.ids_from_copy = from_copy;
  for (const auto& [name, value] : kerberos_variables(resolution.settings)) {
    ::setenv(name.c_str(), value.c_str(), 1);
  }
  if (from_copy) job.staging_target = ServerChoice::named;
  if (auto server = settle_servers(job, creation); !server) {
    return tl::unexpected(report_error(screen, server.error()));
  }
  return StartedJob{std::move(job), make_cli_settings(resolution.settings), std::move(resolution.notices)};
}

}  // namespace

tl::expected<StartedJob, int> start_job(const CommandLine& line, Creation creation, Screen& screen) {
  const std::string job_file = line.operands.empty() ? "" : line.operands.front();
  const Surroundings surroundings = process_surroundings();
  auto started = make(resolve_settings(line.values, job_file, surroundings), surroundings, nullptr, {}, creation, screen);
  if (started && started->job.series && !job_file.empty()) {
    started->job.series->job_file = surroundings.absolute(job_file).string();
  }
  return started;
}

tl::expected<StartedJob, int> start_saved_job(const CommandLine& line, const std::string& directory,
                                              Screen& screen) {
  const auto saved = read_saved_job(directory);
  if (!saved) return tl::unexpected(report_error(screen, saved.error()));
  const Surroundings surroundings = process_surroundings();
  return make(resolve_settings(line.values, "", surroundings, saved->options), surroundings, &*saved, directory,
              Creation::allowed, screen);
}

}  // namespace firmquery::cli
