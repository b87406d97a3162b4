#include "publishing/results_files.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "firmquery/output/exceptions.hpp"

namespace firmquery {

ResultsFiles::ResultsFiles(const Job& job, const ResultColumns& columns, std::vector<std::filesystem::path> parts)
    : job_(job),
      columns_(columns),
      parts_(std::move(parts)),
      stop_callback_(job.connect.stop, [this] { stop_.request_stop(); }) {
  // Deferred where the system gives no more threads.
  for (const std::string& format : job.formats)
    files_.push_back(std::async([this, &format] { return guarded([&] { return prepare(format); }); }));
}

ResultsFiles::~ResultsFiles() {
  stop_.request_stop();
}

Result<ResultsFiles::Ready> ResultsFiles::prepare(const std::string& name) const {
  const ResultFormat* format = find_result_format(name);
  if (format == nullptr) {
    return fail(ErrorKind::usage, "results cannot be written as " + name, "--format",
                "choose one of the formats that firmquery run --help names");
  }
  Ready ready{DigestedFile(), {results_name(*format), 0, 0, {}}};
  FQ_TRY_ASSIGN(ready.file, DigestedFile::create(job_.out / ready.report.name));
  const auto writer = format->writer(ready.file, {job_.spreadsheet_safe});
  FQ_TRY(writer->open(columns_));
  for (const std::filesystem::path& part : parts_) FQ_TRY(writer->part(part, stop_.get_token()));
  FQ_TRY(writer->finish());
  FQ_TRY_ASSIGN(const FileDigest digest, ready.file.finish());
  ready.report.bytes = digest.bytes;
  ready.report.sha256 = digest.sha256;
  return ready;
}

Result<std::vector<FileReport>> ResultsFiles::publish(std::uint64_t rows) {
  std::vector<Ready> all;
  for (auto& file : files_) {
    FQ_TRY_ASSIGN(Ready ready, file.get());
    all.push_back(std::move(ready));
  }
  std::vector<FileReport> published;
  for (Ready& ready : all) {
    FQ_TRY(ready.file.commit());
    ready.report.rows = rows;
    published.push_back(std::move(ready.report));
  }
  FQ_TRY(remove_others(published));
  return published;
}

Result<void> ResultsFiles::remove_others(const std::vector<FileReport>& published) const {
  for (const ResultFormat& format : result_formats()) {
    const std::string name = results_name(format);
    const bool wanted = std::any_of(published.begin(), published.end(),
                                    [&](const FileReport& file) { return file.name == name; });
    std::error_code error;
    if (!wanted) std::filesystem::remove(job_.out / name, error);
    if (error) return file_failure(job_.out / name, "remove", error.value());
  }
  return {};
}

}  // namespace firmquery
