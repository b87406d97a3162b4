#include "firmquery/job/make_job.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "firmquery/job/connection.hpp"
#include "fail_on.hpp"
#include "firmquery/output/files.hpp"
#include "firmquery/core/time_text.hpp"

namespace firmquery {
namespace {

template <class Enum>
Enum named(std::string_view text, std::initializer_list<std::pair<std::string_view, Enum>> names) {
  for (const auto& [name, value] : names) {
    if (name == text) return value;
  }
  return names.begin()->second;  // the text was checked against the table, which has the same names
}

void add_error(std::vector<Error>& errors, std::string message, std::string place, std::string remedy = {}) {
  errors.push_back(Error{ErrorKind::usage, std::move(message), std::move(place), std::move(remedy), {}});
}

// A mark has one meaning.
NumberNotation make_notation(const Settings& settings, std::vector<Error>& errors) {
  NumberNotation notation;
  notation.groups = named<DigitGroups>(settings.text("thousands"), {{"", DigitGroups::none},
                                                                    {"comma", DigitGroups::comma},
                                                                    {"point", DigitGroups::point},
                                                                    {"apostrophe", DigitGroups::apostrophe},
                                                                    {"space", DigitGroups::space}});
  notation.decimal = named<DecimalMark>(
      settings.text("decimal"),
      {{"", DecimalMark::none}, {"point", DecimalMark::point}, {"comma", DecimalMark::comma}});
  if (settings.is_set("decimal") && settings.text("decimal") == settings.text("thousands")) {
    add_error(errors,
              fmt::format("the {} cannot both make groups and begin a fraction", settings.text("decimal")),
              settings.value("decimal").place, "leave --decimal out, or give another mark to --thousands");
  }
  return notation;
}

CleanOptions make_clean_options(const Settings& settings, std::vector<Error>& errors) {
  CleanOptions clean;
  clean.numbers = make_notation(settings, errors);
  clean.type = id_type_from_string(settings.text("id-type")).value_or(IdType::text);
  clean.rules.allow_suspect = settings.boolean("allow-suspect");
  clean.format = named<InputFormat>(settings.text("input-format"), {{"auto", InputFormat::automatic},
                                                                    {"lines", InputFormat::lines},
                                                                    {"csv", InputFormat::csv},
                                                                    {"tsv", InputFormat::tsv},
                                                                    {"list", InputFormat::list}});
  clean.encoding =
      named<InputEncoding>(settings.text("encoding"), {{"auto", InputEncoding::automatic},
                                                       {"utf-8", InputEncoding::utf8},
                                                       {"utf-16le", InputEncoding::utf16le},
                                                       {"utf-16be", InputEncoding::utf16be},
                                                       {"windows-1252", InputEncoding::windows1252}});
  clean.header = named<HeaderMode>(
      settings.text("header"),
      {{"auto", HeaderMode::automatic}, {"yes", HeaderMode::present}, {"no", HeaderMode::absent}});
  clean.column = settings.text("column");
  clean.key_name = settings.text("key");
  clean.comment = settings.text("comment");
  const std::string ids = settings.text("ids");
  clean.source_name = ids == "-" ? "standard input" : ids;
  return clean;
}

// A query has no form of its own: its rows are what they are.
void check_query_of_ids(const Settings& settings, std::vector<Error>& errors) {
  const std::string ids = settings.text("ids");
  if (!ids.starts_with("sql:")) return;
  if (query_of(ids).empty()) {
    add_error(errors, "there is no query after sql:", settings.value("ids").place,
              "write --ids \"sql:SELECT ...\"");
  }
  for (const char* option : {"input-format", "encoding", "header"}) {
    const Value& value = settings.value(option);
    if (value.origin == Origin::fallback || value.items.back() == "auto") continue;
    add_error(errors, fmt::format("{} has no meaning for a query of IDs", option), value.place,
              "leave it out");
  }
}

void check_ids(const Settings& settings, const Surroundings& surroundings, std::vector<Error>& errors) {
  if (!settings.is_set("ids")) {
    add_error(errors, "there is no list of IDs", {}, "give --ids FILE, or --ids - for standard input");
  } else if (const std::string path = settings.text("ids");
             path != "-" && !path.starts_with("sql:") && ::access(surroundings.located(path).c_str(), R_OK) != 0) {
    // Before a server is asked or a directory made.
    const bool forbidden = errno == EACCES;
    add_error(errors, fmt::format("cannot read the list of IDs: {}", std::strerror(errno)), path,
              forbidden ? "give the user that runs this read permission"
              : settings.value("ids").origin == Origin::job_file
                  ? "check the path; in a job file it is taken from the file's folder"
                  : "check the path; it is taken relative to the current directory");
  } else if (settings.text("ids") == "-" && surroundings.input_is_terminal) {
    add_error(
        errors, "standard input is a terminal, not a list of IDs", settings.value("ids").place,
        "pipe a list into the program (< FILE), give --ids FILE, or type one with: cat | firmquery ...");
  }
}

ReadingOptions make_reading_options(const Settings& settings) {
  ReadingOptions reading;
  reading.time_zone = settings.text("time-zone");
  reading.date_order = settings.text("date-order");
  reading.row_security = settings.text("row-security") == "on";
  reading.lock_timeout = std::chrono::duration<double>(settings.seconds("lock-timeout"));
  return reading;
}

// The stronger source of the two ways to give a query stands.
void read_query(const Settings& settings, bool needed, Job& job, std::vector<Error>& errors) {
  const Value& file = settings.value("query");
  const Value& text = settings.value("sql");
  if (file.items.empty() && text.items.empty()) {
    if (needed) add_error(errors, "there is no query", {}, "give --query FILE.sql or --sql TEXT");
    return;
  }
  if (!file.items.empty() && !text.items.empty() && file.origin == text.origin) {
    return add_error(errors, "two queries were given, as a file and as text", text.place, "leave one out");
  }
  if (file.items.empty() || (!text.items.empty() && text.origin > file.origin)) {
    job.sql = text.items.back();
    job.sql_name = text.origin == Origin::flag ? "--sql" : text.place;
    return;
  }
  auto read = read_file(file.items.back());
  if (!read) {
    errors.push_back(std::move(read).error());
    return;
  }
  job.sql = *std::move(read);
  job.sql_name = file.items.back();
}

void choose_directory(const Settings& settings, const Surroundings& surroundings, Job& job, std::vector<Error>& errors) {
  if (settings.is_set("out")) {
    job.out = settings.text("out");
    return;
  }
  const Value& pattern = settings.value("filename-pattern");
  auto name = expand_pattern(pattern.items.back(), utc_stamp(surroundings.now), pattern.place);
  if (!name) {
    errors.push_back(std::move(name).error());
    return;
  }
  job.series = RunSeries{settings.text("default-directory"), {}, pattern.items.back()};
  const std::filesystem::path wanted = std::filesystem::path(settings.text("default-directory")) / *name;
  job.out = wanted;
  // Two runs within one second; a pattern without a timestamp.
  std::error_code ignored;
  for (int n = 2; std::filesystem::exists(job.out, ignored) && n < 1000; ++n) {
    job.out = wanted;
    job.out += fmt::format("-{}", n);
  }
}

void check_formats(const Settings& settings, Job& job, std::vector<Error>& errors) {
  const Value& format = settings.value("format");
  job.formats.clear();
  for (const auto name : split(format.items.back(), ',')) {
    if (name != "csv") {
      add_error(errors, fmt::format("\"{}\": this build writes csv only", name), format.place,
                "leave it out or write csv");
      return;
    }
    job.formats = {"csv"};
  }
  job.compress = settings.text("compress");
  if (job.compress != "none") {
    add_error(errors, fmt::format("\"{}\": this build writes uncompressed files only", job.compress),
              settings.value("compress").place, "leave it out and compress the files afterwards");
  }
}

}  // namespace

Job make_job(const Settings& settings, const Surroundings& surroundings, Need need, std::vector<Error>& errors,
             std::vector<std::string>& notices) {
  Job job;
  if (need != Need::nothing) check_ids(settings, surroundings, errors);
  check_query_of_ids(settings, errors);
  job.ids_path = settings.text("ids");
  resolve_staging(settings, job.staging, errors, notices);
  job.staging.reading = job.connect.reading = make_reading_options(settings);
  job.staging_target = staging_choice(settings);
  job.clean = make_clean_options(settings, errors);
  job.id_type_auto = settings.text("id-type") == "auto";
  job.max_input_ids = static_cast<std::uint64_t>(settings.integer("max-input-ids"));
  job.warning_threshold = static_cast<std::uint64_t>(settings.integer("warning-threshold"));
  job.allow_empty = settings.boolean("allow-empty");
  job.accept_rejected = settings.boolean("accept-rejected");
  job.key = settings.text("key");
  if (need == Need::list) return job;
  if (job.key.empty()) add_error(errors, "the key has no name", settings.value("key").place);
  read_query(settings, need == Need::list_and_query, job, errors);
  if (auto connected = resolve_connection(settings, surroundings, job, notices); !connected) {
    errors.push_back(std::move(connected).error());
  }
  job.connections = static_cast<unsigned>(settings.integer("connections"));
  // Each session has one thread: the smaller number counts, unless the greater one was said more strongly.
  if (const Value& threads = settings.value("thread-count");
      !threads.items.empty() && threads.origin >= settings.value("connections").origin) {
    job.connections = std::min(job.connections, static_cast<unsigned>(settings.integer("thread-count")));
  }
  job.strategy =
      named<StrategyKind>(settings.text("strategy"), {{"auto", StrategyKind::automatic},
                                                      {"temp-table", StrategyKind::temp_table},
                                                      {"staging-table", StrategyKind::staging_table},
                                                      {"array", StrategyKind::array},
                                                      {"in-list", StrategyKind::in_list},
                                                      {"scan", StrategyKind::scan}});
  job.in_list.max_ids = static_cast<std::size_t>(settings.integer("chunk-size"));
  job.in_list.max_chars = static_cast<std::size_t>(settings.integer("max-query-length"));
  job.query_timeout = std::chrono::duration<double>(settings.seconds("query-timeout"));
  job.max_retries = static_cast<unsigned>(settings.integer("max-retries"));
  job.retry_delay = std::chrono::duration<double>(settings.seconds("retry-delay"));
  job.retry_budget = std::chrono::duration<double>(settings.seconds("retry-budget"));
  job.max_statement = std::chrono::duration<double>(settings.seconds("max-statement-seconds"));
  job.pace = static_cast<double>(settings.integer("pace"));
  job.snapshot = settings.text("snapshot") == "on";
  job.resume = settings.boolean("resume");
  job.on_overlap =
      named<OnOverlap>(settings.text("on-overlap"),
                       {{"fail", OnOverlap::fail}, {"wait", OnOverlap::wait}, {"skip", OnOverlap::skip}});
  job.spreadsheet_safe = settings.boolean("spreadsheet-safe");
  choose_directory(settings, surroundings, job, errors);
  check_formats(settings, job, errors);
  const Value& thresholds = settings.value("fail-on");
  for (const std::string& text : thresholds.items) {
    if (auto parsed = parse_fail_on(text, thresholds.place)) job.fail_on.push_back(*std::move(parsed));
  }
  // Who has set a threshold has said how many rejects are too many.
  job.accept_rejected |= std::any_of(job.fail_on.begin(), job.fail_on.end(), [](const FailOn& threshold) {
    return threshold.count == FailOn::Count::rejected;
  });
  return job;
}

Result<std::string> expand_pattern(const std::string& pattern, const std::string& timestamp,
                                   const std::string& place) {
  constexpr std::string_view kTimestamp = "{timestamp}";
  std::string name = pattern;
  for (std::size_t at = name.find(kTimestamp); at != std::string::npos; at = name.find(kTimestamp, at)) {
    name.replace(at, kTimestamp.size(), timestamp);
  }
  if (name.empty() || name.find_first_of("{}/") != std::string::npos || name == "." || name == "..") {
    return fail(ErrorKind::usage,
                fmt::format("filename_pattern: \"{}\" is not the name of a directory", pattern), place,
                "{timestamp} is the only name in braces, and folders belong into default_directory");
  }
  return name;
}

}  // namespace firmquery
