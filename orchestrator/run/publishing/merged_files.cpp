#include "publishing/merged_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <iterator>
#include <utility>

#include "firmquery/core/list_record.hpp"
#include "firmquery/output/exceptions.hpp"
#include "firmquery/output/xlsx_reader.hpp"
#include "preparing/list_again.hpp"
#include "preparing/machine.hpp"
#include "publishing/merge_sink.hpp"
#include "reading/share.hpp"

namespace firmquery {
namespace {

constexpr std::uint32_t kTextOid = 25, kNumericOid = 1700;  // of pg_type

// What the list's own columns are in a format that knows types: text as it stands there. A workbook has numbers of its
// own; of them those become numbers again that lose no digit.
std::uint32_t own_type(const InputProfile& list, std::size_t column) {
  return list.format == InputFormat::workbook && column != list.column_index ? kNumericOid : kTextOid;
}

// The columns of the merged files, and what the key among the result's is called.
ResultColumns columns_of(const Answer& answer, const std::string& key, std::string& key_name) {
  std::vector<std::string> result;
  for (const ResultColumn& column : answer.columns) result.push_back(column.name);
  MergedColumns names = merged_columns(*answer.list, result);
  ResultColumns columns;
  for (std::size_t i = 0; i < names.own.size(); ++i)
    columns.push_back({std::move(names.own[i]), own_type(*answer.list, i)});
  columns.push_back({std::move(names.status), kTextOid});
  columns.push_back({std::move(names.reason), kTextOid});
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (result[i] == key) key_name = names.result[i];
    columns.push_back(answer.columns[i]);
    columns.back().name = std::move(names.result[i]);
  }
  return columns;
}

}  // namespace

std::vector<std::string> merged_formats(const std::vector<std::string>& formats) {
  std::vector<std::string> tables;
  std::copy_if(formats.begin(), formats.end(), std::back_inserter(tables),
               [](const std::string& format) { return format != "jsonl"; });
  if (tables.empty()) tables.emplace_back("csv");
  return tables;
}

// Batches are fetched by tasks of their own, some at once, and written in their order: each task waits for the one before
// it with what it has fetched. Where the system gives no more threads a task is done by who waits for it.
class MergedFiles::Writing {
 public:
  Writing(const MergeAnswer& answer, std::stop_token stop) : answer_(answer), stop_(std::move(stop)) {}
  ~Writing() {
    for (const auto& task : tasks_) task.wait();
  }

  Result<void> open(const Job& job, const Answer& answer) {
    FormatOptions options{job.spreadsheet_safe, job.key, job.out, std::string(kMergedTable)};
    const ResultColumns columns = columns_of(answer, job.key, options.key);
    std::vector<std::string> formats = merged_formats(job.formats);
    // One line that is too long by far must not keep the run from its end.
    const auto sheet = std::find(formats.begin(), formats.end(), "xlsx");
    if (columns.size() > kXlsxColumnsMax && sheet != formats.end()) {
      formats.erase(sheet);
      if (std::find(formats.begin(), formats.end(), "csv") == formats.end()) formats.emplace_back("csv");
      note_ = fmt::format(
          "there is no merged.xlsx, because the widest line of the list makes {} columns of it, and a sheet "
          "has room for {}",
          columns.size(), kXlsxColumnsMax);
    }
    for (const std::string& name : formats) {
      FQ_TRY_ASSIGN(auto file,
                    FormatFile::create(result_file(*find_result_format(name), job.compress, Artifact::merged),
                                       options));
      FQ_TRY(file->writer().open(columns));
      files_.push_back(std::move(file));
    }
    return {};
  }

  MergeBatch& first() { return batches_[0]; }

  // What was begun before is done with but for one batch.
  Result<MergeBatch*> take(MergeBatch* batch) {
    if (stop_.stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
    if (tasks_.size() == kTasksMax) {
      FQ_TRY(tasks_.front().get());
      tasks_.pop_front();
    }
    std::shared_future<Result<void>> before;
    if (!tasks_.empty()) before = tasks_.back();
    MergeRoom& room = rooms_[taken_ % rooms_.size()];
    tasks_.push_back(std::async([this, before = std::move(before), batch, &room]() mutable {
                       return guarded([&] { return work(*batch, room, std::exchange(before, {})); });
                     }).share());
    MergeBatch& next = batches_[++taken_ % batches_.size()];
    next.clear();
    return &next;
  }

  Result<std::vector<ReadyFile>> finish() {
    for (; !tasks_.empty(); tasks_.pop_front()) FQ_TRY(tasks_.front().get());
    std::vector<ReadyFile> ready;
    for (const auto& file : files_) {
      FQ_TRY(file->writer().finish());
      FQ_TRY_ASSIGN(ReadyFile done, file->finish());
      done.report.rows = rows_;
      if (!note_.empty()) done.report.notes.push_back(std::exchange(note_, {}));
      ready.push_back(std::move(done));
    }
    return ready;
  }

 private:
  static constexpr std::size_t kTasksMax = 2;

  Result<void> work(MergeBatch& batch, MergeRoom& room, const std::shared_future<Result<void>>& before) {
    batch.fetch(answer_, room);
    if (before.valid()) FQ_TRY(before.get());
    return batch.write(
        answer_, room,
        [this](std::string_view csv) -> Result<void> {
          if (stop_.stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
          for (const auto& file : files_) FQ_TRY(file->writer().rows(csv));
          return {};
        },
        rows_);
  }

  const MergeAnswer& answer_;
  const std::stop_token stop_;
  std::vector<std::unique_ptr<FormatFile>> files_;  // of the task whose turn it is
  std::uint64_t rows_ = 0;                          // likewise
  std::string note_;                                // of the first of them
  std::array<MergeBatch, kTasksMax + 1> batches_;   // one is being filled
  std::array<MergeRoom, kTasksMax> rooms_;
  std::size_t taken_ = 0;
  std::deque<std::shared_future<Result<void>>> tasks_;
};

MergedFiles::MergedFiles(const Job& job, Source source)
    : job_(job),
      source_(std::move(source)),
      stop_callback_(job.connect.stop, [this] { stop_.request_stop(); }) {
  // Deferred where the system gives no more threads.
  made_ = std::async([this] { return guarded([this] { return make(); }); });
}

MergedFiles::~MergedFiles() {
  stop_.request_stop();
}

Result<void> MergedFiles::make() {
  const Answer& answer = source_.answer;
  FQ_TRY(index_rows());
  FQ_TRY(check_rows());
  for (const Share& share : answer.shares) {
    const auto unread = share.unread();
    answer_.unresolved.insert(answer_.unresolved.end(), unread.begin(), unread.end());
  }
  answer_.result_columns = answer.columns.size();
  answer_.form = record_form(*answer.list);
  answer_.first_row_only = job_.merge == Merge::first_row;
  answer_.suggestion = source_.suggestion;
  Writing writing(answer_, stop_.get_token());
  FQ_TRY(writing.open(job_, answer));
  std::uint64_t bytes = 0;
  for (const RowIndex::Part& part : source_.parts) bytes += part.bytes;
  const std::size_t lines =
      MergeBatch::lines_for(bytes / std::max<std::size_t>(answer.ids.size(), 1) + answer_.form.width);
  FQ_TRY_ASSIGN(const auto sink,
                MergeSink::open(job_, answer.ids, {writing.first(), lines, [&](MergeBatch* batch) {
                                                     return writing.take(batch);
                                                   }}));
  const auto passed = pass_over_again(job_, answer.ids.type(), *sink, sink->outcome(), stop_.get_token());
  // A list that cannot be read any more as it was read once has changed.
  if (!passed && passed.error().kind == ErrorKind::usage && sink->outcome())
    return MergeSink::changed(job_, passed.error().message);
  FQ_TRY(passed);
  FQ_TRY(sink->finish(*passed, source_.input, *answer.list));
  FQ_TRY_ASSIGN(ready_, writing.finish());
  return {};
}

// The shares are independent of each other.
Result<void> MergedFiles::index_rows() {
  std::vector<std::optional<Result<RowIndex>>> built(source_.parts.size());
  Executor& threads = sorting_threads();
  const unsigned width = threads.width();
  threads.run(width, [&](unsigned i) {
    for (std::size_t share = i; share < built.size(); share += width) {
      built[share].emplace(guarded([&] {
        return RowIndex::build(source_.parts[share], source_.answer.ids, source_.key, job_.out,
                               stop_.get_token());
      }));
    }
  });
  for (std::optional<Result<RowIndex>>& share : built) {
    FQ_TRY_ASSIGN(RowIndex index, std::move(*share));
    answer_.shares.push_back(std::move(index));
  }
  return {};
}

// Each row that was counted when it came is in the index.
Result<void> MergedFiles::check_rows() const {
  std::uint64_t rows = 0, found = 0, rows_then = 0, found_then = 0;
  for (const RowIndex& share : answer_.shares) {
    rows += share.rows();
    found += share.found();
  }
  for (const Share& share : source_.answer.shares) {
    rows_then += share.reconciler().rows();
    found_then += share.reconciler().found();
  }
  if (rows == rows_then && found == found_then) return {};
  return fail(ErrorKind::integrity,
              fmt::format("the parts hold {} rows of {} IDs, where {} of {} were read", rows, found,
                          rows_then, found_then),
              job_.out.string(), "something else writes to the run directory: start a new run");
}

Result<void> MergedFiles::wait() {
  return made_.get();
}

Result<std::vector<FileReport>> MergedFiles::publish() {
  std::vector<FileReport> published;
  for (ReadyFile& ready : ready_) {
    FQ_TRY(ready.file.commit());
    published.push_back(std::move(ready.report));
  }
  FQ_TRY(remove_others(job_.out, Artifact::merged, published));
  return published;
}

}  // namespace firmquery
