#include "firmquery/output/journal.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "firmquery/output/artifacts.hpp"
#include "json_text.hpp"

namespace firmquery {
namespace {

using Json = nlohmann::ordered_json;

// Every text that is not ours goes through text_to_json(); the rest is ASCII.
std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

double to_microseconds(double seconds) {
  return std::round(seconds * 1e6) / 1e6;
}

}  // namespace

Result<Journal> Journal::open(const std::filesystem::path& directory) {
  FQ_TRY_ASSIGN(JsonLines lines, JsonLines::open(artifact_path(directory, Artifact::journal)));
  return Journal(std::move(lines));
}

Result<void> Journal::append(const std::string& line) {
  const std::lock_guard lock(mutex_);
  return lines_.append(line);
}

Result<void> Journal::job(const JournalJob& job) {
  Json options = Json::array();
  for (const auto& [name, value] : job.options) options.push_back(Json::array({name, text_to_json(value)}));
  return append(dump({{"schema", 3},
                      {"event", "job"},
                      {"at", job.at},
                      {"run_id", job.run_id},
                      {"key", text_to_json(job.key)},
                      {"ids_path", text_to_json(job.ids_path)},
                      {"sql", text_to_json(job.sql)},
                      {"job_file", text_to_json(job.job_file)},
                      {"pattern", text_to_json(job.pattern)},
                      {"options", std::move(options)}}));
}

Result<void> Journal::list(const JournalList& list) {
  Json shares = Json::array();
  for (const Slice& slice : list.shares) shares.push_back({slice.begin, slice.end});
  return append(dump({{"event", "list"},
                      {"at", utc_now()},
                      {"ids", list.ids},
                      {"digest", list.digest.to_hex()},
                      {"server", text_to_json(list.server)},
                      {"target", text_to_json(list.target)},
                      {"csv_header", text_to_json(list.csv_header)},
                      {"session", text_to_json(list.session)},
                      {"shares", std::move(shares)}}));
}

Result<void> Journal::reading(const ReadingReport& reading) {
  return append(dump({{"event", "reading"},
                      {"at", reading.started_at},
                      {"strategy", reading.strategy},
                      {"snapshot", {{"kind", reading.snapshot.kind}, {"value", reading.snapshot.value}}}}));
}

Result<void> Journal::unit(const JournalUnit& unit) {
  return append(dump({{"event", "unit"},
                      {"at", utc_now()},
                      {"share", unit.share},
                      {"begin", unit.slice.begin},
                      {"end", unit.slice.end},
                      {"offset", unit.part_offset},
                      {"units", unit.units},
                      {"rows", unit.rows},
                      {"found", unit.found},
                      {"found_digest", unit.found_digest.to_hex()},
                      {"bytes_digest", unit.bytes_digest.to_hex()},
                      {"seconds", to_microseconds(unit.seconds)},
                      {"longest_s", to_microseconds(unit.longest_s)}}));
}

Result<void> Journal::recheck(const RecheckReport& recheck) {
  return append(
      dump({{"event", "recheck"}, {"at", utc_now()}, {"recheck", Json::parse(recheck_to_json(recheck))}}));
}

Result<void> Journal::all_read() {
  return append(dump({{"event", "read"}, {"at", utc_now()}}));
}

Result<void> Journal::start(const std::string& at) {
  return append(dump({{"event", "start"}, {"at", at}}));
}

Result<void> Journal::end(const StartReport& start) {
  const StatementsReport& statements = start.statements;
  const TimingReport& timing = start.timing;
  Json slowest = Json::array(), retried_for = Json::array();
  for (const SlowStatement& slow : start.slowest)
    slowest.push_back({slow.at, slow.session, slow.begin, slow.end, slow.rows, slow.seconds, slow.finished});
  for (const RetryReason& reason : start.retried_for)
    retried_for.push_back({reason.sqlstate, reason.kind, reason.count, text_to_json(reason.message)});
  return append(dump({{"event", "end"},
                      {"at", utc_now()},
                      {"status", start.status},
                      {"retried", start.retried},
                      {"retries", start.retries},
                      {"statements", statements.count},
                      {"longest_s", statements.longest_s},
                      {"p50_s", statements.p50_s},
                      {"p95_s", statements.p95_s},
                      {"scan_ids", start.scans.ids},
                      {"scan_left_out", start.scans.rows_left_out},
                      {"scan_given_up", start.scans.rows_given_up},
                      {"clean_s", timing.clean_s},
                      {"load_s", timing.load_s},
                      {"query_s", timing.query_s},
                      {"export_s", timing.export_s},
                      {"total_s", timing.total_s},
                      {"slowest", std::move(slowest)},
                      {"retried_for", std::move(retried_for)}}));
}

}  // namespace firmquery
