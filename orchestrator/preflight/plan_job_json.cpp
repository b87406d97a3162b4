#include <nlohmann/json.hpp>

#include "firmquery/preflight/plan_report.hpp"

namespace firmquery {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json server_of(const PlanReport::Server& server) {
  Json capabilities = Json::object(), settings = Json::object();
  for (const auto& [name, capability] : server.dialect.capabilities) {
    capabilities[name] = {{"available", capability.available}, {"detail", capability.detail}};
  }
  for (const auto& [name, value] : server.settings) settings[name] = value;
  return {{"address", server.address},
          {"database", server.database},
          {"user", server.user},
          {"tls", server.tls},
          {"dialect", to_string(server.dialect.kind)},
          {"version", server.dialect.version},
          {"version_text", server.dialect.version_text},
          {"read_only", server.dialect.read_only_server},
          {"capabilities", capabilities},
          {"settings", settings},
          {"gc_window_s", or_null(server.gc_window_s)}};
}

Json query_of(const PlanReport::Query& query) {
  const KeyColumn& key = query.key;
  Json lifted;
  if (query.lifted) {
    lifted = {{"place", query.lifted->place}, {"values", query.lifted->count}, {"sql", query.lifted->sql}};
  }
  return {{"name", query.name},
          {"columns", query.columns},
          {"key",
           {{"table", key.table},
            {"column", key.column},
            {"type", key.type_name},
            {"staging_type", key.staging_type},
            {"collation", key.collation},
            {"padded", key.padded},
            {"indexes", key.indexes}}},
          {"lifted_list", lifted},
          {"bound", {{"carried", query.bounded}, {"reason", query.bound_reason}}},
          {"row_security", query.row_security}};
}

Json input_of(const InputReport& input) {
  return {{"lines", input.lines},       {"blank", input.blank},           {"header", input.header},
          {"accepted", input.accepted}, {"rejected", input.rejected},     {"duplicates", input.duplicates},
          {"unique", input.unique},     {"digest", input.digest.to_hex()}};
}

Json estimate_of(const PlanReport& plan) {
  const EstimateReport& estimate = plan.estimate;
  return {{"source", estimate.source}, {"seconds", or_null(estimate.seconds)},
          {"runs", estimate.runs},     {"ids", estimate.ids},
          {"bounds", plan.bounds},     {"late", plan.late},
          {"refused", plan.refused}};
}

}  // namespace

std::string to_json(const PlanReport& plan) {
  Json slices = Json::array();
  for (const Slice& slice : plan.slices) slices.push_back({{"begin", slice.begin}, {"end", slice.end}});
  Json range;
  if (plan.first_range) {
    range = {{"ids", plan.first_range->ids.size()},
             {"sql", plan.first_range->sql},
             {"parameters", plan.first_range->parameters}};
  }
  const Json explain = {
      {"sample_ids", plan.sample_ids}, {"stand_in", plan.sample_stands_in}, {"lines", plan.explain}};
  const Json json = {{"schema", 1},
                     {"server", server_of(plan.server)},
                     {"query", query_of(plan.query)},
                     {"input", input_of(plan.input)},
                     {"id_type", plan.id_type},
                     {"never_asked", plan.never_asked},
                     {"strategy", plan.strategy},
                     {"strategy_reason", plan.strategy_reason},
                     {"snapshot", plan.snapshot},
                     {"connections", plan.slices.size()},
                     {"slices", slices},
                     {"first_range", range},
                     {"estimate", estimate_of(plan)},
                     {"explain", explain},
                     {"warnings", plan.warnings}};
  // A server's words need not be UTF-8.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace firmquery
