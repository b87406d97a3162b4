#include "report_outlook_json.hpp"

namespace firmquery {
namespace {

using Json = nlohmann::ordered_json;

void add(const char* name, const std::optional<double>& seconds, Json& json) {
  if (seconds) json[name] = rounded(*seconds);
}

void read_some(const JsonFields& fields, const char* name, std::optional<double>& seconds) {
  if (!fields.has(name)) return;
  double read = 0;
  fields.read(name, read);
  seconds = read;
}

}  // namespace

void add_outlook(const Report& report, Json& json) {
  if (const auto& estimate = report.estimate) {
    json["estimate"] = {{"source", estimate->source},
                        {"seconds", estimate->seconds ? Json(rounded(*estimate->seconds)) : Json()},
                        {"runs", estimate->runs},
                        {"ids", estimate->ids}};
  }
  Json left = Json::object();
  add("ticket_s", report.left.ticket_s, left);
  add("gc_window_s", report.left.gc_window_s, left);
  if (!left.empty()) json["left"] = std::move(left);
}

void read_outlook(const JsonFields& root, Report& report) {
  if (root.has("estimate")) {
    EstimateReport& estimate = report.estimate.emplace();
    const JsonFields fields = root.object("estimate");
    fields.read("source", estimate.source);
    if (estimate.source != "none") read_some(fields, "seconds", estimate.seconds);
    fields.read("runs", estimate.runs);
    fields.read("ids", estimate.ids);
  }
  const JsonFields left = root.object("left", JsonFields::optional);
  read_some(left, "ticket_s", report.left.ticket_s);
  read_some(left, "gc_window_s", report.left.gc_window_s);
}

}  // namespace firmquery
