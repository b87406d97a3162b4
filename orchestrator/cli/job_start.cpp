#include "job_start.hpp"

#include <cstdlib>

#include "connection.hpp"
#include "firmquery/run/run.hpp"
#include "firmquery/output/run_directory.hpp"
#include "messages.hpp"
#include "staging_server.hpp"

namespace firmquery::cli {
namespace {

tl::expected<StartedJob, int> make(Resolution resolution, const SavedJob* saved, const std::string& directory,
                                   Creation creation, Screen& screen) {
  screen.expect_json(resolution.settings.boolean("json"));
  if (!resolution.errors.empty()) return tl::unexpected(report_errors(screen, resolution.errors));
  if (saved != nullptr) resolution.settings.set("out", Value{{directory}, Origin::flag, {}, false});
  const bool from_copy =
      saved != nullptr && saved->ids_were_streamed && resolution.settings.value("ids").origin != Origin::flag;
  std::vector<Error> errors;
  Job job = make_job(resolution.settings, process_environment, !from_copy, errors, resolution.notices);
  if (!errors.empty()) return tl::unexpected(report_errors(screen, errors));
  job.run_id = saved != nullptr ? saved->run_id : make_run_id();
  job.options = options_to_save(resolution.settings);
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
  auto started = make(resolve_settings(line, job_file, process_environment), nullptr, {}, creation, screen);
  if (started && started->job.series && !job_file.empty()) {
    started->job.series->job_file = std::filesystem::absolute(job_file).lexically_normal().string();
  }
  return started;
}

tl::expected<StartedJob, int> start_saved_job(const CommandLine& line, const std::string& directory,
                                              Screen& screen) {
  const auto saved = read_saved_job(directory);
  if (!saved) return tl::unexpected(report_error(screen, saved.error()));
  return make(resolve_settings(line, "", process_environment, saved->options), &*saved, directory,
              Creation::allowed, screen);
}

}  // namespace firmquery::cli
