#include "report_findings_json.hpp"

#include <fmt/format.h>

#include <utility>

namespace firmquery {
namespace {

using Json = nlohmann::ordered_json;

Json to_object(const RecheckReport::Asked& asked) {
  return {{"of", asked.of}, {"asked", asked.asked}, {"wrong", asked.wrong}};
}

void read_asked(const JsonFields& fields, RecheckReport::Asked& asked) {
  fields.read("of", asked.of);
  fields.read("asked", asked.asked);
  fields.read("wrong", asked.wrong);
}

RecheckReport recheck_from(const JsonFields& fields, std::string& problem) {
  RecheckReport recheck;
  fields.read("strategy", recheck.strategy);
  const JsonFields snapshot = fields.object("snapshot");
  snapshot.read("kind", recheck.snapshot.kind);
  snapshot.read("value", recheck.snapshot.value);
  read_asked(fields.object("missing"), recheck.missing);
  read_asked(fields.object("found"), recheck.found);
  fields.read("statements", recheck.statements);
  fields.read("seconds", recheck.seconds);
  fields.read("skipped", recheck.skipped);
  if (problem.empty()) (void)fields.texts("examples", recheck.examples);
  return recheck;
}

HistoryReport history_from(const JsonFields& fields) {
  HistoryReport history;
  const JsonFields since = fields.object("since");
  since.read("run_id", history.since.run_id);
  since.read("directory", history.since.directory);
  since.read("read_at", history.since.read_at);
  since.read("missing", history.since.missing);
  fields.read("new", history.newly);
  fields.read("resolved", history.resolved);
  fields.read("persisting", history.persisting);
  fields.read("added", history.added);
  fields.read("not_asked", history.not_asked);
  fields.read("oldest_first_missing", history.oldest_first_missing);
  fields.read("oldest_runs_missing", history.oldest_runs_missing);
  return history;
}

BaselineReport baseline_from(const JsonFields& fields) {
  BaselineReport baseline;
  fields.read("file", baseline.file);
  fields.read("lines", baseline.lines);
  fields.read("accepted", baseline.accepted);
  fields.read("expired", baseline.expired);
  fields.read("returned", baseline.returned);
  fields.read("missing", baseline.missing);
  fields.read("new", baseline.newly);
  fields.read("oldest_first_missing", baseline.oldest_first_missing);
  fields.read("oldest_runs_missing", baseline.oldest_runs_missing);
  return baseline;
}

}  // namespace

NearMissReport near_misses_from(const JsonFields& fields, std::string& problem) {
  NearMissReport near;
  fields.read("of", near.of);
  fields.read("tried", near.tried);
  fields.read("suggested", near.suggested);
  fields.read("ambiguous", near.ambiguous);
  fields.read("spellings", near.spellings);
  fields.read("statements", near.statements);
  fields.read("seconds", near.seconds);
  fields.read("skipped", near.skipped);
  fields.read("advice", near.advice);
  const nlohmann::ordered_json* rules = fields.array("rules", JsonFields::required);
  if (rules == nullptr) return near;
  for (const Json& entry : *rules) {
    const std::string name = fmt::format("near_misses.rules[{}]", near.rules.size());
    if (!entry.is_object()) return fields.wrong("rules", "an array of objects"), near;
    const JsonFields rule(&entry, name + ".", problem);
    NearMissReport::Rule& read = near.rules.emplace_back();
    rule.read("rule", read.rule);
    rule.read("ids", read.ids);
    rule.read("recoverable", read.recoverable);
  }
  return near;
}

Json to_object(const RecheckReport& recheck) {
  return {{"strategy", recheck.strategy},
          {"snapshot", {{"kind", recheck.snapshot.kind}, {"value", recheck.snapshot.value}}},
          {"missing", to_object(recheck.missing)},
          {"found", to_object(recheck.found)},
          {"statements", recheck.statements},
          {"seconds", rounded(recheck.seconds)},
          {"skipped", recheck.skipped},
          {"examples", recheck.examples}};
}

Json to_object(const NearMissReport& near) {
  Json rules = Json::array();
  for (const NearMissReport::Rule& rule : near.rules)
    rules.push_back({{"rule", rule.rule}, {"ids", rule.ids}, {"recoverable", rule.recoverable}});
  return {{"of", near.of},
          {"tried", near.tried},
          {"suggested", near.suggested},
          {"ambiguous", near.ambiguous},
          {"spellings", near.spellings},
          {"statements", near.statements},
          {"seconds", rounded(near.seconds)},
          {"skipped", near.skipped},
          {"advice", near.advice},
          {"rules", std::move(rules)}};
}

std::string recheck_to_json(const RecheckReport& recheck) {
  return to_object(recheck).dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<RecheckReport> recheck_from_json(const std::string& text, const std::string& place) {
  const Json json = Json::parse(text, nullptr, false);
  std::string problem;
  if (!json.is_object()) problem = "it is not a JSON object";
  RecheckReport recheck;
  if (problem.empty()) recheck = recheck_from(JsonFields(&json, "", problem), problem);
  if (!problem.empty()) return fail(ErrorKind::integrity, "this is no second proof: " + problem, place);
  return recheck;
}

Json to_object(const HistoryReport& history) {
  return {{"since",
           {{"run_id", history.since.run_id},
            {"directory", history.since.directory},
            {"read_at", history.since.read_at},
            {"missing", history.since.missing}}},
          {"new", history.newly},
          {"resolved", history.resolved},
          {"persisting", history.persisting},
          {"added", history.added},
          {"not_asked", history.not_asked},
          {"oldest_first_missing", history.oldest_first_missing},
          {"oldest_runs_missing", history.oldest_runs_missing}};
}

Json to_object(const BaselineReport& baseline) {
  return {{"file", baseline.file},
          {"lines", baseline.lines},
          {"accepted", baseline.accepted},
          {"expired", baseline.expired},
          {"returned", baseline.returned},
          {"missing", baseline.missing},
          {"new", baseline.newly},
          {"oldest_first_missing", baseline.oldest_first_missing},
          {"oldest_runs_missing", baseline.oldest_runs_missing}};
}

void read_findings(const JsonFields& root, Report& report, std::string& problem) {
  if (root.has("history")) report.history = history_from(root.object("history"));
  if (root.has("baseline")) report.baseline = baseline_from(root.object("baseline"));
  if (root.has("recheck")) report.recheck = recheck_from(root.object("recheck"), problem);
  if (root.has("near_misses")) report.near_misses = near_misses_from(root.object("near_misses"), problem);
}

}  // namespace firmquery
