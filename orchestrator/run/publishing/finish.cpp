#include "publishing/finish.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "firmquery/core/csv.hpp"
#include "firmquery/output/csv_records.hpp"
#include "firmquery/output/files.hpp"
#include "firmquery/output/run_directory.hpp"

namespace firmquery {

namespace {

// A CSV file of one column of IDs, with their number and digest.
class IdFile {
 public:
  IdFile(AtomicFile file, const IdSet& ids, const Job& job)
      : file_(std::move(file)), ids_(ids), spreadsheet_safe_(job.spreadsheet_safe), stop_(job.connect.stop) {}

  static Result<IdFile> create(const char* name, const Job& job, const IdSet& ids) {
    FQ_TRY_ASSIGN(AtomicFile atomic, AtomicFile::create(job.out / name));
    IdFile file(std::move(atomic), ids, job);
    FQ_TRY(file.write(job.key));
    return file;
  }
  Result<void> add(std::size_t rank) {
    id_.clear();
    ids_.append_canonical(rank, id_);
    FQ_TRY(total_.add(id_));
    return write(id_);
  }
  Result<ListTotal> commit() {
    FQ_TRY(file_.commit());
    return total_;
  }

 private:
  Result<void> write(const std::string& value) {
    if (stop_.stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
    line_.clear();
    append_csv_field(line_, value, true);
    line_ += '\n';
    return write_record(file_, line_, spreadsheet_safe_);
  }

  AtomicFile file_;
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

Result<ListTotal> write_missing(const Job& job, const IdSet& ids, const std::vector<Share>& shares) {
  FQ_TRY_ASSIGN(IdFile file, IdFile::create("missing.csv", job, ids));
  FQ_TRY(each_missing(ids, shares, [&](std::size_t rank) { return file.add(rank); }));
  return file.commit();
}

Result<ListTotal> write_unresolved(const Job& job, const IdSet& ids, const std::vector<Share>& shares) {
  FQ_TRY_ASSIGN(IdFile file, IdFile::create("unresolved.csv", job, ids));
  FQ_TRY(each_unresolved(shares, [&](std::size_t rank) { return file.add(rank); }));
  return file.commit();
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

Result<std::vector<FileReport>> describe_files(
    const std::filesystem::path& directory,
    const std::vector<std::pair<std::string, std::uint64_t>>& names_and_rows, const std::stop_token& stop) {
  std::vector<FileReport> files;
  for (const auto& [name, rows] : names_and_rows) {
    FQ_TRY_ASSIGN(const FileDigest digest, digest_file(directory / name, stop));
    files.push_back({name, rows, digest.bytes, digest.sha256});
  }
  return files;
}

Result<void> write_report_file(const std::filesystem::path& directory, const Report& report) {
  FQ_TRY_ASSIGN(AtomicFile file, AtomicFile::create(directory / "report.json"));
  FQ_TRY(file.write(to_json(report)));
  return file.commit();
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
