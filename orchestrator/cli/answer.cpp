#include "answer.hpp"

#include <nlohmann/json.hpp>

#include "firmquery/db/secrets.hpp"

namespace firmquery::cli {
namespace {

using AnswerJson = nlohmann::ordered_json;

std::string dump(const AnswerJson& json) {
  return json.dump(2, ' ', false, AnswerJson::error_handler_t::replace) + "\n";
}

AnswerJson to_object(const Error& error) {
  return {{"kind", to_string(error.kind)},        {"message", error.message},
          {"place", without_secret(error.place)}, {"remedy", error.remedy},
          {"sqlstate", error.sqlstate},           {"server", error.server}};
}

bool by_signal(ErrorKind kind) {
  return exit_code(kind) > 128;
}

}  // namespace

std::string failure_json(const std::vector<Error>& errors) {
  const Error& first = errors.front();
  AnswerJson json = {{"schema", 1},
                     {"status", by_signal(first.kind) ? "interrupted" : "failed"},
                     {"exit_code", exit_code(first.kind)},
                     {"error", to_object(first)}};
  if (errors.size() > 1) {
    AnswerJson all = AnswerJson::array();
    for (const Error& error : errors) all.push_back(to_object(error));
    json["errors"] = std::move(all);
  }
  return dump(json);
}

std::string skipped_json(std::string_view reason) {
  return dump({{"schema", 1}, {"status", "skipped"}, {"exit_code", kSkippedExitCode}, {"reason", reason}});
}

std::string with_error(const std::string& found, const Error& error) {
  AnswerJson json = AnswerJson::parse(found);
  json.emplace("status", "failed");
  json["error"] = to_object(error);
  return dump(json);
}

std::string report_json(const Report& report, const Error* error, const std::vector<std::string>& breached) {
  std::string text = to_json(report);
  if (error == nullptr && breached.empty()) return text;
  if (error != nullptr) text = with_error(text, *error);
  AnswerJson json = AnswerJson::parse(text);
  if (!breached.empty()) json["breached"] = breached;
  return dump(json);
}

}  // namespace firmquery::cli
