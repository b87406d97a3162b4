#include "remedy.hpp"

#include <fmt/format.h>

#include <array>
#include <cctype>

#include "cockroach_words.hpp"

namespace firmquery {
namespace {

// The text after `label`, up to the next blank.
std::string_view word_after(std::string_view message, std::string_view label) {
  const std::size_t start = message.find(label);
  if (start == std::string_view::npos) return {};
  const std::string_view rest = message.substr(start + label.size());
  return rest.substr(0, rest.find(' '));
}

struct Grant {
  std::string_view label;      // of PostgreSQL's "permission denied for <kind> <name>"
  std::string_view privilege;  // "SELECT ON"
};
constexpr std::array kGrants = {
    Grant{"permission denied for table ", "SELECT ON TABLE"},
    Grant{"permission denied for view ", "SELECT ON TABLE"},
    Grant{"permission denied for materialized view ", "SELECT ON TABLE"},
    Grant{"permission denied for foreign table ", "SELECT ON TABLE"},
    Grant{"permission denied for relation ", "SELECT ON TABLE"},
    Grant{"permission denied for schema ", "USAGE ON SCHEMA"},
    Grant{"permission denied for function ", "EXECUTE ON FUNCTION"},
    Grant{"permission denied for database ", "CREATE ON DATABASE"},
    Grant{"permission denied to create temporary tables in database ", "TEMPORARY ON DATABASE"},
};

// A courtesy where the server speaks English: the name and its kind are in no field of the error. Nothing is
// decided here, and in other languages the general advice is given.
std::string grant_for(std::string_view message, std::string_view user) {
  for (const Grant& grant : kGrants) {
    const std::string_view name = word_after(message, grant.label);
    if (!name.empty()) return fmt::format("ask for: GRANT {} {} TO {}", grant.privilege, name, user);
  }
  // CockroachDB: user u does not have SELECT privilege on relation t
  const std::string_view privilege = word_after(message, "does not have ");
  const std::size_t on = message.find(" privilege on ");
  if (!privilege.empty() && on != std::string_view::npos) {
    std::string_view target = message.substr(on + std::string_view(" privilege on ").size());
    const std::string_view kind = target.substr(0, target.find(' '));
    const std::string_view name = word_after(target, " ");
    const std::string_view word = kind == "database" ? "DATABASE " : kind == "schema" ? "SCHEMA " : "";
    return fmt::format("ask for: GRANT {} ON {}{} TO {}", privilege, word, name.empty() ? kind : name, user);
  }
  return fmt::format(
      "ask for the missing privilege to be granted to {}: SELECT on the tables that the query reads, "
      "USAGE on their schemas",
      user);
}

}  // namespace

std::string remedy_for(std::string_view sqlstate, std::string_view message, std::string_view user) {
  if (sqlstate == "42501") return grant_for(message, user.empty() ? "your role" : user);
  if (sqlstate == "25006") return "use --strategy array, which writes nothing";
  if (sqlstate == "42P01")
    return "check the name, the schema (search_path) and the database of the connection";
  if (sqlstate == "55P03") {
    return "another session has locked a table of the query (ALTER TABLE, VACUUM FULL, LOCK): wait until it "
           "has ended; "
           "--lock-timeout says how long a statement waits";
  }
  if (sqlstate == "53300") return "wait, or use fewer connections (--connections)";
  if (sqlstate == "53100") return "free space on the server";
  if (has_words(message, kBehindGc)) {
    return "the run's instant is older than what the cluster keeps (gc.ttlseconds): start a new run";
  }
  return {};
}

}  // namespace firmquery
