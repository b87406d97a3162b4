#include "publishing/directory_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/files.hpp"
#include "firmquery/output/report_page.hpp"
#include "firmquery/output/run_directory.hpp"
#include "firmquery/output/run_reader.hpp"
#include "publishing/finish.hpp"
#include "publishing/format_file.hpp"
#include "publishing/part_writer.hpp"
#include "publishing/results_files.hpp"
#include "publishing/side_tables.hpp"
#include "reading/share.hpp"

namespace firmquery {

DirectoryStore::DirectoryStore(const Job& job, Begin begin, EventStream& events, std::stop_token stop)
    : job_(job),
      run_id_(begin.run_id),
      started_at_(begin.at),
      start_(std::move(begin)),
      events_(events),
      stop_(std::move(stop)) {
  job_.connect.stop = stop_;
}

Result<std::unique_ptr<DirectoryStore>> DirectoryStore::open(const Job& job, const Begin& begin,
                                                             EventStream& events, std::stop_token stop) {
  std::unique_ptr<DirectoryStore> store(new DirectoryStore(job, begin, events, std::move(stop)));
  FQ_TRY(store->find_in_series());
  if (store->opening_ == Opening::skipped) return store;
  FQ_TRY_ASSIGN(OpenedRun opened, open_run(store->job_, begin.run_id, store->stop_));
  store->opening_ = opened.opening;
  store->lock_ = std::move(opened.lock);
  store->finished_ = std::move(opened.finished);
  if (!opened.record) return store;
  store->record_.emplace(std::move(*opened.record));
  store->audit_.emplace(store->job_, store->record_->audit);
  store->listening_.emplace(events, *store->audit_);
  FQ_TRY(store->note_start());
  return store;
}

// Takes the lock of the run that this start may go on with.
Result<void> DirectoryStore::find_in_series() {
  if (!job_.resume || !job_.series) return {};
  FQ_TRY_ASSIGN(SeriesSearch search, find_unfinished(job_, *job_.series, stop_));
  for (const std::string& note : search.notes) events_.emit(event::Warning{note});
  if (!search.held.empty()) {
    job_.out = search.held;
    if (!search.found) opening_ = Opening::skipped;
  }
  if (!search.found) return {};
  const auto changed = changes(job_, search.found->journal.job);
  if (!changed.empty()) note_passed_over(search.found->directory.string(), changed);
  if (changed.empty()) unfinished_ = std::move(search.found);
  return {};
}

void DirectoryStore::note_passed_over(const std::string& run, const std::vector<std::string>& changed) {
  events_.emit(event::Note{"the unfinished run " + run + " is not gone on with, because " +
                           in_words(changed) + " changed; a new run starts"});
}

Result<void> DirectoryStore::note_start() {
  if (const auto& earlier = record_->earlier) {
    run_id_ = earlier->job.run_id;
    started_at_ = earlier->job.at;
  }
  events_.emit(event::Started{run_id_, record_->earlier.has_value()});
  return audit_->outcome();
}

ListFiles DirectoryStore::list_files() {
  if (!record_) return {};
  ListFiles files{job_.out, artifact_path(job_.out, Artifact::list_copy), job_.ids_from_copy, {}};
  if (record_->earlier) {
    files.accept = [this](const JournalList& list) {
      return refuse_changed(changes(list, *record_->earlier->list), false, job_.out);
    };
  }
  return files;
}

Result<Report> DirectoryStore::complete_report(const JournalList& list) const {
  FQ_TRY(refuse_changed(changes(list, *finished_->list), true, job_.out));
  FQ_TRY_ASSIGN(const RunReader run, RunReader::open(job_.out));
  return run.report();
}

void DirectoryStore::tidy() {
  if (auto tidied = tidy_complete_run(job_.out); !tidied)
    events_.emit(event::Warning{tidied.error().to_string(), true});
}

Result<EarlierStart> DirectoryStore::begin(const JournalList& list) {
  FQ_TRY(audit_->outcome());
  if (unfinished_) FQ_TRY(go_on_or_begin(list));
  EarlierStart kept{list.shares, {}, {}, {}, {}, {}, {}, {}};
  if (const auto& earlier = record_->earlier) {
    if (list.csv_header != earlier->list->csv_header)
      FQ_TRY(refuse_changed({"the columns of the result"}, false, job_.out));
    kept = {earlier->list->shares, run_id_, started_at_,       job_.out,
            earlier->readings,     {},      earlier->rechecks, kept_near_misses()};
    for (const JournalUnit& unit : earlier->units) {
      if (unit.reading > 0) kept.ranges.push_back({unit.slice, unit.reading - 1});
    }
    FQ_TRY(record_->journal.start(start_.at));
  } else {
    FQ_TRY(record_->journal.list(list));
  }
  begun_ = true;
  return kept;
}

// The unfinished run of the series, if it is of this list and target: what was made for a new run goes to it.
Result<void> DirectoryStore::go_on_or_begin(const JournalList& list) {
  UnfinishedRun earlier = std::move(*std::exchange(unfinished_, {}));
  std::vector<std::string> changed = changes(list, *earlier.journal.list);
  if (list.csv_header != earlier.journal.list->csv_header) changed.emplace_back("the columns of the result");
  if (!changed.empty()) {
    note_passed_over(earlier.directory.string(), changed);
    return {};
  }
  events_.emit(event::Note{fmt::format("going on with the unfinished run {}", earlier.directory.string())});
  Job there = job_;
  there.out = earlier.directory;
  FQ_TRY_ASSIGN(RunRecord record, resume_run(there, std::move(earlier.journal), std::move(earlier.lock)));
  FQ_TRY(move_cleaned_list(job_.out, there.out));
  record_.emplace(std::move(record));
  remove_run(job_.out);
  job_.out = there.out;
  return note_start();
}

Result<std::unique_ptr<UnitWriter>> DirectoryStore::writer(Share& share, RowKey key) {
  ids_ = &share.ids();
  std::uint64_t kept = 0;
  const auto path = part_path(job_.out, share.number());
  if (record_->earlier) {
    FQ_TRY_ASSIGN(kept, restore_share(share, path, record_->earlier->units, key));
  }
  key_ = key;
  auto writer = std::make_unique<PartWriter>(path, share.number(), record_->journal, kept);
  parts_.push_back(writer.get());
  return writer;
}

Result<void> DirectoryStore::recheck(const RecheckReport& recheck) {
  // A version that knew of no second proof has closed the journal: what is found out now is in the report alone.
  if (record_->earlier && record_->earlier->all_read) return {};
  return record_->journal.recheck(recheck);
}

// What cannot be read is looked for once more.
std::optional<NearMisses> DirectoryStore::kept_near_misses() const {
  constexpr std::uint64_t kBytesMax = 256u << 20;
  const auto path = artifact_path(job_.out, Artifact::near_misses);
  const auto text = read_regular_file(path, kBytesMax);
  if (!text) return std::nullopt;
  auto kept = near_misses_from_json(*text, path.string());
  return kept ? std::optional(*std::move(kept)) : std::nullopt;
}

Result<void> DirectoryStore::explained(const NearMisses& near_misses) {
  return write_file(artifact_path(job_.out, Artifact::near_misses), to_json(near_misses));
}

Result<void> DirectoryStore::all_read() {
  if (record_->earlier && record_->earlier->all_read) return {};
  return record_->journal.all_read();
}

Result<void> DirectoryStore::publish(Report& report, StartReport& start, const Answer& answer) {
  const auto began = std::chrono::steady_clock::now();
  const bool partial = unread_ids(answer.shares) > 0;
  std::vector<std::filesystem::path> parts;
  for (const PartWriter* part : parts_) {
    if (part->kept() > 0) parts.push_back(part->path());
  }
  FQ_TRY_ASSIGN(const SinceLast since, look_back(report, answer));
  const MissingAges* const ages = series() ? &since.ages : nullptr;
  ResultsFiles results(job_, answer.columns, std::move(parts), side_tables(job_, report, answer, ages));
  std::optional<MergedFiles> merged;
  if (job_.merge != Merge::off) merged.emplace(job_, merge_source(report, answer));
  FQ_TRY_ASSIGN(IdList missing, write_missing(job_, answer.ids, answer.shares, answer.near_misses, ages));
  report.result.missing = missing.total.count;
  report.result.missing_digest = missing.total.digest;
  std::optional<IdList> unresolved;
  if (partial) {
    FQ_TRY_ASSIGN(unresolved, write_unresolved(job_, answer.ids, answer.shares));
    report.result.unresolved = unresolved->total.count;
    report.result.unresolved_digest = unresolved->total.digest;
  }
  FQ_TRY(check_proof(report));
  if (merged) FQ_TRY(merged->wait());  // before anything has its name
  FQ_TRY_ASSIGN(report.files, results.publish(report.result.rows));
  FQ_TRY(missing.file.commit());
  report.files.push_back(std::move(missing.report));
  const std::pair<Artifact, std::uint64_t> cleaned[] = {{Artifact::rejected, report.input.rejected},
                                                        {Artifact::duplicates, report.input.duplicates}};
  for (const auto& [artifact, rows] : cleaned) {
    FQ_TRY_ASSIGN(FileReport file, describe_file(job_.out, artifact, rows, stop_));
    report.files.push_back(std::move(file));
  }
  if (unresolved) {
    FQ_TRY(unresolved->file.commit());
    report.files.push_back(std::move(unresolved->report));
  }
  std::vector<FileReport> of_list;
  if (merged) {
    FQ_TRY_ASSIGN(of_list, merged->publish());
  } else {
    FQ_TRY(remove_others(job_.out, Artifact::merged, {}));
  }
  std::move(of_list.begin(), of_list.end(), std::back_inserter(report.files));
  warn_of_notes(report);
  for (const FileReport& file : report.files) events_.emit(event::FileFinished{file});
  start.timing.export_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  report.status = partial ? "partial" : "complete";
  FQ_TRY(write_report(report, start));
  if (!partial) return conclude(report, answer.sql);
  FQ_TRY(write_page(report, report.files));
  // Not finished: resume writes the manifest.
  FQ_TRY(record_->journal.end(start));
  events_.emit(event::Concluded{report, report.files, {}});
  return audit_->outcome();
}

// The job that this run is one of; none: somebody has named its directory, and it has no history. `resume` names the
// directory, too, of a run whose journal knows better.
std::optional<RunSeries> DirectoryStore::series() const {
  if (job_.series || !record_->earlier || record_->earlier->job.pattern.empty()) return job_.series;
  const auto folder = job_.out.parent_path();
  return RunSeries{folder.empty() ? "." : folder, record_->earlier->job.job_file,
                   record_->earlier->job.pattern};
}

Result<SinceLast> DirectoryStore::look_back(Report& report, const Answer& answer) {
  std::vector<Slice> unread;
  for (const Share& share : answer.shares) {
    const auto of_share = share.unread();
    unread.insert(unread.end(), of_share.begin(), of_share.end());
  }
  const AnswerNow now{answer.ids,
                      report.input.digest,
                      report.run_id,
                      job_.key,
                      read_at(report),
                      [&](const VisitRank& visit) { return visit_missing(answer.ids, answer.shares, visit); },
                      [&unread](std::size_t rank) {
                        const auto after = std::upper_bound(
                            unread.begin(), unread.end(), rank,
                            [](std::size_t at, const Slice& slice) { return at < slice.begin; });
                        return after == unread.begin() || rank >= std::prev(after)->end;
                      }};
  FQ_TRY_ASSIGN(SinceLast since,
                since_last(series(), now, baseline_ ? &*baseline_ : nullptr, job_.out, stop_));
  report.history = since.history;
  report.baseline = since.baseline;
  for (const std::string& warning : since.warnings) {
    report.warnings.push_back(warning);
    events_.emit(event::Warning{warning});
  }
  return since;
}

MergedFiles::Source DirectoryStore::merge_source(const Report& report, const Answer& answer) const {
  MergedFiles::Source source{answer, report.input, key_, {}, {}};
  for (std::size_t i = 0; i < parts_.size(); ++i)
    source.parts.push_back({parts_[i]->path(), parts_[i]->kept(), answer.shares[i].slice()});
  if (answer.near_misses != nullptr) {
    source.suggestion = [near = answer.near_misses](std::size_t rank) {
      const NearMiss* const miss = near->find(rank);
      if (miss == nullptr) return std::string();
      return miss->suggestion.empty() ? miss->rule : fmt::format("{} ({})", miss->suggestion, miss->rule);
    };
  }
  return source;
}

// What a reader of the files should know.
void DirectoryStore::warn_of_notes(Report& report) {
  for (const FileReport& file : report.files) {
    for (const std::string& note : file.notes) {
      report.warnings.push_back(file.name + ": " + note);
      events_.emit(event::Warning{report.warnings.back()});
    }
  }
}

// Report and journal are on disk. The audit log has its last line before the manifest says where that is.
Result<void> DirectoryStore::conclude(const Report& report, const std::string& sql) {
  std::vector<FileReport> all = report.files;
  for (const ArtifactEntry& entry : artifacts()) {
    if (entry.artifact == Artifact::page) FQ_TRY(write_page(report, all));
    std::error_code ignored;
    const bool there = entry.required || std::filesystem::exists(job_.out / entry.name, ignored);
    if (entry.vouched_by != VouchedBy::manifest || !there) continue;
    FQ_TRY_ASSIGN(FileReport file, describe_file(job_.out, entry.artifact, 0, stop_));
    all.push_back(std::move(file));
  }
  events_.emit(event::Concluded{report, all, {}});
  FQ_TRY(audit_->outcome());
  return write_manifest_of(report, job_, sql, record_->audit.end(), std::move(all));
}

bool DirectoryStore::ended(Report& report, StartReport& start, Error& error) {
  const bool interrupted = error.kind == ErrorKind::interrupted;
  // Refused for want of time, before anything was read: a new run leaves nothing in the way of the next start.
  const bool late = error.kind == ErrorKind::late;
  // A resumption that was refused has nothing to say about the run.
  const bool refused = late || (record_->earlier && !begun_);
  if (!refused && write_report(report, start)) (void)write_page(report, {}, error);
  if (late) start.status = report.status;
  if (begun_) (void)record_->journal.end(start);
  events_.emit(event::Concluded{report, {}, error});
  // A run that never began (the query does not fit, the list cannot be read) leaves nothing in the way of the
  // corrected command; one that was interrupted, or may work later, stays.
  const bool can_go_on = (begun_ && !late) || record_->earlier ||
                         (!unfinished_ && (interrupted || error.kind == ErrorKind::transient) &&
                          job_.ids_path != "-" && !job_.lifted);
  const bool curable =
      interrupted || late || error.kind == ErrorKind::transient || error.kind == ErrorKind::permission;
  const bool says_how = error.remedy.find("firmquery resume") != std::string::npos;
  if (can_go_on && curable && !says_how) {
    add_remedy(error, "firmquery resume " + job_.out.string() + " goes on with the run");
  } else if (unfinished_ && curable) {
    const std::string earlier = unfinished_->directory.string();
    add_remedy(error, "the same command, or firmquery resume " + earlier + ", goes on with the run there");
  }
  if (!can_go_on) remove_run(job_.out);
  return !refused;
}

// Everything that it shows is on disk.
Result<void> DirectoryStore::write_page(const Report& report, std::vector<FileReport> files,
                                        const std::optional<Error>& error) const {
  ReportPageOptions options{error, {}, std::move(files), job_.redact_ids, {}};
  if (!error) options.breached = breached_thresholds(job_, report);
  if (ids_ != nullptr) {
    options.each_id = [this](const std::function<void(std::string_view)>& take) {
      std::string id;
      for (std::size_t rank = 0; rank < ids_->size(); ++rank) {
        id.clear();
        ids_->append_canonical(rank, id);
        take(id);
      }
    };
  }
  FQ_TRY_ASSIGN(const std::string page, report_page(job_.out, report, options));
  return write_file(artifact_path(job_.out, Artifact::page), page);
}

Result<void> DirectoryStore::write_report(Report& report, StartReport& start) const {
  report.finished_at = utc_now();
  report.peak_rss_bytes = peak_rss_bytes();
  start.status = report.status;
  start.timing.total_s =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_.clock).count();
  report.starts.clear();
  if (record_->earlier) report.starts = record_->earlier->starts;
  report.starts.push_back(start);
  sum_up_starts(report);
  return write_report_file(job_.out, report);
}

}  // namespace firmquery
