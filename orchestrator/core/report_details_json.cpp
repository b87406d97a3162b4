#include "report_details_json.hpp"

#include <fmt/format.h>

#include <limits>

namespace firmquery {
namespace {

using DetailsJson = nlohmann::ordered_json;

// Calls `read` with the members of each object of an array that may be left out.
template <class Read>
void each_object(const JsonFields& parent, const char* name, std::string& problem, Read read) {
  const DetailsJson* array = parent.array(name, JsonFields::optional);
  if (array == nullptr) return;
  std::size_t number = 0;
  for (const DetailsJson& entry : *array) {
    if (!entry.is_object()) return void(parent.wrong(name, "an array of objects"));
    read(JsonFields(&entry, fmt::format("{}[{}].", name, number++), problem));
  }
}

}  // namespace

void add_details(const StartReport& start, DetailsJson& json) {
  for (const SlowStatement& slow : start.slowest) {
    json["slowest"].push_back({{"at", slow.at},
                               {"session", slow.session},
                               {"begin", slow.begin},
                               {"end", slow.end},
                               {"rows", slow.rows},
                               {"seconds", rounded(slow.seconds)},
                               {"finished", slow.finished}});
  }
  for (const RetryReason& reason : start.retried_for) {
    json["retried_for"].push_back({{"sqlstate", reason.sqlstate},
                                   {"kind", reason.kind},
                                   {"count", reason.count},
                                   {"message", reason.message}});
  }
}

void read_details(const JsonFields& fields, StartReport& start, std::string& problem) {
  each_object(fields, "slowest", problem, [&](const JsonFields& entry) {
    SlowStatement& slow = start.slowest.emplace_back();
    std::uint64_t session = 0;
    entry.read("at", slow.at);
    entry.read("session", session);
    if (session > std::numeric_limits<unsigned>::max()) entry.wrong("session", "the number of a session");
    slow.session = static_cast<unsigned>(session);
    entry.read("begin", slow.begin);
    entry.read("end", slow.end);
    entry.read("rows", slow.rows);
    entry.read("seconds", slow.seconds);
    entry.read("finished", slow.finished);
  });
  each_object(fields, "retried_for", problem, [&](const JsonFields& entry) {
    RetryReason& reason = start.retried_for.emplace_back();
    entry.read("sqlstate", reason.sqlstate);
    entry.read("kind", reason.kind);
    entry.read("count", reason.count);
    entry.read("message", reason.message);
  });
}

DetailsJson to_object(const ListReport& list) {
  DetailsJson problems = DetailsJson::array();
  for (const ListReport::Problem& problem : list.problems) {
    problems.push_back({{"reason", problem.reason},
                        {"count", problem.count},
                        {"line", problem.line},
                        {"example", problem.example}});
  }
  return {{"format", list.format},
          {"encoding", list.encoding},
          {"compression", list.compression},
          {"column", list.column},
          {"sheet", list.sheet},
          {"leading_zero", list.leading_zero},
          {"ends_in_zeros", list.ends_in_zeros},
          {"text_marker", list.text_marker},
          {"text_formula", list.text_formula},
          {"problems", std::move(problems)},
          {"suspicions", list.suspicions}};
}

ListReport list_from(const JsonFields& fields, std::string& problem) {
  ListReport list;
  fields.read("format", list.format);
  fields.read("encoding", list.encoding);
  fields.read("compression", list.compression);
  fields.read("column", list.column);
  fields.read("sheet", list.sheet);
  fields.read("leading_zero", list.leading_zero);
  fields.read("ends_in_zeros", list.ends_in_zeros);
  fields.read("text_marker", list.text_marker);
  fields.read("text_formula", list.text_formula);
  each_object(fields, "problems", problem, [&](const JsonFields& entry) {
    ListReport::Problem& read = list.problems.emplace_back();
    entry.read("reason", read.reason);
    entry.read("count", read.count);
    entry.read("line", read.line);
    entry.read("example", read.example);
  });
  if (problem.empty()) (void)fields.texts("suspicions", list.suspicions);
  return list;
}

}  // namespace firmquery
