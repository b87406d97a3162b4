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

void read_findings(const JsonFields& root, Report& report, std::string& problem) {
  if (root.has("recheck")) report.recheck = recheck_from(root.object("recheck"), problem);
  if (root.has("near_misses")) report.near_misses = near_misses_from(root.object("near_misses"), problem);
}

}  // namespace firmquery
