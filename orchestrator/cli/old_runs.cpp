#include "old_runs.hpp"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "firmquery/job/options.hpp"
#include "messages.hpp"
#include "wrap.hpp"

namespace firmquery::cli {
namespace {

using RemovalJson = nlohmann::ordered_json;
constexpr Option<std::uint64_t> kKeepRuns{"keep-runs"}, kKeepDays{"keep-days"};
constexpr Option<bool> kDryRun{"dry-run"};

bool typed(const Settings& settings, AnyOption option) {
  return settings.value(option).origin == Origin::flag;
}

std::string in_words(const Removal::Left& left) {
  return fmt::format("the older run {} stays: {}", left.directory.string(), left.why);
}

std::string in_words(const Removal::Removed& removed) {
  std::string at = removed.read_at.substr(0, 19);
  if (at.size() > 10) at[10] = ' ';
  return fmt::format("{}  {:>10}  {}", at, byte_count(removed.bytes), removed.directory.string());
}

std::string as_json(const Removal& removal, const RunSeries& series, bool dry_run) {
  RemovalJson removed = RemovalJson::array(), left = RemovalJson::array();
  for (const Removal::Removed& run : removal.removed) {
    removed.push_back({{"directory", run.directory.string()},
                       {"run_id", run.run_id},
                       {"began_at", run.began_at},
                       {"read_at", run.read_at},
                       {"bytes", run.bytes}});
  }
  for (const Removal::Left& run : removal.left)
    left.push_back({{"directory", run.directory.string()}, {"why", run.why}});
  const RemovalJson json = {{"schema", 1},
                            {"folder", series.folder.string()},
                            {"dry_run", dry_run},
                            {"removed", std::move(removed)},
                            {"left", std::move(left)}};
  return json.dump(2, ' ', false, RemovalJson::error_handler_t::replace) + "\n";
}

std::string as_text(const Removal& removal, const RunSeries& series, bool dry_run) {
  std::string text;
  std::uint64_t bytes = 0;
  for (const Removal::Removed& run : removal.removed) {
    text += in_words(run) + "\n";
    bytes += run.bytes;
  }
  const std::size_t count = removal.removed.size();
  return text + fmt::format("{}{} {} in {} {} removed, with {}\n", text.empty() ? "" : "\n", count,
                            count == 1 ? "run" : "runs", series.folder.string(),
                            dry_run      ? "would be"
                            : count == 1 ? "was"
                                         : "were",
                            byte_count(bytes));
}

}  // namespace

Result<Retention> retention_of(const Settings& settings, const std::optional<RunSeries>& series) {
  Retention retention;
  if (settings.is_set(kKeepRuns)) retention.runs = settings.get(kKeepRuns);
  if (settings.is_set(kKeepDays)) retention.days = settings.get(kKeepDays);
  if (retention.empty() || (series && !series->job_file.empty())) return retention;
  for (const AnyOption option : {AnyOption(kKeepRuns), AnyOption(kKeepDays)}) {
    if (!typed(settings, option)) continue;
    return fail(ErrorKind::usage, "only the runs of a job file are one job, of which older ones can go",
                std::string("--") + std::string(option.spec().name),
                "name a job file, and leave out --out: then each run has a directory of its own in "
                "output.default_directory");
  }
  return Retention();
}

void remove_old_runs(const RunSeries& series, const std::string& key, const Retention& retention,
                     const std::filesystem::path& written, bool quiet, Screen& screen, Log& log) {
  const auto removal =
      firmquery::remove_old_runs(series, key, retention, std::chrono::system_clock::now(), written, false);
  if (!removal) return log.warning("older runs were not removed: " + removal.error().to_string());
  for (const Removal::Removed& run : removal->removed)
    log.record("removed the older run " + run.directory.string());
  for (const Removal::Left& left : removal->left) log.warning(in_words(left));
  const std::size_t count = removal->removed.size();
  if (quiet || count == 0) return;
  const std::string oldest = removal->removed.front().directory.filename().string();
  screen.line(wrapped(count == 1 ? fmt::format("removed 1 older run of this job: {}", oldest)
                                 : fmt::format("removed {} older runs of this job: {} to {}", count, oldest,
                                               removal->removed.back().directory.filename().string()),
                      4));
}

bool removes_by_hand(const Settings& settings) {
  return typed(settings, kKeepRuns) || typed(settings, kKeepDays) || settings.get(kDryRun);
}

int remove_old_runs_by_hand(const Settings& settings, const RunSeries& series, Screen& screen) {
  const bool dry_run = settings.get(kDryRun);
  auto retention = retention_of(settings, series);
  if (!retention) return report_error(screen, retention.error());
  if (retention->empty()) {
    return report_error(screen,
                        Error{ErrorKind::usage,
                              "nothing says how many runs are kept",
                              "--dry-run",
                              "give --keep-runs N or --keep-days D, or a job file that has one of them",
                              {}});
  }
  const auto removal = firmquery::remove_old_runs(series, settings.get(options::key), *retention,
                                                  std::chrono::system_clock::now(), {}, dry_run);
  if (!removal) return report_error(screen, removal.error());
  const bool json = settings.get(options::json);
  std::optional<Error> failed;
  for (const Removal::Left& left : removal->left) {
    if (left.failed && !failed)
      failed = Error{ErrorKind::usage, left.why, left.directory.string(), "remove it by hand", {}};
    else if (!json)
      report_warning(screen, in_words(left));
  }
  const std::string out = json                           ? as_json(*removal, series, dry_run)
                          : settings.get(options::quiet) ? ""
                                                         : as_text(*removal, series, dry_run);
  if (!screen.answer(out))
    return report_error(screen, Error{ErrorKind::usage, "cannot write the runs", "standard output", {}, {}});
  return failed ? report_error(screen, *failed) : 0;
}

}  // namespace firmquery::cli
