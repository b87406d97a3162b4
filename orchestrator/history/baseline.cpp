#include "firmquery/history/baseline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <limits>
#include <utility>
#include <vector>

#include "firmquery/core/csv.hpp"
#include "firmquery/core/time_text.hpp"
#include "firmquery/output/files.hpp"
#include "firmquery/output/row_sorter.hpp"

namespace firmquery {
namespace {

constexpr std::size_t kRecordBytesMax = 1 << 20;
// Times are written to the millisecond.
constexpr double kMillisecond = 0.001;

Failure wrong(const std::filesystem::path& file, std::uint64_t line, std::string message,
              std::string remedy) {
  return fail(ErrorKind::usage, std::move(message), fmt::format("{}:{}", file.string(), line),
              std::move(remedy));
}

// Records of a file that somebody may have edited: with or without a last line end, with those of Windows.
class Records {
 public:
  explicit Records(const std::filesystem::path& file) : path_(file), file_(file, std::ios::binary) {}
  bool is_open() const { return file_.is_open(); }

  Result<bool> next(std::vector<std::string>& fields) {
    std::string record, line;
    first_line_ = last_line_ + 1;
    while (std::getline(file_, line)) {
      if (++last_line_ == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
      if (line.ends_with('\r')) line.pop_back();
      record += (record.empty() ? "" : "\n") + line;
      if (std::count(record.begin(), record.end(), '"') % 2 == 0) {
        if (record.empty()) {
          first_line_ = last_line_ + 1;
          continue;
        }
        auto split = csv_fields(record);
        if (!split) break;
        fields = *std::move(split);
        return true;
      }
      if (record.size() > kRecordBytesMax) break;
    }
    if (file_.bad()) return Failure(file_failure(path_, "read", errno));
    if (record.empty()) return false;
    return wrong(path_, first_line_,
                 "this is no line of CSV: a quote is not closed, or stands inside a field",
                 "put a field with quotes or commas in it into quotes, and double the quotes in it");
  }
  std::uint64_t line() const { return first_line_; }

 private:
  std::filesystem::path path_;
  std::ifstream file_;
  std::uint64_t first_line_ = 0, last_line_ = 0;
};

struct Acceptance {
  double until = 0;
  std::optional<double> first_missing;
};
std::string to_text(const Acceptance& acceptance) {
  return acceptance.first_missing ? fmt::format("{} {}", acceptance.until, *acceptance.first_missing)
                                  : fmt::format("{}", acceptance.until);
}
Acceptance acceptance_of(std::string_view text) {
  Acceptance acceptance;
  const char* const end = text.data() + text.size();
  const auto until = std::from_chars(text.data(), end, acceptance.until);
  if (until.ptr != end) (void)std::from_chars(until.ptr + 1, end, acceptance.first_missing.emplace());
  return acceptance;
}

constexpr const char* kForms = "write a date, 2026-12-31, or a time, 2026-12-31T18:00:00Z";

}  // namespace

struct Baseline::State {
  State(const std::filesystem::path& path, IdType of, const std::filesystem::path& scratch)
      : file(path), type(of), sorter(of, scratch) {
    rules.max_bytes = std::numeric_limits<std::size_t>::max();
    rules.allow_suspect = true;
  }

  Result<void> header(const std::vector<std::string>& names) {
    const auto place_of = [&](std::string_view name) {
      return static_cast<std::size_t>(std::find(names.begin() + 1, names.end(), name) - names.begin());
    };
    until = place_of("until");
    first_missing = place_of("first_missing");
    if (until < names.size()) return {};
    return wrong(file, 1, "a baseline has no column until",
                 "its header is KEY,until,first_missing, separated by commas; firmquery history --ages "
                 "--accept-until DATE writes one");
  }

  Result<void> take(const std::vector<std::string>& fields, std::size_t columns, std::uint64_t line) {
    if (fields.size() != columns) {
      return wrong(file, line, fmt::format("{} fields, but the header has {}", fields.size(), columns),
                   "give it a field for each column; one that is empty is one, too");
    }
    if (canonicalize(fields.front(), type, rules, id) != IdProblem::none) {
      return wrong(file, line, fmt::format("\"{}\" is no ID of type {}", fields.front(), to_string(type)),
                   "write the IDs as missing.csv has them, in the first column");
    }
    Acceptance acceptance;
    const std::string& end = fields[until];
    if (end.empty()) {
      return wrong(file, line, fmt::format("{} is accepted without an end", id),
                   fmt::format("say until when: {}; nothing is accepted for ever", kForms));
    }
    const auto time = end_of_time(end);
    if (!time) return wrong(file, line, fmt::format("until: \"{}\" is no time", end), kForms);
    acceptance.until = *time;
    if (first_missing < fields.size() && !fields[first_missing].empty()) {
      const std::string& first = fields[first_missing];
      acceptance.first_missing = end_of_time(first);
      if (!acceptance.first_missing)
        return wrong(file, line, fmt::format("first_missing: \"{}\" is no time", first),
                     std::string(kForms) + ", or leave it empty");
    }
    ++lines;
    return sorter.add(id, to_text(acceptance));
  }

  const std::filesystem::path file;
  const IdType type;
  IdRules rules;
  RowSorter sorter;
  std::size_t until = 0, first_missing = 0;  // columns
  std::uint64_t lines = 0;
  bool there = false;  // the sorter stands at a line
  std::string id;
};

Baseline::Baseline(std::unique_ptr<State> state) : state_(std::move(state)) {}
Baseline::Baseline(Baseline&&) noexcept = default;
Baseline& Baseline::operator=(Baseline&&) noexcept = default;
Baseline::~Baseline() = default;

const std::filesystem::path& Baseline::file() const {
  return state_->file;
}
std::uint64_t Baseline::lines() const {
  return state_->lines;
}

Result<Baseline> Baseline::read(const std::filesystem::path& file, IdType type,
                                const std::filesystem::path& scratch, std::stop_token stop) {
  auto state = std::make_unique<State>(file, type, scratch);
  Records records(file);
  if (!records.is_open()) {
    return fail(ErrorKind::usage, fmt::format("cannot read the baseline: {}", std::strerror(errno)),
                file.string(), "check the path; firmquery history --ages --accept-until DATE writes one");
  }
  std::vector<std::string> fields;
  FQ_TRY_ASSIGN(const bool any, records.next(fields));
  if (!any) return wrong(file, 1, "the baseline is empty, without even a header", "write KEY,until first");
  FQ_TRY(state->header(fields));
  const std::size_t columns = fields.size();
  for (;;) {
    if (stop.stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
    FQ_TRY_ASSIGN(const bool more, records.next(fields));
    if (!more) break;
    FQ_TRY(state->take(fields, columns, records.line()));
  }
  FQ_TRY(state->sorter.sort());
  FQ_TRY_ASSIGN(state->there, state->sorter.next());
  return Baseline(std::move(state));
}

Result<Baseline::Verdict> Baseline::judge(std::string_view id, double now,
                                          std::optional<double> first_missing) {
  State& state = *state_;
  Verdict verdict = Verdict::unknown;
  for (int order = 0; state.there;) {
    order = compare_canonical(state.sorter.id(), id, state.type);
    if (order > 0) break;
    if (order == 0) {
      const Acceptance acceptance = acceptance_of(state.sorter.row());
      const bool returned = acceptance.first_missing && first_missing &&
                            *first_missing > *acceptance.first_missing + kMillisecond;
      const Verdict one = now >= acceptance.until ? Verdict::expired
                          : returned              ? Verdict::returned
                                                  : Verdict::accepted;
      // One line that accepts it is enough; else the one that would have to be renewed is told.
      if (verdict != Verdict::accepted && (verdict != Verdict::returned || one == Verdict::accepted))
        verdict = one;
    }
    FQ_TRY_ASSIGN(state.there, state.sorter.next());
  }
  return verdict;
}

}  // namespace firmquery
