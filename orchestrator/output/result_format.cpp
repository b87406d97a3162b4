#include "firmquery/output/result_format.hpp"

#include <algorithm>
#include <array>

#include "delimited_format.hpp"
#include "firmquery/core/csv.hpp"
#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/csv_records.hpp"
#include "jsonl_format.hpp"
#include "xlsx_format.hpp"

namespace firmquery {
namespace {

constexpr std::array kFormats = {
    ResultFormat{"csv", "csv", true, csv_writer, csv_rows},
    ResultFormat{"tsv", "tsv", true, tsv_writer, tsv_rows},
    ResultFormat{"jsonl", "jsonl", true, jsonl_writer, jsonl_rows},
    ResultFormat{"xlsx", "xlsx", false, xlsx_writer, xlsx_rows},
};

}  // namespace

std::span<const ResultFormat> result_formats() {
  return kFormats;
}

const ResultFormat* find_result_format(std::string_view name) {
  const auto found = std::find_if(kFormats.begin(), kFormats.end(),
                                  [&](const ResultFormat& format) { return format.name == name; });
  return found == kFormats.end() ? nullptr : &*found;
}

std::string ResultFile::name() const {
  std::string name(entry_of(artifact).name);
  name.append(".").append(format->extension).append(extension_of(compression));
  return name;
}

ResultFile result_file(const ResultFormat& format, Compression compression, Artifact artifact) {
  return {&format, format.compressible ? compression : Compression::none, artifact};
}

ResultFile result_file_of(std::string_view file_name, Artifact artifact) {
  const Compression compression = compression_of(file_name);
  for (const ResultFormat& format : kFormats) {
    const ResultFile file = result_file(format, compression, artifact);
    if (file.name() == file_name) return file;
  }
  return {};
}

std::string csv_header(const ResultColumns& columns) {
  std::string header;
  for (const ResultColumn& column : columns) {
    if (&column != columns.data()) header += ',';
    append_csv_field(header, column.name, columns.size() == 1);
  }
  return header + '\n';
}

Result<void> ResultWriter::rows(std::string_view csv) {
  while (!csv.empty()) {
    const std::size_t size = std::min(csv_record_size(csv), csv.size());
    FQ_TRY(row(csv.substr(0, size)));
    csv.remove_prefix(size);
  }
  return {};
}

Result<void> ResultWriter::part(const std::filesystem::path& part, const std::stop_token& stop) {
  FQ_TRY_ASSIGN(CsvRecords records, CsvRecords::open(part));
  for (std::string_view record;;) {
    FQ_TRY_ASSIGN(const bool more, records.next(record));
    if (!more) return {};
    if (stop.stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
    FQ_TRY(row(record));
  }
}

}  // namespace firmquery
