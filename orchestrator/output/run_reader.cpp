#include "firmquery/output/run_reader.hpp"

#include <fmt/format.h>

#include <system_error>

#include "firmquery/core/csv.hpp"

namespace firmquery {
namespace fs = std::filesystem;
namespace {

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::symlink_status(path, ignored).type() != fs::file_type::not_found;
}

Failure no_run(const fs::path& directory) {
  return fail(ErrorKind::usage, "not a run directory", directory.string(),
              "name the directory that firmquery run wrote");
}

}  // namespace

Result<RunReader> RunReader::open(const fs::path& directory) {
  const fs::path path = artifact_path(directory, Artifact::report);
  const bool begun = is_there(artifact_path(directory, Artifact::manifest)) ||
                     is_there(artifact_path(directory, Artifact::journal));
  if (!is_there(path) && !begun) return no_run(directory);
  FQ_TRY_ASSIGN(std::string text, read_regular_file(path));
  FQ_TRY_ASSIGN(Report report, report_from_json(text, path.string()));
  return RunReader(directory, std::move(text), std::move(report));
}

std::vector<ResultFile> RunReader::result_files(Artifact artifact) const {
  std::vector<ResultFile> there;
  for (const ResultFormat& format : result_formats()) {
    for (const Compression compression : {Compression::none, Compression::gzip, Compression::zstd}) {
      if (compression != Compression::none && !format.compressible) continue;
      const ResultFile file{&format, compression, artifact};
      if (is_there(directory_ / file.name())) there.push_back(file);
    }
  }
  return there;
}

Result<std::unique_ptr<ResultRows>> RunReader::results(const ResultFile& file) const {
  FQ_TRY_ASSIGN(const JournalState state, journal());
  FQ_TRY_ASSIGN(const std::vector<std::string> names, columns(state));
  return file.format->reader(directory_ / file.name(), options(), names);
}

Result<std::unique_ptr<ResultRows>> RunReader::merged(const ResultFile& file) const {
  FormatOptions merged = options();
  merged.table = kMergedTable;
  return file.format->reader(directory_ / file.name(), merged, {});
}

Result<std::vector<std::string>> RunReader::columns(const JournalState& journal) {
  auto names = journal.list ? csv_fields(journal.list->csv_header) : std::nullopt;
  if (names) return *std::move(names);
  return fail(ErrorKind::integrity, "there is no header of the results",
              std::string(entry_of(Artifact::journal).name), "the journal was altered after it was written");
}

Result<std::unique_ptr<ResultRows>> RunReader::results() const {
  const auto there = result_files();
  if (!there.empty()) return results(there.front());
  return fail(ErrorKind::usage, "the run has no file of results that can be read back", directory_.string(),
              "run with csv among --format");
}

Result<IdReader> RunReader::ids(Artifact artifact) const {
  FQ_TRY_ASSIGN(auto fields, id_fields(artifact));
  return IdReader(std::move(fields.first), fields.second);
}

Result<MissingReader> RunReader::missing_lines() const {
  FQ_TRY_ASSIGN(auto fields, id_fields(Artifact::missing));
  return MissingReader(std::move(fields.first), fields.second);
}

Result<std::pair<FieldReader, IdType>> RunReader::id_fields(Artifact artifact) const {
  const auto type = id_type_from_string(report_.id_type);
  if (!type) {
    return fail(ErrorKind::integrity, fmt::format("id_type is \"{}\"", report_.id_type),
                std::string(entry_of(Artifact::report).name), "the report was altered after it was written");
  }
  FQ_TRY_ASSIGN(FieldReader fields,
                FieldReader::open(artifact_path(directory_, artifact), {report_.key}, options()));
  return std::pair(std::move(fields), *type);
}

}  // namespace firmquery
