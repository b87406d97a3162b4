// A list of IDs read record by record: the reading half of the program's Cleaner, pulled instead of pushed so
// that the caller can stop between records, and with the raw field of accepted IDs.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "bridge.h"
#include "bridge_guard.hpp"
#include "field.hpp"
#include "firmquery/clean.hpp"
#include "input_sniffer.hpp"
#include "list_reader.hpp"
#include "record_reader.hpp"
#include "text_decoder.hpp"

namespace firmquery::staging {
namespace {

// Between two blocks the caller looks for interrupts, also where a block has no record (blank lines, or one
// long record).
constexpr std::size_t kBlockBytes = 64 << 10;

std::optional<InputFormat> format_from_string(std::string_view name) {
  constexpr std::pair<std::string_view, InputFormat> kFormats[] = {{"auto", InputFormat::automatic},
                                                                   {"lines", InputFormat::lines},
                                                                   {"csv", InputFormat::csv},
                                                                   {"tsv", InputFormat::tsv},
                                                                   {"list", InputFormat::list}};
  for (const auto& [text, format] : kFormats) {
    if (name == text) return format;
  }
  return std::nullopt;
}

// `text` without its last character where that is not ASCII: a text that was cut off may end inside one.
std::string_view whole_characters(std::string_view text) {
  for (int bytes = 0; bytes < 4 && !text.empty(); ++bytes) {
    const auto last = static_cast<unsigned char>(text.back());
    if (last < 0x80) return text;
    text.remove_suffix(1);
    if (last >= 0xC0) return text;
  }
  return text;
}

}  // namespace

class Cursor {
 public:
  static Result<std::unique_ptr<Cursor>> open(std::string_view input, CleanOptions options) {
    auto cursor = std::make_unique<Cursor>();
    input.remove_prefix(guess_encoding(input.substr(0, 4), InputEncoding::utf8).bom_bytes);
    const std::string_view sample = input.substr(0, options.sample_bytes);
    FQ_TRY_ASSIGN(cursor->plan_, plan_input(sample, sample.size() == input.size(), options));
    cursor->rest_ = input;
    cursor->header_pending_ = cursor->plan_.column.header;
    if (cursor->plan_.format == InputFormat::list) {
      cursor->list_.emplace(cursor->plan_.list, cursor->plan_.blanks_separate, options.source_name);
    } else {
      cursor->records_.emplace(cursor->plan_.delimiter);
    }
    cursor->options_ = std::move(options);
    return cursor;
  }

  Result<FirmStatus> next(FirmRow& row) {
    while (true) {
      FQ_TRY_ASSIGN(const bool more, list_ ? next_item(row) : next_record(row));
      if (!more) break;
      if (row.raw.data != nullptr) return FIRM_ROW;
    }
    if (ended_) return FIRM_END;
    if (rest_.empty()) {
      finishing_ = true;
    } else {
      const std::string_view block = rest_.substr(0, kBlockBytes);
      rest_.remove_prefix(block.size());
      list_ ? list_->start(block) : records_->start(block);
    }
    return FIRM_PAUSE;
  }

 private:
  // False: the block has no further record. A row without raw text: a blank or the header.
  Result<bool> next_record(FirmRow& row) {
    Record record;
    row.raw = {nullptr, 0};
    if (finishing_) {
      if (std::exchange(ended_, true)) return false;
      const bool more = records_->finish(record);
      if (records_->in_quotes()) {
        return fail(ErrorKind::usage, "a quote is never closed",
                    options_.source_name + ":" + std::to_string(record.line));
      }
      if (!more) return false;
    } else if (!records_->next(record)) {
      return false;
    }
    take_record(record, row);
    return true;
  }

  Result<bool> next_item(FirmRow& row) {
    ListItem item;
    row.raw = {nullptr, 0};
    if (finishing_ && std::exchange(ended_, true)) return false;
    FQ_TRY_ASSIGN(const bool more, finishing_ ? list_->finish(item) : list_->next(item));
    if (!more) return false;
    if (item.blank || std::exchange(header_pending_, false)) return true;
    take_field(item.text, item.line, item.cut, TextMarker::kept, row);
    return true;
  }

  void take_record(const Record& record, FirmRow& row) {
    if (!record.cut && trim_id(record.text).empty()) return;
    if (std::exchange(header_pending_, false)) return;
    if (plan_.delimiter == 0 || record.cut) {
      return take_field(record.text, record.line, record.cut, TextMarker::removed, row);
    }
    Field field;
    if (!find_field(record.text, plan_.delimiter, plan_.column.column, field_, field)) {
      return take_problem(record.text, record.line, IdProblem::empty, row);
    }
    // Spreadsheets end a table with rows of delimiters.
    if (!field.quoted && trim_id(field.text).empty()) {
      const char separators[] = {plan_.delimiter, ' ', '\t'};
      if (record.text.find_first_not_of(std::string_view(separators, 3)) == std::string_view::npos) return;
    }
    take_field(field.text, record.line, false, TextMarker::removed, row);
  }

  void take_field(std::string_view raw, std::uint64_t line, bool cut, TextMarker marker, FirmRow& row) {
    const IdProblem problem = cut ? IdProblem::too_long : clean_field(raw, options_.type, marker, canonical_);
    take_problem(cut ? whole_characters(raw) : raw, line, problem, row);
    row.id = to_text(canonical_);
  }

  void take_problem(std::string_view raw, std::uint64_t line, IdProblem problem, FirmRow& row) {
    row.line = static_cast<std::int64_t>(line);
    row.raw = to_text(raw.data() == nullptr ? std::string_view("") : raw);
    row.problem = problem == IdProblem::none ? nullptr : problem_code(problem).data();
  }

  CleanOptions options_;
  InputPlan plan_;
  std::string_view rest_;
  bool header_pending_ = false;
  bool finishing_ = false, ended_ = false;
  std::optional<RecordReader> records_;
  std::optional<ListReader> list_;
  std::string canonical_, field_;
};

namespace {

FirmStatus report(const Error& error, FirmError* out) {
  const std::string text = error.place.empty() ? error.message : error.place + ": " + error.message;
  std::string_view shown = text;
  if (shown.size() >= FIRM_MESSAGE_BYTES) shown = whole_characters(shown.substr(0, FIRM_MESSAGE_BYTES - 1));
  out->message[shown.copy(out->message, shown.size())] = '\0';
  return FIRM_INVALID;
}

}  // namespace
}  // namespace firmquery::staging

using namespace firmquery;
using namespace firmquery::staging;

struct FirmCursor {
  std::unique_ptr<Cursor> cursor;
};

FirmStatus firm_cursor_open(FirmText input, int type, FirmText column, FirmText format, FirmCursor** cursor,
                            FirmError* error) noexcept {
  *cursor = nullptr;
  return guarded([&] {
    CleanOptions options;
    options.type = static_cast<IdType>(type);
    options.column = to_view(column);
    const auto known = format_from_string(to_view(format));
    if (!known) {
      return report({ErrorKind::usage, "unknown format \"" + std::string(to_view(format)) + "\"", "", "", ""},
                    error);
    }
    options.format = *known;
    auto opened = Cursor::open(to_view(input), std::move(options));
    if (!opened) return report(opened.error(), error);
    *cursor = new FirmCursor{std::move(*opened)};
    return FIRM_OK;
  });
}

FirmStatus firm_cursor_next(FirmCursor* cursor, FirmRow* row, FirmError* error) noexcept {
  return guarded([&] {
    const Result<FirmStatus> status = cursor->cursor->next(*row);
    return status ? *status : report(status.error(), error);
  });
}

void firm_cursor_close(FirmCursor* cursor) noexcept {
  delete cursor;
}
