#include "support/made_run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "firmquery/core/csv.hpp"
#include "firmquery/core/report.hpp"
#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/csv_records.hpp"
#include "firmquery/output/journal.hpp"
#include "firmquery/output/result_format.hpp"
#include "firmquery/output/run_directory.hpp"

namespace firmquery::test {
namespace {

template <class Value>
void check(const Result<Value>& done) {
  ASSERT_TRUE(done) << done.error().to_string();
}

std::string record(const std::string& id, const MadeRow& row) {
  std::string text;
  append_csv_field(text, id);
  for (const auto& value : row) {
    text += ',';
    if (value) append_csv_field(text, *value);
  }
  return text + "\n";
}

void write_ids(const std::filesystem::path& path, const MadeRun& run, const std::vector<std::string>& ids,
               bool with_ages = false) {
  auto file = AtomicFile::create(path);
  check(file);
  std::string line;
  append_csv_field(line, run.key);
  if (with_ages) line += ",suggestion,rule,matches,first_missing,runs_missing";
  check(file->write(line + "\n"));
  for (const std::string& id : ids) {
    line.clear();
    append_csv_field(line, id, true);
    if (with_ages) line += ",,,," + run.ages->at(id).first + "," + std::to_string(run.ages->at(id).second);
    check(write_record(*file, line + "\n", run.spreadsheet_safe));
  }
  check(file->commit());
}

class RunWriter {
 public:
  RunWriter(const std::filesystem::path& directory, const MadeRun& run, Random& random)
      : directory_(directory), run_(run), random_(random) {}

  void write() {
    check(create_run_directory(directory_));
    for (const auto& [id, rows] : run_.found) ids_.push_back(id);
    ids_.insert(ids_.end(), run_.missing.begin(), run_.missing.end());
    ids_.insert(ids_.end(), run_.unresolved.begin(), run_.unresolved.end());
    std::sort(ids_.begin(), ids_.end(),
              [this](const auto& a, const auto& b) { return compare_canonical(a, b, run_.type) < 0; });
    journal();
    results();
    lists();
    report();
  }

 private:
  void journal() {
    auto opened = Journal::open(directory_);
    check(opened);
    Journal& journal = *opened;
    check(journal.job(
        {run_.read_at, run_.run_id, run_.key, "select 1", "ids.csv", {}, run_.job_file, run_.pattern}));
    ResultColumns columns;
    for (const std::string& name : run_.columns) columns.push_back({name, 25});
    JournalList list{ids_.size(), digest_of(ids_), "server", csv_header(columns), {}};
    const std::size_t each = ids_.size() / run_.shares + 1;
    for (std::size_t begin = 0; begin < ids_.size(); begin += each)
      list.shares.push_back({begin, std::min(begin + each, ids_.size())});
    check(journal.list(list));
    check(journal.reading({run_.read_at, "array", {"exported snapshot", "00000003-1"}}));
    for (unsigned share = 0; share < list.shares.size(); ++share)
      read_share(journal, share, list.shares[share]);
    check(journal.all_read());
  }

  void read_share(Journal& journal, unsigned number, Slice share) {
    std::vector<Slice> units;
    for (std::size_t begin = share.begin; begin < share.end;) {
      // Up to the next one that was not read.
      std::size_t end = begin;
      while (end < share.end && end - begin < run_.unit_ids && !run_.unresolved.contains(ids_[end])) ++end;
      if (end > begin) units.push_back({begin, end});
      begin = end + (end < share.end && run_.unresolved.contains(ids_[end]) ? 1 : 0);
    }
    if (!run_.ranges_in_order && units.size() > 1) std::rotate(units.begin(), units.begin() + 1, units.end());
    std::uint64_t offset = 0;
    for (const Slice slice : units) {
      std::vector<std::string> rows;
      std::vector<std::string> found;
      for (std::size_t rank = slice.begin; rank < slice.end; ++rank) {
        const auto of_id = run_.found.find(ids_[rank]);
        if (of_id == run_.found.end()) continue;
        found.push_back(ids_[rank]);
        for (const MadeRow& row : of_id->second) rows.push_back(record(ids_[rank], row));
      }
      std::shuffle(rows.begin(), rows.end(), random_);
      ByteDigest bytes;
      for (const std::string& row : rows) {
        bytes.update(row);
        offset += row.size();
      }
      check(journal.unit(
          {number, slice, offset, 1, rows.size(), found.size(), digest_of(found), bytes.value()}));
      rows_.insert(rows_.end(), rows.begin(), rows.end());
    }
  }

  void results() {
    const ResultFormat* format = find_result_format(run_.format);
    ASSERT_NE(format, nullptr);
    auto file = AtomicFile::create(directory_ / result_file(*format, run_.compression).name());
    check(file);
    std::unique_ptr<CompressingSink> compressor;
    if (run_.compression != Compression::none && format->compressible) {
      auto made = compress_into(*file, run_.compression);
      check(made);
      compressor = std::move(*made);
    }
    ByteSink& sink = compressor ? static_cast<ByteSink&>(*compressor) : *file;
    const auto writer = format->writer(sink, {run_.spreadsheet_safe, run_.key, directory_});
    ResultColumns columns;
    for (const std::string& name : run_.columns) columns.push_back({name, 25});
    check(writer->open(columns));
    for (const std::string& row : rows_) check(writer->row(row));
    check(writer->finish());
    if (compressor) check(compressor->finish());
    check(file->commit());
  }

  std::vector<std::string> among(const std::set<std::string>& of) const {
    std::vector<std::string> ids;
    std::copy_if(ids_.begin(), ids_.end(), std::back_inserter(ids),
                 [&](const std::string& id) { return of.contains(id); });
    return ids;
  }

  void lists() {
    write_ids(artifact_path(directory_, Artifact::missing), run_, among(run_.missing), run_.ages.has_value());
    if (!run_.unresolved.empty())
      write_ids(artifact_path(directory_, Artifact::unresolved), run_, among(run_.unresolved));
  }

  void report() {
    Report report;
    report.run_id = run_.run_id;
    report.status = run_.status;
    report.started_at = run_.read_at;
    report.dialect = "postgresql";
    report.strategy = "array";
    report.snapshot = {"exported snapshot", "00000003-1"};
    report.readings = {{run_.read_at, "array", report.snapshot}};
    report.key = run_.key;
    report.id_type = to_string(run_.type);
    report.spreadsheet_safe = run_.spreadsheet_safe;
    report.input.lines = report.input.accepted = report.input.unique = ids_.size();
    report.input.digest = digest_of(ids_);
    report.result.rows = rows_.size();
    report.result.found = run_.found.size();
    report.result.missing = run_.missing.size();
    report.result.unresolved = run_.unresolved.size();
    for (const auto& [id, rows] : run_.found) report.result.found_digest += Digest::of(id);
    report.result.missing_digest = digest_of(among(run_.missing));
    report.result.unresolved_digest = digest_of(among(run_.unresolved));
    check(write_file(artifact_path(directory_, Artifact::report), to_json(report)));
  }

  static Digest digest_of(const std::vector<std::string>& ids) {
    Digest digest;
    for (const std::string& id : ids) digest += Digest::of(id);
    return digest;
  }

  const std::filesystem::path directory_;
  const MadeRun& run_;
  Random& random_;
  std::vector<std::string> ids_, rows_;
};

}  // namespace

void write_run(const std::filesystem::path& directory, const MadeRun& run, Random& random) {
  RunWriter(directory, run, random).write();
}

}  // namespace firmquery::test
