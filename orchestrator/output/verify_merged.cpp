#include "verify_merged.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

namespace firmquery {
namespace {

Failure wrong(const ResultFile& file, std::string message) {
  return fail(ErrorKind::integrity, std::move(message), file.name(),
              "the file was altered after it was written, or belongs to another run");
}

}  // namespace

Result<std::string> verify_merged(const RunReader& run, const ResultFile& file, const JournalState& journal) {
  const Report& report = run.report();
  FQ_TRY_ASSIGN(const auto result, RunReader::columns(journal));
  FQ_TRY_ASSIGN(const auto rows, run.merged(file));
  const std::size_t columns = rows->columns().size();
  if (columns < result.size() + 3) {
    return wrong(file,
                 fmt::format("it has {} columns, which are not those of a list and of the result", columns));
  }
  const std::size_t status = columns - result.size() - 2;
  std::map<std::string, std::uint64_t, std::less<>> counts = {
      {"found", 0}, {"missing", 0}, {"unresolved", 0}, {"rejected", 0}, {"blank", 0}, {"duplicate", 0}};
  std::uint64_t count = 0;
  for (;; ++count) {
    FQ_TRY_ASSIGN(const bool more, rows->next());
    if (!more) break;
    std::string_view value;
    bool is_null = false;
    const auto known = rows->field(status, value, is_null) ? counts.find(value) : counts.end();
    if (known == counts.end()) return wrong(file, fmt::format("record {} has no status", count + 1));
    ++known->second;
  }
  // An ID with several rows has them all in the file, or its first.
  const std::uint64_t all = counts.find("found")->second;
  const std::uint64_t found = all == report.result.found ? report.result.found : report.result.rows;
  const std::pair<const char*, std::uint64_t> expected[] = {{"found", found},
                                                            {"missing", report.result.missing},
                                                            {"unresolved", report.result.unresolved},
                                                            {"rejected", report.input.rejected},
                                                            {"blank", report.input.blank}};
  for (const auto& [name, number] : expected) {
    const std::uint64_t there = counts.find(name)->second;
    if (there != number)
      return wrong(file, fmt::format("{} of its rows are {}, but the report has {}", there, name, number));
  }
  // A repeat of an ID with several rows has as many.
  if (counts.find("duplicate")->second < report.input.duplicates) {
    return wrong(file, fmt::format("{} of its rows are duplicate, but the list has {} repeats",
                                   counts.find("duplicate")->second, report.input.duplicates));
  }
  const auto listed = std::find_if(report.files.begin(), report.files.end(),
                                   [&](const FileReport& each) { return each.name == file.name(); });
  if (listed == report.files.end() || listed->rows != count)
    return wrong(file, fmt::format("it holds {} records, which the report does not say", count));
  return fmt::format("{} holds {} records: {} found, {} missing, {} duplicate, {} rejected, {} blank",
                     file.name(), count, counts.find("found")->second, counts.find("missing")->second,
                     counts.find("duplicate")->second, counts.find("rejected")->second,
                     counts.find("blank")->second);
}

}  // namespace firmquery
