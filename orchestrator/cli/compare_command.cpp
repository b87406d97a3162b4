// `compare`: which strategy is the fastest here.
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "commands.hpp"
#include "firmquery/compare/compare.hpp"
#include "firmquery/job/options.hpp"
#include "firmquery/output/files.hpp"
#include "job_start.hpp"
#include "log.hpp"
#include "messages.hpp"
#include "process_surroundings.hpp"
#include "screen.hpp"
#include "signals.hpp"
#include "wrap.hpp"

namespace firmquery::cli {
namespace {

constexpr Option<std::string> kCandidates{"candidates"};
constexpr Option<std::optional<std::uint64_t>> kSample{"sample"};
constexpr Option<options::Seconds> kBudget{"budget"};
constexpr Option<bool> kMarkdown{"markdown"};
constexpr Option<std::filesystem::path> kHtml{"html"};

struct Wanted {
  CompareOptions options;
  bool markdown = false;
  std::filesystem::path html;
};

Result<Wanted> wanted_of(const Settings& settings, const Job& job) {
  Wanted wanted;
  FQ_TRY_ASSIGN(wanted.options.contenders, parse_contenders(settings.get(kCandidates), job, "--candidates"));
  wanted.options.sample = settings.get(kSample).value_or(0);
  wanted.options.budget = settings.get(kBudget);
  wanted.markdown = settings.get(kMarkdown);
  wanted.html = settings.get(kHtml);
  return wanted;
}

// Warnings of the list and the server, for the log.
class Warnings : public Observer {
 public:
  explicit Warnings(Log& log) : log_(log) {}
  void on(const Event& event) override {
    const auto line = log_line(event.body);
    if (!line || line->level == LogLine::Level::kept) return;
    // A hundred executions say the same.
    if (line->level == LogLine::Level::warning && seen_.insert(line->text).second) log_.warning(line->text);
  }

 private:
  Log& log_;
  std::set<std::string> seen_;
};

int compare(Job job, const CliSettings& cli, const Settings& settings, Screen& screen) {
  auto log = Log::open(cli, cli.quiet ? Log::OnScreen::nothing : Log::OnScreen::warnings, screen, job.run_id);
  if (!log) return report_error(screen, log.error());
  auto wanted = wanted_of(settings, job);
  if (!wanted) return report_error(screen, wanted.error());
  Signals signals(screen);
  wanted->options.stop = signals.token();
  if (!cli.quiet) {
    wanted->options.say = [&](const std::string& what) { screen.line(wrapped("compare: " + what, 9)); };
  }
  job.connect.traffic = std::make_shared<Traffic>();
  Warnings warnings(**log);
  EventStream events;
  events.add(warnings);
  auto prepared = prepare(job, events, signals.token());
  if (!prepared) return report_error(screen, signals.attributed(std::move(prepared).error()));
  const auto comparison = compare_strategies(*prepared, wanted->options);
  if (!comparison) return report_error(screen, signals.attributed(comparison.error()));

  const std::string out = cli.json           ? comparison_json(*comparison)
                          : wanted->markdown ? comparison_markdown(*comparison)
                                             : wrapped_lines(comparison_text(*comparison), 2);
  if (!screen.answer(out))
    return report_error(screen,
                        Error{ErrorKind::usage, "cannot write the comparison", "standard output", {}, {}});
  if (!wanted->html.empty()) {
    if (const auto written = write_file(wanted->html, comparison_html(*comparison)); !written)
      return report_error(screen, written.error());
  }
  if (!comparison->same_rows()) {
    return report_error(screen,
                        Error{ErrorKind::integrity,
                              "the strategies do not give the same rows: " + comparison->differences.front(),
                              {},
                              "do not use the one that differs, and report it",
                              {}});
  }
  if (comparison->interrupted)
    return report_error(screen, signals.attributed(Error{ErrorKind::interrupted, "interrupted", {}, {}, {}}));
  return 0;
}

}  // namespace

int run_compare(const CommandLine& line) {
  Screen screen;
  const auto started = start_job(line, Creation::never, screen);
  if (!started) return started.error();
  const std::string job_file = line.operands.empty() ? "" : line.operands.front();
  const Settings settings = resolve_settings({line.flags, job_file}, process_surroundings());
  return compare(started->job, started->cli, settings, screen);
}

}  // namespace firmquery::cli
