#include "publishing/results_file.hpp"

#include <fmt/format.h>

#include <utility>

#include "firmquery/output/csv_records.hpp"
#include "firmquery/output/exceptions.hpp"

namespace firmquery {

ResultsFile::ResultsFile(const Job& job, const std::string& header,
                         std::vector<std::filesystem::path> parts)
    : job_(job),
      header_(header),
      path_(job.out / "results.csv"),
      parts_(std::move(parts)),
      stop_callback_(job.connect.stop, [this] { stop_.request_stop(); }) {
  // Deferred where the system gives no more threads.
  file_ = std::async([this] { return guarded([this] { return prepare(); }); });
  if (job.spreadsheet_safe) return;
  digest_ = std::async(
      [this] { return guarded([this] { return digest_joined(header_, parts_, stop_.get_token()); }); });
}

ResultsFile::~ResultsFile() {
  stop_.request_stop();
}

Result<AtomicFile> ResultsFile::prepare() const {
  const std::stop_token stop = stop_.get_token();
  if (!job_.spreadsheet_safe) return prepare_joined(header_, parts_, path_, stop);
  FQ_TRY_ASSIGN(AtomicFile file, AtomicFile::create(path_));
  FQ_TRY(write_record(file, header_, true));
  for (const std::filesystem::path& part : parts_) {
    FQ_TRY_ASSIGN(CsvRecords records, CsvRecords::open(part));
    for (std::string_view record;;) {
      FQ_TRY_ASSIGN(const bool more, records.next(record));
      if (!more) break;
      if (stop.stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
      FQ_TRY(write_record(file, record, true));
    }
  }
  FQ_TRY(file.sync());
  return file;
}

Result<FileReport> ResultsFile::publish(std::uint64_t rows) {
  FQ_TRY_ASSIGN(AtomicFile file, file_.get());
  FileDigest digest;
  if (digest_.valid()) {
    FQ_TRY_ASSIGN(digest, digest_.get());
    if (digest.bytes != file.bytes()) {
      return fail(ErrorKind::integrity,
                  fmt::format("{} bytes were joined, and {} digested", file.bytes(), digest.bytes),
                  path_.string(), "something else writes to the run directory: start a new run");
    }
    FQ_TRY(file.commit());
  } else {
    FQ_TRY(file.commit());
    FQ_TRY_ASSIGN(digest, digest_file(path_, stop_.get_token()));
  }
  return FileReport{path_.filename().string(), rows, digest.bytes, digest.sha256};
}

}  // namespace firmquery
