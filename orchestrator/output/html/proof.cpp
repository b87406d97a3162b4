// The proof, and how anybody checks it.
#include <fmt/format.h>

#include <algorithm>

#include "html/sections.hpp"
#include "html/table.hpp"
#include "html/text.hpp"

namespace firmquery::html {
namespace {

bool has_file(const Page& page, std::string_view name) {
  return std::any_of(page.files.begin(), page.files.end(),
                     [&](const FileReport& file) { return file.name == name; });
}

// How psql reads the rows: the first of these files that the run has.
std::string copy_of_results(const Page& page) {
  struct Form {
    std::string_view name, source, format;
  };
  constexpr Form kForms[] = {{"results.csv", "'results.csv'", ""},
                             {"results.tsv", "'results.tsv'", ", delimiter e'\\t'"},
                             {"results.csv.gz", "program 'gzip -dc results.csv.gz'", ""},
                             {"results.tsv.gz", "program 'gzip -dc results.tsv.gz'", ", delimiter e'\\t'"},
                             {"results.csv.zst", "program 'zstd -dc results.csv.zst'", ""},
                             {"results.tsv.zst", "program 'zstd -dc results.tsv.zst'", ", delimiter e'\\t'"}};
  for (const Form& form : kForms) {
    if (has_file(page, form.name))
      return fmt::format("\\copy result from {} with (format csv, header{})\n", form.source, form.format);
  }
  return {};
}

std::string columns_of_table(std::size_t columns, std::size_t key) {
  std::string out;
  for (std::size_t i = 0; i < columns; ++i)
    out += fmt::format("{}{} text", i == 0 ? "" : ", ", i == key ? "id" : fmt::format("c{}", i + 1));
  return out;
}

// For psql, in the run directory. The digests that it must print stand beside it.
std::string sql(const Page& page) {
  const Report& report = page.report;
  const auto key = std::find(page.columns.begin(), page.columns.end(), report.key);
  constexpr std::size_t kColumnsMax = 100;
  const bool rows = key != page.columns.end() && page.columns.size() <= kColumnsMax;
  const std::string copy = rows ? copy_of_results(page) : std::string();
  const bool partial = has_file(page, "unresolved.csv");
  const std::string id =
      report.spreadsheet_safe ? fmt::format("firm_id_clean(id, '{}')", report.id_type) : "id";
  std::string out = fmt::format(
      "create temp table missing ({});\n\\copy missing from 'missing.csv' with (format csv, header)\n",
      columns_of_table(std::max<std::size_t>(page.missing_columns, 1), 0));
  if (partial)
    out +=
        "create temp table unresolved (id text);\n\\copy unresolved from 'unresolved.csv' with (format csv, "
        "header)\n";
  if (!copy.empty())
    out += fmt::format(
        "create temp table result ({});\n{}",
        columns_of_table(page.columns.size(), static_cast<std::size_t>(key - page.columns.begin())), copy);
  std::string sets = fmt::format("select 'missing' as set, firm_digest({}) as digest from missing\n", id);
  if (partial) sets += fmt::format("union all select 'unresolved', firm_digest({}) from unresolved\n", id);
  if (copy.empty()) return out + sets.substr(0, sets.size() - 1) + ";\n";
  sets += fmt::format("union all select 'found', firm_digest(distinct firm_id_clean(id, '{}')) from result",
                      report.id_type);
  std::string sum =
      "firm_digest_add((select digest from sets where set = 'found'), (select digest from sets where set = "
      "'missing'))";
  if (partial)
    sum = fmt::format("firm_digest_add({}, (select digest from sets where set = 'unresolved'))", sum);
  return out +
         fmt::format("with sets as (\n{})\nselect * from sets union all\nselect 'unique', {};\n", sets, sum);
}

std::string how_to_check(const Page& page) {
  std::string out = "<h3>How to check it</h3>\n";
  out += paragraph(
      "A digest is the sum modulo 2<sup>128</sup> of the XXH3-128 hashes (seed 0) of the IDs of a set. It "
      "does not depend on "
      "their order, and anybody can compute it.");
  if (page.report.status == "complete")
    out += "<p>Everything, without a database, from the files of the run:</p>\n<pre><code>firmquery verify " +
           text(page.directory, 2000) + "</code></pre>\n";
  out +=
      "<p>The digests, with <code>psql</code> in the run directory, on any PostgreSQL with the extension "
      "<code>firm_staging</code> (<code>firmquery local psql</code> has it):</p>\n<pre "
      "id=\"proof-sql\"><code>";
  append_text(out, sql(page), 20'000, Lines::kept);
  return out + "</code></pre>\n";
}

std::string sums(const Page& page) {
  const InputReport& input = page.report.input;
  const ResultReport& result = page.report.result;
  const bool partial = result.unresolved > 0;
  const auto holds = [](bool so) { return so ? "<b>holds</b>" : "<b class=\"bad\">does not hold</b>"; };
  Table table("The identities", {{"What must hold"}, {"In numbers", true, true}, {"", false}});
  table.row(
      {"lines = blank + header + rejected + duplicates + unique",
       fmt::format("{} = {} + {} + {} + {} + {}", count(input.lines), count(input.blank), count(input.header),
                   count(input.rejected), count(input.duplicates), count(input.unique)),
       holds(input.lines == input.blank + input.header + input.rejected + input.duplicates + input.unique)});
  table.row({partial ? "unique = found + missing + unresolved" : "unique = found + missing",
             fmt::format("{} = {} + {}", count(input.unique), count(result.found), count(result.missing)) +
                 (partial ? " + " + count(result.unresolved) : std::string()),
             holds(input.unique == result.found + result.missing + result.unresolved)});
  table.row({partial ? "digest(unique) = digest(found) + digest(missing) + digest(unresolved)"
                     : "digest(unique) = digest(found) + digest(missing)",
             "as below",
             holds(input.digest == result.found_digest + result.missing_digest + result.unresolved_digest)});
  Table digests("The digests", {{"Set"}, {"IDs", true}, {"Digest", false, true}});
  const auto digest = [&](const char* name, std::uint64_t ids, const Digest& of) {
    digests.row({name, count(ids), code(of.to_hex())});
  };
  digest("unique", input.unique, input.digest);
  digest("found", result.found, result.found_digest);
  digest("missing", result.missing, result.missing_digest);
  if (partial) digest("unresolved", result.unresolved, result.unresolved_digest);
  return table.html() + digests.html();
}

}  // namespace

std::string proof_section(const Page& page) {
  if (page.report.status != "complete" && page.report.status != "partial")
    return paragraph("There is none before the run is finished.");
  return paragraph("Each line of the list is accounted for, and each ID is in one set only.") + sums(page) +
         how_to_check(page);
}

std::string recheck_section(const Page& page) {
  if (!page.report.recheck) return {};
  const RecheckReport& recheck = *page.report.recheck;
  const std::uint64_t asked = recheck.missing.asked + recheck.found.asked;
  const std::uint64_t wrong = recheck.missing.wrong + recheck.found.wrong;
  std::string out;
  if (asked > 0) {
    out +=
        paragraph(fmt::format("{} asked for again, through {}; {}.",
                              asked == 1 ? "One ID was" : count(asked) + " IDs were", text(recheck.strategy),
                              wrong == 0 ? "the second answer was the first one"
                                         : "<b class=\"bad\">the second answer contradicts the first for " +
                                               count_of(wrong, "ID", "IDs") + "</b>"));
    Table table("Asked again", {{"Set"}, {"IDs", true}, {"Asked again", true}, {"Contradicted", true}});
    for (const auto& [name, set] : {std::pair("missing", recheck.missing), std::pair("found", recheck.found)})
      table.row({name, count(set.of), count(set.asked), count(set.wrong)});
    out += table.html();
    out += paragraph(fmt::format("At {}{}, in {}, {}.", text(recheck.snapshot.kind),
                                 recheck.snapshot.value.empty() ? "" : " " + code(recheck.snapshot.value),
                                 count_of(recheck.statements, "statement", "statements"),
                                 seconds(recheck.seconds)));
  }
  out += paragraph(text(recheck.skipped));
  if (recheck.examples.empty()) return out;
  constexpr std::size_t kShown = 20;
  out += "<ul>\n";
  for (std::size_t i = 0; i < recheck.examples.size() && i < kShown; ++i)
    out += "<li>" + text(recheck.examples[i]) + "</li>\n";
  return out + "</ul>\n";
}

}  // namespace firmquery::html
