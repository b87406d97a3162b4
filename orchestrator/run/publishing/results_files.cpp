#include "publishing/results_files.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "firmquery/output/exceptions.hpp"

namespace firmquery {

ResultsFiles::ResultsFiles(const Job& job, const ResultColumns& columns,
                           std::vector<std::filesystem::path> parts, std::vector<SideTable> beside)
    : job_(job),
      columns_(columns),
      parts_(std::move(parts)),
      beside_(std::move(beside)),
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
  const ResultFile file = result_file(*format, job_.compress);
  Ready ready{DigestedFile(), {file.name(), 0, 0, {}, {}}};
  FQ_TRY_ASSIGN(ready.file, DigestedFile::create(job_.out / ready.report.name));
  std::unique_ptr<CompressingSink> compressor;
  if (file.compression != Compression::none) {
    FQ_TRY_ASSIGN(compressor, compress_into(ready.file, file.compression));
  }
  ByteSink& sink = compressor ? static_cast<ByteSink&>(*compressor) : ready.file;
  const auto writer = format->writer(sink, {job_.spreadsheet_safe, job_.key, job_.out});
  FQ_TRY(write(*writer));
  if (compressor) FQ_TRY(compressor->finish());
  FQ_TRY_ASSIGN(const FileDigest digest, ready.file.finish());
  ready.report.bytes = digest.bytes;
  ready.report.sha256 = digest.sha256;
  ready.report.notes = writer->notes();
  return ready;
}

Result<void> ResultsFiles::write(ResultWriter& writer) const {
  const std::stop_token stop = stop_.get_token();
  FQ_TRY(writer.open(columns_));
  for (const std::filesystem::path& part : parts_) FQ_TRY(writer.part(part, stop));
  for (SideTable table : beside_) {
    table.rows = [&stop, rows = std::move(table.rows)](const SideTable::Take& take) {
      return rows([&](std::span<const ResultField> fields) -> Result<void> {
        if (stop.stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
        return take(fields);
      });
    };
    FQ_TRY(writer.beside(table));
  }
  return writer.finish();
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
  for (std::filesystem::directory_iterator entry(job_.out), end; entry != end; ++entry) {
    const std::string name = entry->path().filename().string();
    const bool wanted = std::any_of(published.begin(), published.end(),
                                    [&](const FileReport& file) { return file.name == name; });
    if (wanted || result_file_of(name).format == nullptr) continue;
    std::error_code error;
    std::filesystem::remove(entry->path(), error);
    if (error) return file_failure(entry->path(), "remove", error.value());
  }
  return {};
}

}  // namespace firmquery
