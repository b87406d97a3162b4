#include "publishing/finish.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>

#include "firmquery/core/csv.hpp"
#include "firmquery/core/time_text.hpp"
#include "firmquery/output/csv_records.hpp"
#include "firmquery/output/files.hpp"
#include "firmquery/output/run_directory.hpp"
#include "firmquery/output/run_reader.hpp"

namespace firmquery {

namespace {

// A CSV file of IDs, with their number and digest. Behind them may stand what `further` names.
class IdFile {
 public:
  static Result<IdFile> create(Artifact artifact, const Job& job, const IdSet& ids,
                               std::string_view further) {
    FQ_TRY_ASSIGN(DigestedFile created, DigestedFile::create(artifact_path(job.out, artifact)));
    IdFile file(std::move(created), artifact, ids, job);
    FQ_TRY(file.write(job.key, further));
    return file;
  }
  // `further`: fields as they are written, each with the comma before it.
  Result<void> add(std::size_t rank, std::string_view further = {}) {
    id_.clear();
    ids_.append_canonical(rank, id_);
    FQ_TRY(total_.add(id_));
    return write(id_, further);
  }
  Result<IdList> finish() && {
    FQ_TRY_ASSIGN(FileDigest digest, file_.finish());
    return IdList{
        total_,
        std::move(file_),
        {std::string(entry_of(artifact_).name), total_.count, digest.bytes, std::move(digest.sha256)}};
  }

 private:
  IdFile(DigestedFile file, Artifact artifact, const IdSet& ids, const Job& job)
      : file_(std::move(file)),
        artifact_(artifact),
        ids_(ids),
        spreadsheet_safe_(job.spreadsheet_safe),
        stop_(job.connect.stop) {}

  Result<void> write(const std::string& value, std::string_view further) {
    if (stop_.stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
    line_.clear();
    append_csv_field(line_, value, true);
    line_ += further;
    line_ += '\n';
    return write_record(file_, line_, spreadsheet_safe_);
  }

  DigestedFile file_;
  const Artifact artifact_;
  const IdSet& ids_;
  const bool spreadsheet_safe_;
  const std::stop_token stop_;
  std::string id_, line_;
  ListTotal total_;
};

// The ranks of what was read and has no row, and of what lies outside every share; ascending.
template <class Visit>
Result<void> each_missing(const IdSet& ids, const std::vector<Share>& shares, Visit visit) {
  std::size_t rank = 0;
  for (const Share& share : shares) {
    for (; rank < share.slice().begin; ++rank) FQ_TRY(visit(rank));
    std::vector<Slice> gaps = share.unread();
    gaps.push_back({share.slice().end, share.slice().end});
    for (const Slice gap : gaps) {
      for (; rank < gap.begin; ++rank) {
        if (!share.reconciler().is_found(rank)) FQ_TRY(visit(rank));
      }
      rank = gap.end;
    }
  }
  for (; rank < ids.size(); ++rank) FQ_TRY(visit(rank));
  return {};
}

template <class Visit>
Result<void> each_unresolved(const std::vector<Share>& shares, Visit visit) {
  for (const Share& share : shares) {
    for (const Slice unread : share.unread()) {
      for (std::size_t rank = unread.begin; rank < unread.end; ++rank) FQ_TRY(visit(rank));
    }
  }
  return {};
}

}  // namespace

Result<IdList> write_missing(const Job& job, const IdSet& ids, const std::vector<Share>& shares,
                             const NearMisses* near_misses, const MissingAges* ages) {
  std::string further = "," + std::string(kNearMissColumns);
  if (ages != nullptr) further.append(",").append(kAgeColumns);
  FQ_TRY_ASSIGN(IdFile file, IdFile::create(Artifact::missing, job, ids, further));
  NearMissCursor cursor(near_misses);
  std::optional<MissingAges::Cursor> age;
  if (ages != nullptr) age.emplace(*ages);
  std::string fields;
  FQ_TRY(each_missing(ids, shares, [&](std::size_t rank) -> Result<void> {
    const NearMiss* miss = cursor.at(rank);
    fields = ",";
    if (miss == nullptr) {
      fields += ",,";
    } else {
      if (!miss->suggestion.empty()) append_csv_field(fields, miss->suggestion);
      fields += ',';
      append_csv_field(fields, miss->rule);
      fields += fmt::format(",{}", miss->matches);
    }
    if (age) {
      FQ_TRY_ASSIGN(const MissingAges::Age its, age->next());
      fmt::format_to(std::back_inserter(fields), ",{},{}", its.since, its.runs);
    }
    return file.add(rank, fields);
  }));
  return std::move(file).finish();
}

Result<IdList> write_unresolved(const Job& job, const IdSet& ids, const std::vector<Share>& shares) {
  FQ_TRY_ASSIGN(IdFile file, IdFile::create(Artifact::unresolved, job, ids, {}));
  FQ_TRY(each_unresolved(shares, [&](std::size_t rank) { return file.add(rank); }));
  return std::move(file).finish();
}

Result<void> visit_missing(const IdSet& ids, const std::vector<Share>& shares, const VisitRank& visit) {
  return each_missing(ids, shares, visit);
}

Result<void> visit_unresolved(const std::vector<Share>& shares, const VisitRank& visit) {
  return each_unresolved(shares, visit);
}

ListTotal total_missing(const IdSet& ids, const std::vector<Share>& shares) {
  ListTotal total;
  (void)each_missing(ids, shares, [&](std::size_t rank) { return total.add(ids.canonical(rank)); });
  return total;
}

ListTotal total_unresolved(const IdSet& ids, const std::vector<Share>& shares) {
  ListTotal total;
  (void)each_unresolved(shares, [&](std::size_t rank) { return total.add(ids.canonical(rank)); });
  return total;
}

std::vector<FailedRange> failed_ranges(const IdSet& ids, const std::vector<Share>& shares) {
  std::vector<FailedRange> ranges;
  for (const Share& share : shares) {
    for (const auto& [slice, error] : share.failed()) {
      ranges.push_back(
          {slice.begin, slice.end, ids.canonical(slice.begin), ids.canonical(slice.end - 1), error});
    }
  }
  return ranges;
}

Result<FileReport> describe_file(const std::filesystem::path& directory, Artifact artifact,
                                 std::uint64_t rows, const std::stop_token& stop) {
  FQ_TRY_ASSIGN(FileDigest digest, digest_file(artifact_path(directory, artifact), stop));
  return FileReport{std::string(entry_of(artifact).name), rows, digest.bytes, std::move(digest.sha256)};
}

Result<void> write_report_file(const std::filesystem::path& directory, const Report& report) {
  return write_file(artifact_path(directory, Artifact::report), to_json(report));
}

Result<void> write_manifest_of(const Report& report, const Job& job, const std::string& sql,
                               const AuditEnd& audit, std::vector<FileReport> files) {
  const Manifest manifest{report.run_id,
                          report.finished_at,
                          FIRMQUERY_VERSION,
                          job.ids_path,
                          report.input.digest.to_hex(),
                          report.snapshot,
                          sql,
                          report.dialect,
                          report.server_version,
                          audit,
                          std::move(files)};
  return write_manifest(job.out, manifest);
}

namespace {

// What is missing for too long, as a sentence.
std::optional<std::string> breached_age(const FailOn& threshold, const Report& report) {
  constexpr double kDay = 86400;
  const HistoryReport& history = *report.history;
  const auto& [since, runs] =
      report.baseline ? std::tie(report.baseline->oldest_first_missing, report.baseline->oldest_runs_missing)
                      : std::tie(history.oldest_first_missing, history.oldest_runs_missing);
  if (runs == 0) return std::nullopt;
  double measured = static_cast<double>(runs);
  if (threshold.days) {
    const auto first = epoch_seconds(since), now = epoch_seconds(read_at(report));
    measured = first && now ? (*now - *first) / kDay : 0;
  }
  if (measured <= threshold.limit) return std::nullopt;
  return fmt::format("{}: the oldest has been missing for {} {}, since {}", threshold.text, runs,
                     runs == 1 ? "run" : "runs", since);
}

}  // namespace

const std::string& read_at(const Report& report) {
  return report.readings.empty() ? report.started_at : report.readings.front().started_at;
}

std::vector<std::string> unchecked_thresholds(const Job& job, const Report& report) {
  std::vector<std::string> unchecked;
  if (report.history) return unchecked;
  for (const FailOn& threshold : job.fail_on) {
    if (threshold.of_change()) unchecked.push_back(threshold.text);
  }
  return unchecked;
}

std::vector<std::string> breached_thresholds(const Job& job, const Report& report) {
  std::vector<std::string> breached;
  for (const FailOn& threshold : job.fail_on) {
    if (threshold.of_change() && !report.history) continue;
    if (threshold.count == FailOn::Count::age) {
      if (auto breach = breached_age(threshold, report)) breached.push_back(*std::move(breach));
      continue;
    }
    std::uint64_t count = 0, whole = report.input.lines;
    switch (threshold.count) {
      case FailOn::Count::missing:
        count = report.baseline ? report.baseline->missing : report.result.missing;
        whole = report.input.unique;
        break;
      case FailOn::Count::newly:
        count = report.baseline ? report.baseline->newly : report.history->newly;
        whole = report.input.unique;
        break;
      case FailOn::Count::resolved:
        count = report.history->resolved;
        whole = report.history->since.missing;
        break;
      case FailOn::Count::duplicates:
        count = report.input.duplicates;
        break;
      case FailOn::Count::rejected:
        count = report.input.rejected;
        break;
      case FailOn::Count::age:
        break;
    }
    const double percent = whole == 0 ? 0 : 100.0 * static_cast<double>(count) / static_cast<double>(whole);
    const double measured = threshold.percent ? percent : static_cast<double>(count);
    if (measured <= threshold.limit) continue;
    breached.push_back(fmt::format("{}: {} of {} ({:.2f} %)", threshold.text, count, whole, percent));
  }
  return breached;
}

}  // namespace firmquery
