// `diff`: two run directories -> what changed between them.
#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <system_error>

#include "commands.hpp"
#include "firmquery/core/csv.hpp"
#include "firmquery/core/utf8_text.hpp"
#include "firmquery/history/diff.hpp"
#include "firmquery/history/diff_files.hpp"
#include "firmquery/history/job_history.hpp"
#include "firmquery/job/options.hpp"
#include "firmquery/output/run_directory.hpp"
#include "messages.hpp"
#include "process_surroundings.hpp"
#include "screen.hpp"
#include "signals.hpp"
#include "wrap.hpp"

namespace firmquery::cli {
namespace {

constexpr Option<bool> kExitCode{"exit-code"}, kIdsOnly{"ids-only"};
constexpr Option<std::string> kIgnoreColumns{"ignore-columns"};
constexpr int kDiffers = 1, kTrouble = 2;
constexpr std::size_t kIndent = 9;

// The first few of each kind, for the terminal.
class Examples : public DifferenceSink {
 public:
  explicit Examples(std::optional<DiffFile>& file) : file_(file) {}

  Result<void> id(std::string_view id, IdChange change, std::string_view then,
                  std::string_view now) override {
    if (change == IdChange::newly_missing || change == IdChange::reopened) add(newly, id);
    if (change == IdChange::resolved) add(resolved, id);
    return file_ ? file_->id(id, change, then, now) : Result<void>();
  }
  Result<void> value(std::string_view id, std::string_view column, std::string_view then,
                     std::string_view now) override {
    if (values.size() < kMost)
      values.push_back(fmt::format("{}: {} was {}, is {}", id, column, shown(then), shown(now)));
    return file_ ? file_->value(id, column, then, now) : Result<void>();
  }
  Result<void> row(std::string_view id, bool added, std::string_view record) override {
    return file_ ? file_->row(id, added, record) : Result<void>();
  }

  std::vector<std::string> newly, resolved, values;

 private:
  static constexpr std::size_t kMost = 5, kValueBytes = 60;
  static void add(std::vector<std::string>& list, std::string_view id) {
    if (list.size() < kMost) list.emplace_back(id);
  }
  static std::string shown(std::string_view value) {
    if (value.empty()) return "null";
    if (value.size() <= kValueBytes) return std::string(value);
    return std::string(value.substr(0, whole_characters(value, kValueBytes))) + "...";
  }

  std::optional<DiffFile>& file_;
};

std::string head(std::string_view which, const RunReader& run) {
  const Report& report = run.report();
  std::string text =
      fmt::format("{}  {}, {}, of {} IDs", which, report.run_id, report.status, grouped(report.input.unique));
  for (const ReadingReport& reading : report.readings)
    text += fmt::format(
        "\n      read at {} ({})", reading.started_at,
        reading.snapshot.value.empty() ? "each statement at its own instant" : reading.snapshot.value);
  return text + "\n";
}

std::string line(std::string_view what, const std::string& words) {
  return fmt::format("{:<9}{}\n", what, wrapped(words, kIndent, kIndent));
}

std::string count(std::string_view what, std::uint64_t number, const std::string& words = {}) {
  constexpr std::size_t kWords = kIndent + 25;
  return fmt::format("{:{}}{:<12}{:>11}{}\n", "", kIndent, what, grouped(number),
                     words.empty() ? "" : "  " + wrapped(words, kWords, kWords));
}

std::string some(const std::vector<std::string>& ids, std::uint64_t of) {
  if (ids.empty()) return {};
  return fmt::format("{}{}", fmt::join(ids, ", "), ids.size() < of ? ", ..." : "");
}

std::string as_text(const RunReader& then, const RunReader& now, const Difference& difference,
                    const Examples& examples, bool rows) {
  const auto &was = then.report(), &is = now.report();
  const auto both = [](std::uint64_t a, std::uint64_t b) {
    return fmt::format("{} then, {} now", grouped(a), grouped(b));
  };
  const auto& [newly, resolved, persisting, added, not_asked] = difference.missing;
  std::string text = head("then", then) + head("now ", now) + "\n";
  text += line("Missing", both(was.result.missing, is.result.missing));
  text += count("new", newly, some(examples.newly, newly));
  if (difference.reopened > 0)
    text += count("reopened", difference.reopened, "of the new ones: missing in an earlier run of the job");
  text += count("resolved", resolved, some(examples.resolved, resolved));
  text += count("persisting", persisting);
  text += count("added", added, "with the list");
  text += count("not asked", not_asked, "missing then, not in the list now");
  text += line("List", both(was.input.unique, is.input.unique));
  text += count("added", difference.list.added) + count("removed", difference.list.removed) +
          count("in both", difference.list.common);
  if (rows) {
    text += line("Rows", both(was.result.rows, is.result.rows));
    text += count("changed", difference.rows.changed) + count("added", difference.rows.added) +
            count("removed", difference.rows.removed);
    for (const std::string& value : examples.values)
      text += std::string(kIndent, ' ') + wrapped(value, kIndent, kIndent + 2) + "\n";
  }
  if (difference.unread > 0) {
    text += line("Unread", fmt::format("{} IDs of both lists were not read in one of the runs",
                                       grouped(difference.unread)));
  }
  const auto columns = [&](std::string_view what, const std::vector<std::string>& names) {
    if (names.empty()) return;
    text += line("Columns", fmt::format("{}: {}; not compared", what, fmt::join(names, ", ")));
  };
  columns("added", difference.columns_added);
  columns("removed", difference.columns_removed);
  if (difference.same()) text += "The runs do not differ.\n";
  return text;
}

// Runs that were written with other settings, or of other queries, differ for that alone.
void warn_of_settings(const RunReader& then, const RunReader& now, Screen& screen) {
  const Report &was = then.report(), &is = now.report();
  const auto warn = [&](std::string_view what, const std::string& a, const std::string& b) {
    if (a != b) report_warning(screen, fmt::format("{} then was {}, and is {} now", what, a, b));
  };
  warn("the key", was.key, is.key);
  warn("the server", was.server, is.server);
  warn("the time zone", was.session.time_zone, is.session.time_zone);
  warn("the order of dates", was.session.date_style, is.session.date_style);
}

struct Compared {
  std::string out;
  bool same = true;
};

Result<std::vector<std::string>> names_of(const std::string& list) {
  if (list.empty()) return std::vector<std::string>();
  if (auto names = csv_fields(list)) return *std::move(names);
  return fail(ErrorKind::usage, "a quote is not closed", "--ignore-columns",
              "separate names by commas, and put one with a comma in double quotes");
}

Result<Compared> compare(const CommandLine& line, const Settings& settings, Screen& screen,
                         const std::stop_token& stop) {
  FQ_TRY_ASSIGN(const RunReader then, open_run_to_compare(line.operands[0]));
  FQ_TRY_ASSIGN(const RunReader now, open_run_to_compare(line.operands[1]));
  warn_of_settings(then, now, screen);
  DiffOptions options;
  options.rows = !settings.get(kIdsOnly);
  auto earlier = runs_before(then, now);
  if (earlier) {
    options.earlier = *std::move(earlier);
  } else {
    report_warning(screen, "what is reopened may seem new: " + earlier.error().to_string());
  }
  FQ_TRY_ASSIGN(options.ignored_columns, names_of(settings.get(kIgnoreColumns)));
  options.stop = stop;
  std::optional<DiffFile> file;
  std::filesystem::path directory;
  if (settings.is_set(options::out)) {
    directory = options.scratch = settings.get(options::out);
    FQ_TRY(create_run_directory(directory));
    FQ_TRY_ASSIGN(file, DiffFile::create(directory, now.report().key,
                                         then.report().spreadsheet_safe || now.report().spreadsheet_safe));
  }
  Examples examples(file);
  const auto difference = diff_runs(then, now, options, examples);
  if (!difference) {
    file.reset();
    std::error_code ignored;
    if (!directory.empty()) std::filesystem::remove(directory, ignored);  // only when nothing is in it
    return Failure(difference.error());
  }
  for (const std::string& unread : difference->unread_runs)
    report_warning(screen,
                   "an earlier run of the job cannot be read, and what is reopened may seem new: " + unread);
  const std::string json = diff_json(then, now, *difference);
  if (file) {
    FQ_TRY(file->commit());
    FQ_TRY(write_file(directory / kDiffJson, json));
  }
  Compared compared{{}, difference->same()};
  if (settings.get(options::json)) {
    compared.out = json;
  } else if (!settings.get(options::quiet)) {
    compared.out = as_text(then, now, *difference, examples, options.rows);
  }
  return compared;
}

}  // namespace

int run_diff(const CommandLine& line) {
  Screen screen;
  const Settings settings = resolve_settings({line.flags}, process_surroundings());
  screen.expect_json(settings.get(options::json));
  const bool like_diff = settings.get(kExitCode);
  const auto code = [&](int of_error) {
    return like_diff && of_error < 128 ? kTrouble : of_error;  // not of a signal
  };
  if (!settings.problems.empty()) return code(report_errors(screen, settings.problems));
  Signals signals(screen);
  const auto compared = compare(line, settings, screen, signals.token());
  if (!compared) return code(report_error(screen, signals.attributed(compared.error())));
  if (!screen.answer(compared->out)) {
    return code(
        report_error(screen, Error{ErrorKind::usage, "cannot write the changes", "standard output", {}, {}}));
  }
  return like_diff && !compared->same ? kDiffers : 0;
}

}  // namespace firmquery::cli
