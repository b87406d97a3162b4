#include "finish.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "firmquery/csv.hpp"
#include "firmquery/files.hpp"

namespace firmquery {

Result<MissingIds> write_missing(const std::filesystem::path& directory, const std::string& key,
                                 const IdSet& ids, const std::vector<const Reconciler*>& reconcilers) {
  FQ_TRY_ASSIGN(AtomicFile file, AtomicFile::create(directory / "missing.csv"));
  MissingIds missing;
  std::string line, id;
  append_csv_field(line, key, true);
  line += '\n';
  FQ_TRY(file.write(line));
  const auto write_one = [&](std::size_t rank) -> Result<void> {
    id.clear();
    ids.append_canonical(rank, id);
    line.clear();
    append_csv_field(line, id, true);
    line += '\n';
    ++missing.count;
    missing.digest += Digest::of(id);
    return file.write(line);
  };
  std::size_t rank = 0;
  for (const Reconciler* reconciler : reconcilers) {
    for (; rank < reconciler->slice().begin; ++rank) FQ_TRY(write_one(rank));
    for (; rank < reconciler->slice().end; ++rank)
      if (!reconciler->is_found(rank)) FQ_TRY(write_one(rank));
  }
  for (; rank < ids.size(); ++rank) FQ_TRY(write_one(rank));
  FQ_TRY(file.commit());
  return missing;
}

Result<std::vector<FileReport>> describe_files(
    const std::filesystem::path& directory,
    const std::vector<std::pair<std::string, std::uint64_t>>& names_and_rows) {
  std::vector<FileReport> files;
  for (const auto& [name, rows] : names_and_rows) {
    FQ_TRY_ASSIGN(const FileDigest digest, digest_file(directory / name));
    files.push_back({name, rows, digest.bytes, digest.sha256});
  }
  return files;
}

void summarize_statements(std::vector<double>& seconds, Report& report) {
  std::sort(seconds.begin(), seconds.end());
  report.statements.count = seconds.size();
  if (seconds.empty()) return;
  const auto rank = [&](double p) {
    const auto n = static_cast<std::size_t>(std::ceil(p * static_cast<double>(seconds.size())));
    return seconds[std::max<std::size_t>(n, 1) - 1];
  };
  report.statements.longest_s = seconds.back();
  report.statements.p50_s = rank(0.50);
  report.statements.p95_s = rank(0.95);
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
