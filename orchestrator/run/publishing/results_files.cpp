#include "publishing/results_files.hpp"

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

Result<ReadyFile> ResultsFiles::prepare(const std::string& name) const {
  const ResultFormat* format = find_result_format(name);
  if (format == nullptr) {
    return fail(ErrorKind::usage, "results cannot be written as " + name, "--format",
                "choose one of the formats that firmquery run --help names");
  }
  FQ_TRY_ASSIGN(const auto file, FormatFile::create(result_file(*format, job_.compress),
                                                    {job_.spreadsheet_safe, job_.key, job_.out}));
  FQ_TRY(write(file->writer()));
  return file->finish();
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
  std::vector<ReadyFile> all;
  for (auto& file : files_) {
    FQ_TRY_ASSIGN(ReadyFile ready, file.get());
    all.push_back(std::move(ready));
  }
  std::vector<FileReport> published;
  for (ReadyFile& ready : all) {
    FQ_TRY(ready.file.commit());
    ready.report.rows = rows;
    published.push_back(std::move(ready.report));
  }
  FQ_TRY(remove_others(job_.out, Artifact::results, published));
  return published;
}

}  // namespace firmquery
