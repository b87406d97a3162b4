#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "firmquery/core/time_text.hpp"
#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/files.hpp"
#include "firmquery/output/journal.hpp"
#include "json_text.hpp"

namespace firmquery {
namespace {

using JournalJson = nlohmann::json;

// What a line says wrong; caught where the line's number is known.
struct Wrong {
  std::string what;
};

const JournalJson& member(const JournalJson& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end()) throw Wrong{fmt::format("\"{}\" is missing", name)};
  return *found;
}

std::string text(const JournalJson& json, const char* name) {
  auto value = text_from_json(member(json, name));
  if (!value) throw Wrong{fmt::format("\"{}\" is not a text", name)};
  return *std::move(value);
}

std::uint64_t count_of(const JournalJson& value, const char* name) {
  if (!value.is_number_unsigned()) throw Wrong{fmt::format("\"{}\" is not a count", name)};
  return value.get<std::uint64_t>();
}
std::uint64_t count(const JournalJson& json, const char* name) {
  return count_of(member(json, name), name);
}

Digest digest(const JournalJson& json, const char* name) {
  Digest digest;
  if (!Digest::from_hex(text(json, name), digest)) {
    throw Wrong{fmt::format("\"{}\" is not 32 hexadecimal digits", name)};
  }
  return digest;
}

const JournalJson& array(const JournalJson& json, const char* name) {
  const JournalJson& value = member(json, name);
  if (!value.is_array()) throw Wrong{fmt::format("\"{}\" is not an array", name)};
  return value;
}

// Of a member that journals of the same schema may lack.
std::string text_if_any(const JournalJson& json, const char* name) {
  return json.contains(name) ? text(json, name) : std::string();
}

double seconds(const JournalJson& json, const char* name) {
  const JournalJson& value = member(json, name);
  if (!value.is_number() || !(value.get<double>() >= 0))
    throw Wrong{fmt::format("\"{}\" is not a time", name)};
  return value.get<double>();
}

double seconds_if_any(const JournalJson& json, const char* name) {
  return json.contains(name) ? seconds(json, name) : 0;
}

// A start lasts as long as it writes.
void note_sign_of_life(const JournalJson& json, JournalState& state) {
  StartReport& start = state.starts.back();
  // Nothing is decided by a time: one that is none is passed over.
  const auto begin = epoch_seconds(start.started_at), now = epoch_seconds(text_if_any(json, "at"));
  if (begin && now)
    start.timing.total_s = std::max(start.timing.total_s, *now - *begin);  // clocks are set back
}

void begin_start(const std::string& at, JournalState& state) {
  state.starts.emplace_back();
  state.starts.back().started_at = at;
  state.starts.back().status = "killed";
}

// The entries of an array that journals of the same schema may lack: arrays of values in a fixed order.
const JournalJson& entries_if_any(const JournalJson& json, const char* name) {
  static const JournalJson none = JournalJson::array();
  return json.contains(name) ? array(json, name) : none;
}

void take_slowest(const JournalJson& json, StartReport& start) {
  for (const JournalJson& entry : entries_if_any(json, "slowest")) {
    if (!entry.is_array() || entry.size() != 7 || !entry[0].is_string() || !entry[1].is_number_unsigned() ||
        !entry[5].is_number() || !entry[6].is_boolean())
      throw Wrong{"an entry of \"slowest\" is not what a slow statement has"};
    start.slowest.push_back({entry[0].get<std::string>(), entry[1].get<unsigned>(),
                             count_of(entry[2], "slowest"), count_of(entry[3], "slowest"),
                             count_of(entry[4], "slowest"), entry[5].get<double>(), entry[6].get<bool>()});
  }
}

void take_retried_for(const JournalJson& json, StartReport& start) {
  for (const JournalJson& entry : entries_if_any(json, "retried_for")) {
    auto message = entry.is_array() && entry.size() == 4 ? text_from_json(entry[3]) : std::nullopt;
    if (!message || !entry[0].is_string() || !entry[1].is_string())
      throw Wrong{"an entry of \"retried_for\" is not what a retry has"};
    start.retried_for.push_back({entry[0].get<std::string>(), entry[1].get<std::string>(),
                                 count_of(entry[2], "retried_for"), *std::move(message)});
  }
}

void take_end(const JournalJson& json, JournalState& state) {
  StartReport& start = state.starts.back();
  start.status = text(json, "status");
  start.retried = count(json, "retried");
  start.retries = count(json, "retries");
  start.statements = {count(json, "statements"), seconds(json, "longest_s"), seconds(json, "p50_s"),
                      seconds(json, "p95_s")};
  start.scans = {count(json, "scan_ids"), count(json, "scan_left_out"), count(json, "scan_given_up")};
  start.timing = {seconds(json, "clean_s"), seconds(json, "load_s"), seconds(json, "query_s"),
                  seconds(json, "export_s"), seconds(json, "total_s")};
  take_slowest(json, start);
  take_retried_for(json, start);
}

void take_job(const JournalJson& json, JournalState& state) {
  if (!state.job.run_id.empty()) throw Wrong{"a second job"};
  if (const std::uint64_t schema = count(json, "schema"); schema != 3) {
    throw Wrong{
        fmt::format("the journal has schema {}, not 3: resume with the version that wrote it", schema)};
  }
  state.job = {text(json, "at"),
               text(json, "run_id"),
               text(json, "key"),
               text(json, "sql"),
               text(json, "ids_path"),
               {},
               text_if_any(json, "job_file"),
               text_if_any(json, "pattern")};
  if (state.job.run_id.empty()) throw Wrong{"the job has no run_id"};
  for (const JournalJson& option : array(json, "options")) {
    const bool pair = option.is_array() && option.size() == 2;
    auto name = pair ? text_from_json(option[0]) : std::nullopt;
    auto value = pair ? text_from_json(option[1]) : std::nullopt;
    if (!name || !value) throw Wrong{"an option is not a pair of texts"};
    state.job.options.emplace_back(*std::move(name), *std::move(value));
  }
  begin_start(state.job.at, state);
}

void take_list(const JournalJson& json, JournalState& state) {
  if (state.list) throw Wrong{"a second list"};
  JournalList list{count(json, "ids"),
                   digest(json, "digest"),
                   text(json, "server"),
                   text(json, "csv_header"),
                   {},
                   text_if_any(json, "session"),
                   text_if_any(json, "target")};
  std::uint64_t end = 0;
  for (const JournalJson& share : array(json, "shares")) {
    if (!share.is_array() || share.size() != 2) throw Wrong{"a share is not a pair of ranks"};
    const Slice slice{count_of(share[0], "shares"), count_of(share[1], "shares")};
    if (slice.begin < end || slice.end < slice.begin || slice.end > list.ids) {
      throw Wrong{"the shares do not follow each other within the list"};
    }
    end = slice.end;
    list.shares.push_back(slice);
  }
  state.list = std::move(list);
}

void take_reading(const JournalJson& json, JournalState& state) {
  const JournalJson& snapshot = member(json, "snapshot");
  if (!snapshot.is_object()) throw Wrong{"\"snapshot\" is not an object"};
  ReadingReport reading{
      text(json, "at"), text(json, "strategy"), {text(snapshot, "kind"), text(snapshot, "value")}};
  // Goes into SQL again.
  const std::string& value = reading.snapshot.value;
  if (reading.snapshot.kind == kSystemTime &&
      (value.empty() || value.find_first_not_of("0123456789.") != std::string::npos)) {
    throw Wrong{"the snapshot's timestamp is not a decimal number"};
  }
  state.readings.push_back(std::move(reading));
}

void take_unit(const JournalJson& json, JournalState& state) {
  if (!state.list) throw Wrong{"a finished range before the list"};
  const std::uint64_t number = count(json, "share");
  if (number >= state.list->shares.size()) throw Wrong{fmt::format("there is no share {}", number)};
  const Slice slice{count(json, "begin"), count(json, "end")};
  const Slice share = state.list->shares[number];
  if (slice.begin < share.begin || slice.end > share.end || slice.begin >= slice.end) {
    throw Wrong{fmt::format("the range {} to {} is not within its share", slice.begin, slice.end)};
  }
  state.units.push_back({static_cast<unsigned>(number), slice, count(json, "offset"), count(json, "units"),
                         count(json, "rows"), count(json, "found"), digest(json, "found_digest"),
                         digest(json, "bytes_digest"), state.readings.size(), seconds_if_any(json, "seconds"),
                         seconds_if_any(json, "longest_s")});
  state.starts.back().ranges += state.units.back().units;
  state.starts.back().rows += state.units.back().rows;
}

void take_recheck(const JournalJson& json, JournalState& state) {
  if (!state.list) throw Wrong{"a second proof before the list"};
  auto recheck = recheck_from_json(member(json, "recheck").dump(), {});
  if (!recheck) throw Wrong{recheck.error().message};
  state.rechecks.push_back(*std::move(recheck));
}

void take(const JournalJson& json, JournalState& state) {
  if (!json.is_object()) throw Wrong{"this is not a JSON object"};
  const std::string event = text(json, "event");
  if (state.job.run_id.empty() && event != "job") throw Wrong{"the journal does not begin with its job"};
  if (event == "job") return take_job(json, state);
  if (event == "start") return begin_start(text(json, "at"), state);
  note_sign_of_life(json, state);
  if (event == "end") return take_end(json, state);
  if (state.all_read) throw Wrong{"something follows the end of the reading"};
  if (event == "list") return take_list(json, state);
  if (event == "reading") return take_reading(json, state);
  if (event == "unit") return take_unit(json, state);
  if (event == "recheck") return take_recheck(json, state);
  if (event != "read") throw Wrong{fmt::format("there is no event \"{}\"", event.substr(0, 40))};
  state.all_read = true;
}

}  // namespace

Result<JournalState> parse_journal(std::string_view text, const std::string& place) {
  JournalState state;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) break;  // torn by a crash: never confirmed
    try {
      take(JournalJson::parse(text.substr(0, end), nullptr, false), state);
    } catch (const Wrong& wrong) {
      return fail(ErrorKind::integrity, "the journal is damaged: " + wrong.what,
                  fmt::format("{}:{}", place, number), "start a new run in another directory");
    }
    text.remove_prefix(end + 1);
  }
  return state;
}

std::optional<JournalJob> peek_journal_job(const std::filesystem::path& directory) {
  constexpr std::size_t kFirstLineMax = 16u << 20;  // it holds the query
  const std::filesystem::path path = artifact_path(directory, Artifact::journal);
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(path, ignored))) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  std::string line;
  for (char c = 0; line.size() < kFirstLineMax && file.get(c);) {
    line += c;
    if (c == '\n') break;
  }
  auto state = parse_journal(line, {});
  if (!state || state->job.run_id.empty()) return std::nullopt;
  return std::move(state->job);
}

Result<JournalState> read_journal(const std::filesystem::path& directory) {
  const std::filesystem::path path = artifact_path(directory, Artifact::journal);
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return fail(ErrorKind::usage, "there is no run to resume: no journal.jsonl", directory.string(),
                "name the directory of an interrupted or partial run");
  }
  FQ_TRY_ASSIGN(const std::string text, read_regular_file(path, kJournalBytesMax));
  FQ_TRY_ASSIGN(JournalState state, parse_journal(text, path.string()));
  if (state.job.run_id.empty()) {
    return fail(ErrorKind::usage, "the run stopped before it began: nothing is finished", path.string(),
                "remove the directory and run again");
  }
  return state;
}

}  // namespace firmquery
