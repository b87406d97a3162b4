#include <optional>

#include "firmquery/db/catalog.hpp"

namespace firmquery {

// The list's type is not known yet: the first that the template's join accepts is as good as any for
// describing it.
Result<DescribedTemplate> describe_template(Session& session, const SqlTemplate& sql_template) {
  std::vector<std::string> candidates;
  if (!sql_template.uses_relation()) candidates.push_back(sql_template.render("$1"));
  for (const std::string type : {"bigint", "text", "uuid", "numeric"}) {
    if (!sql_template.uses_relation()) break;
    candidates.push_back(sql_template.render_relation("(select 1::bigint as ord, null::" + type + " as id)"));
  }
  std::optional<Error> first;
  for (std::string& sql : candidates) {
    auto description = session.describe(sql);
    if (description) return DescribedTemplate{std::move(sql), *std::move(description)};
    if (!first || !session.alive()) first = std::move(description).error();
    if (!session.alive()) break;
  }
  return Failure(*std::move(first));
}

}  // namespace firmquery
