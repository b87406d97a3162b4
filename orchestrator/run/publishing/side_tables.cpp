#include "publishing/side_tables.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/run_reader.hpp"
#include "publishing/finish.hpp"
#include "reading/share.hpp"

namespace firmquery {
namespace {

constexpr std::uint32_t kText = 25, kNumber = 20;  // of pg_type

SideTable ids_table(std::string name, const Job& job, const IdSet& ids,
                    std::function<Result<void>(const VisitRank&)> each) {
  return {std::move(name), {{job.key, kText}}, job.key, [&ids, each = std::move(each)](const auto& take) {
            std::string id;
            return each([&](std::size_t rank) {
              id.clear();
              ids.append_canonical(rank, id);
              const std::array field = {ResultField{id, false}};
              return take(field);
            });
          }};
}

SideTable missing_table(const Job& job, const Answer& answer, const MissingAges* ages) {
  ResultColumns columns = {{job.key, kText}, {"suggestion", kText}, {"rule", kText}, {"matches", kNumber}};
  if (ages != nullptr) {
    columns.push_back({"first_missing", kText});
    columns.push_back({"runs_missing", kNumber});
  }
  return {"Missing", std::move(columns), job.key,
          [&ids = answer.ids, &shares = answer.shares, near = answer.near_misses, ages](const auto& take) {
            std::string id, matches, runs;
            NearMissCursor cursor(near);
            std::optional<MissingAges::Cursor> age;
            if (ages != nullptr) age.emplace(*ages);
            return visit_missing(ids, shares, [&](std::size_t rank) -> Result<void> {
              id.clear();
              ids.append_canonical(rank, id);
              const NearMiss* miss = cursor.at(rank);
              if (miss != nullptr) matches = std::to_string(miss->matches);
              const auto field = [&](const std::string* text) {
                return text == nullptr || text->empty() ? ResultField{{}, true} : ResultField{*text, false};
              };
              std::array row = {ResultField{id, false},
                                field(miss ? &miss->suggestion : nullptr),
                                field(miss ? &miss->rule : nullptr),
                                field(miss ? &matches : nullptr),
                                ResultField(),
                                ResultField()};
              constexpr std::size_t kOfAge = 2;
              if (!age) return take(std::span(row).first(row.size() - kOfAge));
              FQ_TRY_ASSIGN(const MissingAges::Age its, age->next());
              runs = std::to_string(its.runs);
              row[row.size() - 2] = {its.since, false};
              row[row.size() - 1] = {runs, false};
              return take(row);
            });
          }};
}

// A file of the run that has the same columns in each run. Counts are numbers, everything else is as it was read.
SideTable file_table(std::string name, const Job& job, Artifact artifact) {
  std::vector<std::string> names(1);
  for (const char c : entry_of(artifact).columns)
    c == ',' ? void(names.emplace_back()) : void(names.back() += c);
  ResultColumns columns;
  for (const std::string& column : names)
    columns.push_back({column, column == "line" || column == "first_line" ? kNumber : kText});
  return {std::move(name), columns, "", [&job, artifact, names](const SideTable::Take& take) -> Result<void> {
            FQ_TRY_ASSIGN(FieldReader reader, FieldReader::open(artifact_path(job.out, artifact), names,
                                                                {job.spreadsheet_safe, {}, {}}));
            std::vector<ResultField> fields(names.size());
            for (;;) {
              FQ_TRY_ASSIGN(const bool more, reader.next());
              if (!more) return {};
              for (std::size_t i = 0; i < fields.size(); ++i) fields[i].value = reader.fields()[i];
              FQ_TRY(take(fields));
            }
          }};
}

using Facts = std::vector<std::pair<std::string_view, std::string>>;

Facts facts(const Job& job, const InputReport& input, const ResultReport& result, const Answer& answer) {
  const ListTotal missing = total_missing(answer.ids, answer.shares);
  const ListTotal unresolved = total_unresolved(answer.ids, answer.shares);
  Facts all = {{"Key", job.key},
               {"Lines of the list", std::to_string(input.lines)},
               {"Blank lines", std::to_string(input.blank)},
               {"Header lines", std::to_string(input.header)},
               {"Rejected", std::to_string(input.rejected)},
               {"Duplicates", std::to_string(input.duplicates)},
               {"Unique IDs", std::to_string(input.unique)},
               {"Found", std::to_string(result.found)},
               {"Missing", std::to_string(missing.count)},
               {"Unresolved", std::to_string(unresolved.count)},
               {"Rows", std::to_string(result.rows)},
               {"Digest of the unique IDs", input.digest.to_hex()},
               {"Digest of the found IDs", result.found_digest.to_hex()},
               {"Digest of the missing IDs", missing.digest.to_hex()},
               {"Query", answer.sql},
               {"Written by", "Firm Query " FIRMQUERY_VERSION},
               {"Times, server and instants", std::string(entry_of(Artifact::report).name)}};
  return all;
}

}  // namespace

std::vector<SideTable> side_tables(const Job& job, const Report& report, const Answer& answer,
                                   const MissingAges* ages) {
  const IdSet& ids = answer.ids;
  const std::vector<Share>& shares = answer.shares;
  std::vector<SideTable> tables;
  tables.push_back(missing_table(job, answer, ages));
  tables.push_back(file_table("Rejected", job, Artifact::rejected));
  tables.push_back(file_table("Duplicates", job, Artifact::duplicates));
  const bool partial =
      std::any_of(shares.begin(), shares.end(), [](const Share& share) { return !share.unread().empty(); });
  if (partial) {
    tables.push_back(ids_table("Unresolved", job, ids, [&shares](const VisitRank& visit) {
      return visit_unresolved(shares, visit);
    }));
  }
  // Members of the report change while the tables are written; the answer's do not.
  tables.push_back(
      {"Summary",
       {{"fact", kText}, {"value", kNumber}},
       "",
       [&job, &ids, &shares, &columns = answer.columns, &sql = answer.sql, input = report.input,
        result = report.result](const SideTable::Take& take) -> Result<void> {
         for (const auto& [name, value] : facts(job, input, result, {ids, shares, columns, sql, nullptr})) {
           const std::array row = {ResultField{name, false}, ResultField{value, false}};
           FQ_TRY(take(row));
         }
         return {};
       }});
  return tables;
}

}  // namespace firmquery
