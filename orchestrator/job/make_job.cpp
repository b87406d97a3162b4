#include "firmquery/job/make_job.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <initializer_list>

#include "connection.hpp"
#include "deadline.hpp"
#include "expand_pattern.hpp"
#include "fail_on.hpp"
#include "firmquery/core/time_text.hpp"
#include "firmquery/job/options.hpp"
#include "firmquery/output/result_format.hpp"
#include "job_query.hpp"

namespace firmquery {
namespace {

// A mark has one meaning.
NumberNotation make_notation(const Settings& settings, Problems& problems) {
  NumberNotation notation;
  notation.groups = settings.get(options::thousands);
  notation.decimal = settings.get(options::decimal);
  const std::string mark = settings.text(options::decimal);
  if (!mark.empty() && mark == settings.text(options::thousands)) {
    problems.add(fmt::format("the {} cannot both make groups and begin a fraction", mark),
                 settings.value(options::decimal).place,
                 "leave --decimal out, or give another mark to --thousands");
  }
  return notation;
}

CleanOptions make_clean_options(const Settings& settings, Problems& problems) {
  CleanOptions clean;
  clean.numbers = make_notation(settings, problems);
  clean.type = settings.get(options::id_type).value_or(IdType::text);
  clean.rules.allow_suspect = settings.get(options::allow_suspect);
  clean.format = settings.get(options::input_format);
  clean.encoding = settings.get(options::encoding);
  clean.header = settings.get(options::header);
  clean.column = settings.get(options::column);
  clean.sheet = settings.get(options::sheet);
  clean.allow_lossy = settings.get(options::allow_lossy);
  for (const std::string& rule : settings.get(options::accept_rule)) {
    // They were checked as values.
    if (auto parsed = SpellingRule::parse(rule, {})) clean.accept_rules.push_back(*std::move(parsed));
  }
  clean.key_name = settings.get(options::key);
  clean.comment = settings.get(options::comment);
  const std::string ids = settings.get(options::ids);
  clean.source_name = ids == "-" ? "standard input" : ids;
  return clean;
}

// A query has no form of its own: its rows are what they are.
void check_query_of_ids(const Settings& settings, Problems& problems) {
  const std::string ids = settings.get(options::ids);
  if (!ids.starts_with("sql:")) return;
  if (query_of(ids).empty()) {
    problems.add("there is no query after sql:", settings.value(options::ids).place,
                 "write --ids \"sql:SELECT ...\"");
  }
  for (const AnyOption option : std::initializer_list<AnyOption>{options::input_format, options::encoding,
                                                                 options::header, options::sheet}) {
    const Setting& value = settings.value(option);
    if (value.origin == Origin::fallback || value.items.back() == "auto") continue;
    problems.add(fmt::format("{} has no meaning for a query of IDs", option.spec().name), value.place,
                 "leave it out");
  }
}

void check_ids(const Settings& settings, const Surroundings& surroundings, Need need, Problems& problems) {
  const Setting& ids = settings.value(options::ids);
  if (ids.items.empty()) {
    if (settings.refused(options::ids)) return;
    return problems.add("there is no list of IDs", {},
                        need == Need::list
                            ? "give --ids FILE, or --ids - for standard input"
                            : "give --ids FILE, --ids - for standard input, or a query with the list in it: "
                              "WHERE key IN (1, 2, 3)");
  }
  const std::string path = settings.get(options::ids);
  if (path == "-" && surroundings.input_is_terminal) {
    problems.add(
        "standard input is a terminal, not a list of IDs", ids.place,
        "pipe a list into the program (< FILE), give --ids FILE, or type one with: cat | firmquery ...");
  }
  // Before a server is asked or a directory made.
  if (path == "-" || path.starts_with("sql:") || ::access(path.c_str(), R_OK) == 0) return;
  const bool forbidden = errno == EACCES;
  problems.add(fmt::format("cannot read the list of IDs: {}", std::strerror(errno)), path,
               forbidden ? "give the user that runs this read permission"
               : ids.origin == Origin::job_file
                   ? "check the path; in a job file it is taken from the file's folder"
                   : "check the path; it is taken relative to the current directory");
}

ReadingOptions make_reading_options(const Settings& settings) {
  ReadingOptions reading;
  reading.time_zone = settings.get(options::time_zone);
  reading.date_order = settings.get(options::date_order);
  reading.row_security = settings.get(options::row_security);
  reading.lock_timeout = settings.get(options::lock_timeout);
  return reading;
}

void choose_directory(const Settings& settings, const Surroundings& surroundings, Job& job,
                      Problems& problems) {
  if (settings.is_set(options::out)) {
    job.out = settings.get(options::out);
    return;
  }
  const std::string pattern = settings.get(options::filename_pattern);
  auto name =
      expand_pattern(pattern, utc_stamp(surroundings.now), settings.value(options::filename_pattern).place);
  if (!name) return problems.errors.push_back(std::move(name).error());
  const std::filesystem::path folder = settings.get(options::default_directory);
  job.series = RunSeries{folder, {}, pattern};
  if (!settings.job_file.empty()) job.series->job_file = surroundings.absolute(settings.job_file).string();
  job.out = folder / *name;
  // Two runs within one second; a pattern without a timestamp.
  std::error_code ignored;
  for (int n = 2; std::filesystem::exists(job.out, ignored) && n < 1000; ++n) {
    job.out = folder / *name;
    job.out += fmt::format("-{}", n);
  }
}

void fill_formats(const Settings& settings, Job& job) {
  job.formats.clear();
  for (const std::string& name : settings.get(options::format)) {
    const bool again = std::find(job.formats.begin(), job.formats.end(), name) != job.formats.end();
    if (!again) job.formats.push_back(name);
  }
  job.compress = settings.get(options::compress);
}

// What `clean` needs as well.
void fill_list(const Settings& settings, const Surroundings& surroundings, Need need, Job& job,
               Problems& problems) {
  if (need != Need::nothing && !job.lifted) check_ids(settings, surroundings, need, problems);
  check_query_of_ids(settings, problems);
  job.ids_path = settings.get(options::ids);
  resolve_staging(settings, job.staging, problems);
  job.staging.reading = make_reading_options(settings);
  job.staging_target = staging_choice(settings);
  job.clean = make_clean_options(settings, problems);
  job.id_type_auto = !settings.get(options::id_type).has_value();
  job.max_input_ids = settings.get(options::max_input_ids);
  job.warning_threshold = settings.get(options::warning_threshold);
  job.allow_empty = settings.get(options::allow_empty);
  job.accept_rejected = settings.get(options::accept_rejected);
  job.strict_input = settings.get(options::strict_input);
  job.key = settings.get(options::key);
}

// Each session has one thread: the smaller number counts, unless the greater one was said more strongly.
unsigned sessions_of(const Settings& settings) {
  const unsigned connections = settings.get(options::connections);
  const Setting& threads = settings.value(options::thread_count);
  if (threads.items.empty() || threads.origin < settings.value(options::connections).origin)
    return connections;
  return std::min(connections, settings.get(options::thread_count));
}

void fill_limits(const Settings& settings, Job& job) {
  job.connections = sessions_of(settings);
  job.strategy = settings.get(options::strategy);
  job.in_list.max_ids = settings.get(options::chunk_size);
  job.in_list.max_chars = settings.get(options::max_query_length);
  job.query_timeout = settings.get(options::query_timeout);
  job.max_retries = settings.get(options::max_retries);
  job.retry_delay = settings.get(options::retry_delay);
  job.retry_budget = settings.get(options::retry_budget);
  job.max_statement = settings.get(options::max_statement_seconds);
  job.pace = static_cast<double>(settings.get(options::pace));
  job.snapshot = settings.get(options::snapshot);
  job.recheck = settings.get(options::recheck).value_or(0);
  job.near_misses = settings.get(options::near_misses).value_or(0);
}

void fill_deadline(const Settings& settings, const Surroundings& surroundings, Job& job, Problems& problems) {
  job.late = settings.get(options::late);
  if (!settings.is_set(options::deadline)) return;
  const std::string text = settings.get(options::deadline);
  auto at = parse_deadline(text, surroundings.now, settings.value(options::deadline).place);
  if (!at) return problems.errors.push_back(std::move(at).error());
  job.deadline = Deadline{*at, text};
}

void fill_baseline(const Settings& settings, Job& job, Problems& problems) {
  job.baseline = settings.get(options::baseline);
  if (job.baseline.empty() || ::access(job.baseline.c_str(), R_OK) == 0) return;
  problems.add(fmt::format("cannot read the baseline: {}", std::strerror(errno)), job.baseline.string(),
               "check the path; firmquery history --ages --accept-until DATE writes one");
}

// Requires: the directory was chosen.
void fill_thresholds(const Settings& settings, Job& job, Problems& problems) {
  for (const std::string& text : settings.get(options::fail_on)) {
    // They were checked as values.
    if (auto parsed = parse_fail_on(text, {})) job.fail_on.push_back(*std::move(parsed));
  }
  for (const FailOn& threshold : job.fail_on) {
    if (!threshold.of_change() || job.series) continue;
    problems.add(
        fmt::format("{} compares a run with the one before, and a run in a directory of its own has none",
                    threshold.text),
        settings.value(options::fail_on).place,
        "leave --out out: runs of a job that default_directory and filename_pattern name have a history");
  }
  // Who has set a threshold has said how many rejects are too many.
  job.accept_rejected |= std::any_of(job.fail_on.begin(), job.fail_on.end(), [](const FailOn& threshold) {
    return threshold.count == FailOn::Count::rejected;
  });
}

void fill_rest(const Settings& settings, const Surroundings& surroundings, const Problems& of_query, Job& job,
               Problems& problems) {
  if (job.key.empty()) {
    problems.add("the key has no name", settings.value(options::key).place, "give it one, or leave it out");
  }
  problems.errors.insert(problems.errors.end(), of_query.errors.begin(), of_query.errors.end());
  job.target = resolve_connection(settings, surroundings, job.connect, problems);
  job.connect.reading = job.staging.reading;
  fill_limits(settings, job);
  fill_deadline(settings, surroundings, job, problems);
  job.resume = settings.get(options::resume);
  job.on_overlap = settings.get(options::on_overlap);
  if (settings.is_set(options::job)) job.name = settings.get(options::job);
  job.spreadsheet_safe = settings.get(options::spreadsheet_safe);
  job.redact_ids = settings.get(options::redact_ids);
  job.audit_file = settings.get(options::audit_file);
  job.audit_syslog = settings.get(options::audit_syslog);
  if (settings.get(options::merge)) job.merge = Merge::each_row;
  if (settings.get(options::merge_first)) job.merge = Merge::first_row;
  choose_directory(settings, surroundings, job, problems);
  fill_formats(settings, job);
  fill_thresholds(settings, job, problems);
  fill_baseline(settings, job, problems);
  job.options = options_to_save(settings, surroundings);
}

Problems begin(const Settings& settings) {
  return Problems{settings.problems, settings.notices};
}

}  // namespace

Checked<MadeJob> make_job(const Settings& settings, const Surroundings& surroundings, Need need) {
  Problems problems = begin(settings);
  if (settings.file_unread) return tl::unexpected(std::move(problems.errors));
  Job job;
  // The query first, because the list may stand in it; what is wrong with it is told in its turn.
  Problems of_query;
  if (need != Need::list) fill_query(settings, surroundings, need == Need::list_and_query, job, of_query);
  const bool asks_which_list = !job.sql.empty() && !of_query.errors.empty();
  fill_list(settings, surroundings, asks_which_list ? Need::nothing : need, job, problems);
  if (need != Need::list) fill_rest(settings, surroundings, of_query, job, problems);
  settle_lifted_list(settings, job);
  if (!problems.errors.empty()) return tl::unexpected(std::move(problems.errors));
  return MadeJob{std::move(job), std::move(problems.notices)};
}

Checked<Target> make_target(const Settings& settings, const Surroundings& surroundings) {
  Problems problems = begin(settings);
  Target target;
  target.choice = resolve_connection(settings, surroundings, target.connect, problems);
  if (!problems.errors.empty()) return tl::unexpected(std::move(problems.errors));
  target.notices = std::move(problems.notices);
  return target;
}

}  // namespace firmquery
