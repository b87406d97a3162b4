#include "firmquery/run/input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "firmquery/core/clean_rows.hpp"
#include "firmquery/core/csv.hpp"
#include "firmquery/job/job.hpp"
#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/csv_records.hpp"
#include "firmquery/output/files.hpp"
#include "preparing/input_file.hpp"
#include "preparing/input_query.hpp"
#include "preparing/list_pass.hpp"
#include "preparing/machine.hpp"

namespace firmquery {
namespace {

// "Sheet1!" or "'My ''own'' sheet'!", as a spreadsheet writes it before a cell.
std::string sheet_prefix(const std::string& name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return c >= 0x80 || std::isalnum(c) != 0 || c == '_';
  });
  if (plain && !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0)
    return name + "!";
  std::string quoted = "'";
  for (const char c : name) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'!";
}

// The first pass: IDs to the builder, rejects to rejected.csv.
class FirstPass : public CleanSink {
 public:
  FirstPass(IdType type, AtomicFile* rejected, bool spreadsheet_safe)
      : builder_(type, {&mapped_memory(), &sorting_threads()}),
        rejected_(rejected),
        spreadsheet_safe_(spreadsheet_safe) {}

  void accept(std::int64_t id, std::uint64_t) override { builder_.add(id); }
  void accept(std::string_view canonical, std::uint64_t) override { builder_.add(canonical); }
  bool wants_runs() const override { return true; }
  void accept_run(const PackedIds& ids, std::uint64_t) override { builder_.add(ids); }
  void reject(std::string_view raw, const InputPlace& place, IdProblem problem) override {
    if (rejected_ == nullptr || !outcome_) return;
    row_.clear();
    fmt::format_to(std::back_inserter(row_), "{},", place.line);
    append_csv_field(row_, raw);
    row_ += ',';
    row_ += problem_code(problem);
    row_ += ',';
    const std::string_view column = column_.value_or(place.column);
    if (!column.empty()) append_csv_field(row_, column);
    row_ += ',';
    if (place.offset != InputPlace::kNoOffset) fmt::format_to(std::back_inserter(row_), "{}", place.offset);
    row_ += ',';
    if (!sheet_.empty()) append_csv_field(row_, sheet_ + cell_name(place.column_index, place.line));
    row_ += '\n';
    outcome_ = write_record(*rejected_, row_, spreadsheet_safe_);
  }
  // The column of rows, which were one column of text: empty for the first or the key's.
  void name_column(std::string_view name) { column_ = name; }  // must outlive the sink
  // From now on the places are cells of this sheet.
  void begin_sheet(const std::string& name) { sheet_ = sheet_prefix(name); }

  const Result<void>& outcome() const { return outcome_; }
  IdSetBuilder& builder() { return builder_; }

 private:
  IdSetBuilder builder_;
  AtomicFile* rejected_;
  const bool spreadsheet_safe_;
  std::optional<std::string_view> column_;
  std::string sheet_;  // as it stands before a cell; empty: not of a workbook
  std::string row_;
  Result<void> outcome_;
};

// The second pass: each repeat of a repeated ID to duplicates.csv.
class SecondPass : public CleanSink {
 public:
  SecondPass(const IdSet& repeated, AtomicFile& duplicates, bool spreadsheet_safe)
      : repeated_(repeated),
        filter_(repeated),
        first_lines_(repeated.size(), 0),
        duplicates_(duplicates),
        spreadsheet_safe_(spreadsheet_safe) {}

  void accept(std::int64_t id, std::uint64_t line) override {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), id);
    accept(std::string_view(digits.data(), static_cast<std::size_t>(end.ptr - digits.data())), line);
  }

  bool wants_runs() const override { return true; }
  void accept_run(const PackedIds& ids, std::uint64_t first_line) override {
    for (std::size_t i = 0; i < ids.values.size(); ++i) {
      if (!filter_.may_hold(ids.values[i])) continue;
      id_.clear();
      append_packed(ids.type, ids.values[i], id_);
      accept(id_, first_line + i);
    }
  }

  void accept(std::string_view canonical, std::uint64_t line) override {
    const std::size_t rank = repeated_.find(canonical);
    if (rank == IdSet::npos || !outcome_) return;
    if (first_lines_[rank] == 0) {
      first_lines_[rank] = line;
      return;
    }
    ++written_;
    row_ = fmt::format("{},", line);
    append_csv_field(row_, canonical);
    fmt::format_to(std::back_inserter(row_), ",{}\n", first_lines_[rank]);
    outcome_ = write_record(duplicates_, row_, spreadsheet_safe_);
  }

  void reject(std::string_view, const InputPlace&, IdProblem) override {}

  const Result<void>& outcome() const { return outcome_; }
  std::uint64_t written() const { return written_; }

 private:
  const IdSet& repeated_;
  const PackedFilter filter_;
  std::vector<std::uint64_t> first_lines_;  // by rank; 0: not seen yet
  AtomicFile& duplicates_;
  const bool spreadsheet_safe_;
  std::string row_, id_;
  std::uint64_t written_ = 0;
  Result<void> outcome_;
};

Result<void> write_duplicates(InputFile& file, const InputOptions& options, const SortedIds& sorted,
                              AtomicFile& duplicates, const std::stop_token& stop) {
  if (sorted.duplicates > 0) {
    FQ_TRY(file.rewind());
    SecondPass sink(sorted.repeated, duplicates, options.spreadsheet_safe);
    FQ_TRY(pass_over(file, ListPass{options.clean, sink, sink.outcome(), {}, {}}, stop));
    if (sink.written() != sorted.duplicates) {
      return fail(ErrorKind::usage,
                  fmt::format("the list changed while it was read: {} repeats at first, {} the second time",
                              sorted.duplicates, sink.written()),
                  file.name(), "run again when the list is complete and nothing writes to it");
    }
  }
  return {};
}

Digest digest_in_parallel(const IdSet& ids, Executor& executor) {
  constexpr std::size_t kWorthAThread = 100'000;
  const std::size_t pieces = ids.size() < kWorthAThread ? 1 : executor.width();
  std::vector<Digest> digests(pieces);
  executor.run(static_cast<unsigned>(pieces), [&](unsigned i) {
    digests[i] = ids.digest(ids.size() * i / pieces, ids.size() * (i + 1) / pieces);
  });
  Digest whole;
  for (const Digest& digest : digests) whole += digest;
  return whole;
}

Result<void> check_size(const InputOptions& options, const std::string& name, std::uint64_t unique,
                        std::vector<std::string>& warnings) {
  if (unique > options.max_ids) {
    return fail(
        ErrorKind::usage,
        fmt::format("the list holds {} unique IDs, more than the limit of {}", unique, options.max_ids), name,
        fmt::format("if this is the right list, say --max-input-ids {}", unique));
  }
  if (unique == 0) warnings.push_back("the list holds no IDs");
  if (unique > options.warning_threshold) {
    warnings.push_back(fmt::format("the list holds {} unique IDs, more than the warning threshold of {}",
                                   unique, options.warning_threshold));
  }
  return {};
}

InputReport make_report(const InputCounts& counts, const SortedIds& sorted, Executor& executor) {
  InputReport report;
  report.lines = counts.lines;
  report.blank = counts.blank;
  report.header = counts.header;
  report.accepted = counts.accepted;
  report.rejected = counts.rejected;
  report.duplicates = sorted.duplicates;
  report.unique = sorted.unique.size();
  report.digest = digest_in_parallel(sorted.unique, executor);
  return report;
}

Result<std::optional<AtomicFile>> create_output(const std::filesystem::path& directory, Artifact artifact) {
  if (directory.empty()) return std::optional<AtomicFile>();
  FQ_TRY_ASSIGN(AtomicFile file, AtomicFile::create(artifact_path(directory, artifact)));
  FQ_TRY(file.write(entry_of(artifact).columns));
  FQ_TRY(file.write("\n"));
  return std::optional<AtomicFile>(std::move(file));
}

}  // namespace

InputOptions input_options(const Job& job) {
  InputOptions options;
  options.path = job.ids_path;
  options.clean = job.clean;
  options.clean.keep_columns = job.merge != Merge::off;
  options.max_ids = job.max_input_ids;
  options.warning_threshold = job.warning_threshold;
  options.allow_empty = job.allow_empty;
  options.accept_rejected = job.accept_rejected;
  options.spreadsheet_safe = job.spreadsheet_safe;
  options.staging = job.staging;
  options.lifted = job.lifted;
  options.rows = job.lifted || !query_of(job.ids_path).empty();
  if (options.clean.key_name.empty()) options.clean.key_name = job.key;
  return options;
}

Result<CleanedInput> read_input(const InputOptions& given, const std::filesystem::path& directory,
                                std::stop_token stop, const std::function<void(std::uint64_t)>& lines_read) {
  InputOptions options = given;
  const bool query = !query_of(options.path).empty();
  const bool copied = !options.copy.empty() && !options.lifted;
  const std::filesystem::path spool = copied ? std::filesystem::path() : directory;
  FQ_TRY_ASSIGN(InputFile file, query || options.lifted ? InputFile::produced(short_name(options.path), spool)
                                                        : InputFile::open(options.path, spool));
  const std::string column = options.clean.column;
  if (query || options.rows) options.clean = rows_as_list(std::move(options.clean));
  options.clean.source_name = file.name();
  FQ_TRY_ASSIGN(std::optional<AtomicFile> rejected, create_output(directory, Artifact::rejected));
  FQ_TRY_ASSIGN(std::optional<AtomicFile> duplicates, create_output(directory, Artifact::duplicates));
  std::optional<AtomicFile> copy;
  if (copied && file.streamed()) {
    FQ_TRY_ASSIGN(copy, AtomicFile::create(options.copy));
    file.copy_to(*copy);
  }
  if (options.rows) file.take_as_it_is();
  file.work_in(directory);

  FirstPass sink(options.clean.type, rejected ? &*rejected : nullptr, options.spreadsheet_safe);
  if (query || options.rows) sink.name_column(column);
  const ListPass pass{options.clean, sink, sink.outcome(), lines_read,
                      [&](const std::string& name) { sink.begin_sheet(name); }};
  const IdQuery rows{query_of(options.path), column, file.name()};
  FQ_TRY_ASSIGN(PassedList passed, query            ? pass_over_rows(rows, options.staging, file, pass, stop)
                                   : options.lifted ? pass_over_text(options.lifted->values, file, pass)
                                                    : pass_over(file, pass, stop));
  SortedIds sorted = sink.builder().finish();
  if (stop.stop_requested()) {
    return fail(ErrorKind::interrupted, "stopped while reading the list of IDs", file.name());
  }

  CleanedInput cleaned;
  cleaned.warnings = std::move(passed.warnings);
  FQ_TRY(check_size(options, file.name(), sorted.unique.size(), cleaned.warnings));
  cleaned.report = make_report(passed.counts, sorted, sorting_threads());
  for (const SpellingRule& rule : options.clean.accept_rules)
    cleaned.report.accept_rules.push_back(rule.name());
  cleaned.report.respelled = passed.profile.respelled;
  FQ_TRY(check_input(cleaned.report));
  cleaned.profile = std::move(passed.profile);
  if (options.accept) FQ_TRY(options.accept(cleaned.report));
  if (!cleaned.profile.guess.empty()) cleaned.warnings.push_back(cleaned.profile.guess);
  if (auto usable = check_usable(options, cleaned.report, cleaned.profile); !usable) {
    if (rejected && options.keep_rejected) FQ_TRY(rejected->commit());
    return Failure(std::move(usable).error());
  }
  if (copy) {
    FQ_TRY(copy->commit());
    FQ_TRY_ASSIGN(file, InputFile::open(options.copy, {}));
  }
  if (duplicates) FQ_TRY(write_duplicates(file, options, sorted, *duplicates, stop));
  if (rejected) FQ_TRY(rejected->commit());
  if (duplicates) FQ_TRY(duplicates->commit());
  cleaned.ids = std::move(sorted.unique);
  return cleaned;
}

}  // namespace firmquery
