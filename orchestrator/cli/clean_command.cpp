// `clean`: options -> read_input -> IDs, profile and, with --out, the files of a cleaned list.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <system_error>

#include "commands.hpp"
#include "firmquery/core/csv.hpp"
#include "firmquery/job/make_job.hpp"
#include "firmquery/job/options.hpp"
#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/files.hpp"
#include "firmquery/output/run_directory.hpp"
#include "firmquery/run/input.hpp"
#include "log.hpp"
#include "messages.hpp"
#include "process_surroundings.hpp"
#include "progress_display.hpp"
#include "screen.hpp"
#include "signals.hpp"
#include "staging_server.hpp"
#include "summary.hpp"

namespace firmquery::cli {
namespace {

// A text ID a line, quoted where CSV needs it. `id` is room for one.
void append_csv_line(const IdSet& ids, std::size_t index, std::string& block, std::string& id) {
  const std::size_t begin = block.size();
  ids.append_canonical(index, block);
  if (block.find_first_of(",\"\r\n\\", begin) != std::string::npos) {
    id.assign(block, begin);
    block.resize(begin);
    append_csv_field(block, id, true);
  }
  block += '\n';
}

void format_ids(const IdSet& ids, bool csv, std::size_t begin, std::size_t end, std::string& block) {
  block.clear();
  if (!csv || ids.plain()) return ids.append_lines(begin, end, block);
  std::string id;
  for (; begin < end; ++begin) append_csv_line(ids, begin, block, id);
}

// Writes one ID a line. `csv`: quoted where CSV needs it. While a block is written, the next one is
// formatted.
template <class Write>
Result<void> write_ids(const IdSet& ids, bool csv, const std::stop_token& stop, Write write) {
  constexpr std::size_t kBlockIds = 1 << 16;
  std::string block, next;
  std::size_t begin = 0;
  const auto format_next = [&] {
    const std::size_t end = std::min(ids.size(), begin + kBlockIds);
    format_ids(ids, csv, begin, end, next);
    begin = end;
  };
  format_next();
  while (!next.empty()) {
    if (stop.stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
    block.swap(next);
    // Without a policy it runs in get() when the system gives no thread.
    std::future<void> formatting = std::async(format_next);
    Result<void> written = write(block);
    formatting.get();
    FQ_TRY(written);
  }
  return {};
}

Result<void> write_directory(const InputOptions& options, const CleanedInput& input,
                             const std::filesystem::path& directory, const std::stop_token& stop) {
  FQ_TRY_ASSIGN(AtomicFile file, AtomicFile::create(directory / "ids.csv"));
  std::string header;
  append_csv_field(header, options.clean.key_name.empty() ? "id" : options.clean.key_name, true);
  FQ_TRY(file.write(header + "\n"));
  FQ_TRY(write_ids(input.ids, true, stop, [&](const std::string& block) { return file.write(block); }));
  FQ_TRY(file.commit());
  return write_file(artifact_path(directory, Artifact::report), input_to_json(input.report));
}

Error no_stdout() {
  return {
      ErrorKind::usage, "cannot write: its reader has gone, or the disk is full", "standard output", {}, {}};
}

Result<void> write_stdout(std::string_view bytes) {
  if (write_all(1, bytes)) return {};
  return Failure(no_stdout());
}

Result<CleanedInput> clean(const InputOptions& options, const std::filesystem::path& directory, bool json,
                           const std::stop_token& stop, Progress& progress) {
  progress.phase = Phase::cleaning;
  FQ_TRY_ASSIGN(CleanedInput input, read_input(options, directory, stop,
                                               [&](std::uint64_t lines) { progress.lines_read += lines; }));
  progress.phase = Phase::exporting;
  if (!directory.empty()) {
    FQ_TRY(write_directory(options, input, directory, stop));
  } else if (!json) {
    FQ_TRY(write_ids(input.ids, false, stop, write_stdout));
  }
  return input;
}

}  // namespace

int run_clean(const CommandLine& line) {
  Screen screen;
  const Surroundings surroundings = process_surroundings();
  const Settings settings = resolve_settings({line.flags}, surroundings);
  const CliSettings cli = make_cli_settings(settings);
  screen.expect_json(cli.json);
  if (!settings.problems.empty()) return report_errors(screen, settings.problems);
  const auto made = make_job(settings, surroundings, Need::list);
  if (!made) return report_errors(screen, made.error());
  InputOptions input_options = firmquery::input_options(made->job);
  const std::filesystem::path directory = settings.get(options::out);
  input_options.keep_rejected = !directory.empty();

  // Progress is for people who wait: elsewhere the result follows soon enough.
  auto form = ProgressDisplay::form_of(cli, screen);
  auto log = Log::open(cli, Log::OnScreen::nothing, screen, make_run_id());
  if (!log) return report_error(screen, log.error());
  (*log)->record(fmt::format("start: firmquery {}, clean {}", FIRMQUERY_VERSION, input_options.path));
  if (auto settled = settle_staging(made->job.staging_target, Creation::allowed, input_options.path,
                                    input_options.staging);
      !settled) {
    return report_error(screen, settled.error());
  }
  if (!directory.empty()) {
    if (auto created = create_run_directory(directory); !created)
      return report_error(screen, created.error());
  }
  Signals signals(screen);
  Progress progress;
  ProgressDisplay display(progress, form, screen, **log);
  auto input = clean(input_options, directory, cli.json, signals.token(), progress);
  display.finish();
  if (!input) {
    std::error_code ignored;
    if (!directory.empty()) std::filesystem::remove(directory, ignored);  // only when nothing is in it
    const Error error = signals.attributed(std::move(input).error());
    (*log)->error(error.to_string());
    return report_error(screen, error);
  }
  (*log)->record(fmt::format("end: {} lines, {} unique, {} duplicates, {} rejected", input->report.lines,
                             input->report.unique, input->report.duplicates, input->report.rejected));
  for (const std::string& notice : made->notices) (*log)->warning(notice);
  for (const std::string& warning : input->warnings) (*log)->warning(warning);
  for (const std::string& suspicion : input->profile.suspicions) (*log)->warning(suspicion);
  if (!cli.quiet) {
    std::string summary = input_summary(input_options, *input, directory.string());
    summary.pop_back();
    screen.line(summary);
  }
  if (!cli.json || screen.answer(input_to_json(input->report))) return 0;
  return report_error(screen, no_stdout());
}

}  // namespace firmquery::cli
