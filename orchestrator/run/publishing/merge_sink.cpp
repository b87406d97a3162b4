#include "publishing/merge_sink.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <span>
#include <utility>

#include "firmquery/core/list_record.hpp"
#include "firmquery/output/artifacts.hpp"

namespace firmquery {
Result<std::unique_ptr<MergeSink>> MergeSink::open(const Job& job, const IdSet& ids, Batches batches) {
  const FormatOptions options{job.spreadsheet_safe, {}, {}};
  FQ_TRY_ASSIGN(RejectedReader rejected,
                RejectedReader::open(artifact_path(job.out, Artifact::rejected), options));
  FQ_TRY_ASSIGN(DuplicateReader duplicates,
                DuplicateReader::open(artifact_path(job.out, Artifact::duplicates), options));
  return std::unique_ptr<MergeSink>(
      new MergeSink(job, ids, std::move(batches), std::move(rejected), std::move(duplicates)));
}

MergeSink::MergeSink(const Job& job, const IdSet& ids, Batches batches, RejectedReader rejected,
                     DuplicateReader duplicates)
    : job_(job),
      ids_(ids),
      take_(std::move(batches.take)),
      rejected_(std::move(rejected)),
      duplicates_(std::move(duplicates)),
      seen_((ids.size() + 63) / 64, 0),
      lines_max_(batches.lines_max),
      batch_(&batches.first) {}

Failure MergeSink::changed(const Job& job, const std::string& what) {
  return fail(ErrorKind::usage, "the list changed while the run worked on it: " + what, job.ids_path,
              "put the list back as it was; firmquery resume " + job.out.string() + " then merges it");
}

void MergeSink::record(const ListRecord& record) {
  if (!outcome_ || record.kind == ListRecord::Kind::header) return;
  if (batch_->full(lines_max_)) outcome_ = give();
  if (outcome_) line_ = batch_->add(record.text);
}

Result<void> MergeSink::give() {
  FQ_TRY(look());
  FQ_TRY_ASSIGN(batch_, take_(batch_));
  return {};
}

void MergeSink::accept(std::int64_t id, std::uint64_t line) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), id);
  accept(std::string_view(digits.data(), static_cast<std::size_t>(end.ptr - digits.data())), line);
}

void MergeSink::accept(std::string_view canonical, std::uint64_t line) {
  if (!outcome_) return;
  const std::uint64_t begin = texts_.size();
  texts_ += canonical;
  looked_.push_back({line_, line, begin, texts_.size()});
  if (looked_.size() == kLookedMax) outcome_ = look();
}

void MergeSink::reject(std::string_view raw, const InputPlace& place, IdProblem problem) {
  if (outcome_) outcome_ = next_reject(raw, place.line, problem);
}

Result<void> MergeSink::look() {
  std::array<std::string_view, kLookedMax> ids;
  std::array<std::size_t, kLookedMax> ranks{};
  const std::size_t count = looked_.size();
  for (std::size_t i = 0; i < count; ++i)
    ids[i] = std::string_view(texts_).substr(looked_[i].begin, looked_[i].end - looked_[i].begin);
  ids_.find_each(std::span(ids).first(count), std::span(ranks).first(count));
  for (std::size_t i = 0; i < count; ++i) FQ_TRY(next_id(ranks[i], ids[i], looked_[i]));
  looked_.clear();
  texts_.clear();
  return {};
}

Result<void> MergeSink::next_id(std::size_t rank, std::string_view canonical, const Looked& looked) {
  if (rank == IdSet::npos) return changed(job_, fmt::format("the ID on line {} is new", looked.number));
  const std::uint64_t bit = std::uint64_t{1} << (rank % 64);
  if ((std::exchange(seen_[rank / 64], seen_[rank / 64] | bit) & bit) == 0) {
    ++distinct_;
    batch_->is_id(looked.line, rank);
    return {};
  }
  DuplicateLine known;
  FQ_TRY_ASSIGN(const bool more, duplicates_.next(known));
  if (!more || known.line != looked.number || known.id != canonical)
    return changed(job_, fmt::format("the ID on line {} was no duplicate", looked.number));
  batch_->is_duplicate(looked.line, rank, known.first_line);
  return {};
}

Result<void> MergeSink::next_reject(std::string_view raw, std::uint64_t line, IdProblem problem) {
  RejectedLine known;
  FQ_TRY_ASSIGN(const bool more, rejected_.next(known));
  if (!more || known.line != line || known.raw != raw || known.reason != problem_code(problem))
    return changed(job_, fmt::format("line {} was not rejected as it is now", line));
  batch_->is_rejected(line_, problem);
  return {};
}

Result<void> MergeSink::finish(const PassedList& passed, const InputReport& report,
                               const InputProfile& profile) {
  FQ_TRY(outcome_);
  FQ_TRY(look());
  const InputCounts& now = passed.counts;
  const InputCounts then{report.lines, report.blank, report.header, report.accepted, report.rejected};
  if (now != then || distinct_ != report.unique) {
    return changed(
        job_, fmt::format("{} lines with {} unique IDs, {} rejected and {} blank at first, and now {} with "
                          "{}, {} and {}",
                          then.lines, report.unique, then.rejected, then.blank, now.lines, distinct_,
                          now.rejected, now.blank));
  }
  const bool same_columns = passed.profile.header == profile.header &&
                            passed.profile.column_index == profile.column_index &&
                            record_form(passed.profile) == record_form(profile);
  if (!same_columns) return changed(job_, "its columns are others");
  return batch_->empty() ? Result<void>() : give();
}

}  // namespace firmquery
