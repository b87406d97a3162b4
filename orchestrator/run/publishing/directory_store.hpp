// The run directory as a store: locked, with its audit log, journal and part files, and in the end the
// artifacts.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "figures.hpp"
#include "firmquery/history/since_last.hpp"
#include "firmquery/run/run.hpp"
#include "publishing/audit_observer.hpp"
#include "publishing/merged_files.hpp"
#include "publishing/part_writer.hpp"
#include "publishing/run_record.hpp"
#include "publishing/series.hpp"

namespace firmquery {

// When this process began to work on the run, and the ID of the run if it is a new one.
struct Begin {
  std::string run_id, at;  // RFC 3339
  std::chrono::steady_clock::time_point clock = std::chrono::steady_clock::now();
};

class DirectoryStore : public UnitStore {
 public:
  // Opens job.out, or with job.series and job.resume looks for the run that may be gone on with; its warnings
  // and the start of the run are events.
  static Result<std::unique_ptr<DirectoryStore>> open(const Job& job, const Begin& begin, EventStream& events,
                                                      std::stop_token stop);

  // What there was. Of `complete` and `skipped` nothing but directory(), complete_report() and tidy() may be
  // used.
  Opening opening() const { return opening_; }
  const std::filesystem::path& directory() const { return job_.out; }  // begin() may change it
  const std::string& run_id() const { return run_id_; }
  const std::string& started_at() const { return started_at_; }
  // Fails when the audit log could not be written: nothing is asked of a server then.
  const Result<void>& audited() const { return audit_->outcome(); }
  // Until begin() has fixed who reads what, a run has not begun.
  ListFiles list_files();

  // Of a run that was complete before: its report, if that is the answer for `list`.
  Result<Report> complete_report(const JournalList& list) const;
  // Removes what only a resumption would need. The run is whole without it, and a failure is a late warning.
  void tidy();

  // The misses that are accepted, for publish().
  void accept(Baseline baseline) { baseline_.emplace(std::move(baseline)); }

  Result<EarlierStart> begin(const JournalList& list) override;
  Result<std::unique_ptr<UnitWriter>> writer(Share& share, RowKey key) override;
  Result<void> reading(const ReadingReport& reading) override { return record_->journal.reading(reading); }
  Result<void> recheck(const RecheckReport& recheck) override;
  Result<void> explained(const NearMisses& near_misses) override;
  Result<void> all_read() override;
  Result<void> publish(Report& report, StartReport& start, const Answer& answer) override;
  bool ended(Report& report, StartReport& start, Error& error) override;

 private:
  DirectoryStore(const Job& job, Begin begin, EventStream& events, std::stop_token stop);

  Result<void> find_in_series();
  void note_passed_over(const std::string& run, const std::vector<std::string>& changed);
  Result<void> note_start();
  Result<void> go_on_or_begin(const JournalList& list);
  Result<void> write_report(Report& report, StartReport& start) const;
  std::optional<NearMisses> kept_near_misses() const;
  Result<void> conclude(const Report& report, const std::string& sql);
  Result<void> write_page(const Report& report, std::vector<FileReport> files,
                          const std::optional<Error>& error = {}) const;
  std::optional<RunSeries> series() const;
  Result<SinceLast> look_back(Report& report, const Answer& answer);
  MergedFiles::Source merge_source(const Report& report, const Answer& answer) const;
  void warn_of_notes(Report& report);

  Job job_;  // its directory may become that of an earlier start
  std::string run_id_, started_at_;
  const Begin start_;
  EventStream& events_;
  const std::stop_token stop_;
  Opening opening_ = Opening::begun;
  std::optional<UnfinishedRun> unfinished_;  // of the series, until it is known whether it asked the same
  std::optional<RunRecord> record_;
  std::optional<FileLock> lock_;          // of a complete run
  std::optional<JournalState> finished_;  // likewise
  std::vector<const PartWriter*> parts_;  // by share; the shares own them
  RowKey key_;                            // of their rows
  std::optional<AuditObserver> audit_;
  std::optional<Listening> listening_;  // the audit log's
  std::optional<Baseline> baseline_;
  const IdSet* ids_ = nullptr;  // of the list, as long as the run is under way
  bool begun_ = false;          // the journal has the list: from here on the run can be resumed
};

}  // namespace firmquery
