#include "job_query.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "connection.hpp"
#include "firmquery/job/options.hpp"
#include "firmquery/output/files.hpp"

namespace firmquery {
namespace {

Result<std::string> text_of(const std::string& file, const Surroundings& surroundings) {
  if (file != "-") return read_file(file);
  if (surroundings.input_is_terminal) {
    return fail(ErrorKind::usage, "standard input is a terminal, not a query", "--query",
                "pipe the query into the program (< FILE), or give --query FILE");
  }
  if (!surroundings.read_input) return fail(ErrorKind::usage, "there is no standard input", "--query");
  return surroundings.read_input();
}

// The stronger source of the two ways to give a query stands.
void read_query(const Settings& settings, const Surroundings& surroundings, bool needed, Job& job,
                Problems& problems) {
  const Setting& file = settings.value(options::query);
  const Setting& text = settings.value(options::sql);
  if (file.items.empty() && text.items.empty()) {
    if (needed && !settings.refused(options::query)) {
      problems.add("there is no query", {}, "give --query FILE.sql or --sql TEXT");
    }
    return;
  }
  if (!file.items.empty() && !text.items.empty() && file.origin == text.origin) {
    return problems.add("two queries were given, as a file and as text", text.place, "leave one out");
  }
  if (file.items.empty() || (!text.items.empty() && text.origin > file.origin)) {
    job.sql = text.items.back();
    job.sql_name = text.origin == Origin::flag ? "--sql" : text.place;
    return;
  }
  const std::string& name = file.items.back();
  if (name == "-" && settings.text(options::ids) == "-") {
    return problems.add("standard input cannot be both the list and the query", file.place,
                        "give one of them as a file");
  }
  auto read = text_of(name, surroundings);
  if (!read) return problems.errors.push_back(std::move(read).error());
  job.sql = *std::move(read);
  job.sql_name = name == "-" ? "standard input" : name;
}

}  // namespace

void fill_query(const Settings& settings, const Surroundings& surroundings, bool needed, Job& job,
                Problems& problems) {
  read_query(settings, surroundings, needed, job, problems);
  if (job.sql.empty() || !settings.value(options::ids).items.empty()) return;
  auto lifted = lift_list(job.sql, job.sql_name, settings.get(options::key));
  if (!lifted) return problems.errors.push_back(std::move(lifted).error());
  if (*lifted) job.lifted = std::make_shared<const LiftedList>(**std::move(lifted));
}

void settle_lifted_list(const Settings& settings, Job& job) {
  if (!job.lifted) return;
  job.sql = job.lifted->sql;
  job.ids_path = fmt::format("the list in {}", job.lifted->place);
  const bool key_is_said = settings.value(options::key).origin != Origin::fallback;
  if (!key_is_said && !job.lifted->column.empty()) job.key = job.lifted->column;
  std::erase_if(job.options, [](const auto& option) {
    return option.first == options::query.spec().name || option.first == options::sql.spec().name ||
           option.first == options::key.spec().name;
  });
  job.options.emplace_back(options::sql.spec().name, job.sql);
  job.options.emplace_back(options::key.spec().name, job.key);
}

}  // namespace firmquery
