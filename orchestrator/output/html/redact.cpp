// What a page says of IDs and of raw text goes. Where they have a place of their own they are replaced whole; words
// (warnings, errors, the query) are searched: for what stands in quotes, for numbers of some length, and for each ID
// and each reject as it is.
#include <algorithm>
#include <system_error>
#include <vector>

#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/run_reader.hpp"
#include "html/page.hpp"
#include "html/redact_words.hpp"

namespace firmquery::html {
namespace {

void mask(std::string& text) {
  if (!text.empty()) text = kMask;
}

void mask_fields(Page& page) {
  for (MissingId& missing : page.missing) mask(missing.id), mask(missing.suggestion), mask(missing.matches);
  for (Repeat& repeat : page.duplicates) mask(repeat.id);
  for (RejectedReason& reason : page.rejected) {
    for (RejectedExample& example : reason.examples) mask(example.raw);
  }
  for (FailedRange& range : page.report.failed_ranges) mask(range.first_id), mask(range.last_id);
  if (page.report.list) {
    for (ListReport::Problem& problem : page.report.list->problems) mask(problem.example);
  }
}

void add(std::vector<std::string*>& words, std::vector<std::string>& more) {
  for (std::string& text : more) words.push_back(&text);
}

// Everything that may have an ID among its words.
std::vector<std::string*> words_of(Page& page) {
  Report& report = page.report;
  std::vector<std::string*> words = {&page.ids_path, &report.strategy_reason};
  add(words, report.warnings);
  add(words, page.breached);
  if (page.error) {
    for (std::string* text : {&page.error->message, &page.error->place, &page.error->remedy})
      words.push_back(text);
  }
  for (FailedRange& range : report.failed_ranges) words.push_back(&range.error);
  for (StartReport& start : report.starts) {
    for (RetryReason& reason : start.retried_for) words.push_back(&reason.message);
  }
  for (std::vector<FileReport>* files : {&report.files, &page.files}) {
    for (FileReport& file : *files) add(words, file.notes);
  }
  if (report.list) add(words, report.list->suspicions);
  if (report.recheck) words.push_back(&report.recheck->skipped), add(words, report.recheck->examples);
  if (report.near_misses)
    words.push_back(&report.near_misses->skipped), words.push_back(&report.near_misses->advice);
  if (report.history) words.push_back(&report.history->since.directory);
  if (report.baseline) words.push_back(&report.baseline->file);
  for (AuditEntry& entry : page.audit) words.push_back(&entry.said);
  for (auto& [name, value] : page.options) words.push_back(&value);
  return words;
}

}  // namespace

Result<void> redact(Page& page, const std::filesystem::path& directory, const ReportPageOptions& options) {
  page.redacted = true;
  mask_fields(page);
  const std::vector<std::string*> words = words_of(page);
  if (!options.each_id) {
    for (std::string* text : words) mask(*text);
    mask(page.query);
    return {};
  }
  page.query = without_literals(page.query);
  for (std::string* text : words) *text = without_quotes_and_numbers(*text);
  std::vector<std::string*> all = words;
  all.push_back(&page.query);
  Needles needles(all);
  options.each_id([&](std::string_view id) { needles.look_for(id); });
  const auto path = artifact_path(directory, Artifact::rejected);
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) {
    FQ_TRY_ASSIGN(RejectedReader reader, RejectedReader::open(path, {page.report.spreadsheet_safe, {}, {}}));
    for (RejectedLine line;;) {
      FQ_TRY_ASSIGN(const bool more, reader.next(line));
      if (!more) break;
      needles.look_for(line.raw);
    }
  }
  for (std::string* text : all) *text = needles.removed_from(*text);
  return {};
}

}  // namespace firmquery::html
