#include "publishing/finish.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "firmquery/core/csv.hpp"
#include "firmquery/output/csv_records.hpp"
#include "firmquery/output/files.hpp"
#include "firmquery/output/run_directory.hpp"

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
                             const NearMisses* near_misses) {
  const std::string further = "," + std::string(kNearMissColumns);
  FQ_TRY_ASSIGN(IdFile file, IdFile::create(Artifact::missing, job, ids, further));
  NearMissCursor cursor(near_misses);
  std::string fields;
  FQ_TRY(each_missing(ids, shares, [&](std::size_t rank) {
    const NearMiss* miss = cursor.at(rank);
    if (miss == nullptr) return file.add(rank, ",,,");
    fields = ",";
    if (!miss->suggestion.empty()) append_csv_field(fields, miss->suggestion);
    fields += ',';
    append_csv_field(fields, miss->rule);
    fields += fmt::format(",{}", miss->matches);
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

std::vector<std::string> breached_thresholds(const Job& job, const Report& report) {
  std::vector<std::string> breached;
  for (const FailOn& threshold : job.fail_on) {
    std::uint64_t count = report.result.missing, whole = report.input.unique;
    if (threshold.count != FailOn::Count::missing) whole = report.input.lines;
    if (threshold.count == FailOn::Count::duplicates) count = report.input.duplicates;
    if (threshold.count == FailOn::Count::rejected) count = report.input.rejected;
    const double percent = whole == 0 ? 0 : 100.0 * static_cast<double>(count) / static_cast<double>(whole);
    const double measured = threshold.percent ? percent : static_cast<double>(count);
    if (measured <= threshold.limit) continue;
    breached.push_back(fmt::format("{}: {} of {} ({:.2f} %)", threshold.text, count, whole, percent));
  }
  return breached;
}

}  // namespace firmquery
