// A list of IDs, handed out row by row: the program's Cleaner, fed a block at a time so that the caller can
// stop in between, with the raw field of each record.
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bridge.h"
#include "bridge_guard.hpp"
#include "firmquery/core/clean.hpp"
#include "record_reader.hpp"

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

// The rows of one block; their texts are in one string.
class Rows : public CleanSink {
 public:
  bool wants_raw() const override { return true; }
  void raw(std::string_view field) override {
    rows_.push_back({text_.size(), field.size(), 0, 0, nullptr});
    text_ += field;
  }
  void accept(std::int64_t id, std::uint64_t line) override {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), id);
    accept(std::string_view(digits.data(), static_cast<std::size_t>(end.ptr - digits.data())), line);
  }
  void accept(std::string_view canonical, std::uint64_t line) override {
    rows_.back().line = line;
    rows_.back().id_bytes = canonical.size();
    text_ += canonical;
  }
  void reject(std::string_view, const InputPlace& place, IdProblem problem) override {
    Row& row = rows_.back();
    row.line = place.line;
    row.problem = problem_code(problem).data();
    if (row.raw_bytes < kRecordBytesMax) return;  // more was not kept
    row.raw_bytes = whole_characters(std::string_view(text_).substr(row.begin, row.raw_bytes)).size();
  }

  bool next(FirmRow& out) {
    if (given_ == rows_.size()) {
      rows_.clear();
      text_.clear();
      given_ = 0;
      return false;
    }
    const Row& row = rows_[given_++];
    out.line = static_cast<std::int64_t>(row.line);
    out.raw = {text_.data() + row.begin, row.raw_bytes};
    out.id = {text_.data() + row.begin + row.raw_bytes, row.id_bytes};
    out.problem = row.problem;
    return true;
  }

 private:
  struct Row {
    std::size_t begin, raw_bytes, id_bytes;
    std::uint64_t line;
    const char* problem;
  };
  std::vector<Row> rows_;
  std::string text_;
  std::size_t given_ = 0;
};

class Cursor {
 public:
  Cursor(std::string_view input, CleanOptions options) : rest_(input), cleaner_(std::move(options), rows_) {}

  Result<FirmStatus> next(FirmRow& row) {
    if (rows_.next(row)) return FIRM_ROW;
    if (ended_) return FIRM_END;
    if (rest_.empty()) {
      ended_ = true;
      FQ_TRY(cleaner_.finish());
    } else {
      const std::string_view block = rest_.substr(0, kBlockBytes);
      rest_.remove_prefix(block.size());
      FQ_TRY(cleaner_.feed(block));
    }
    return FIRM_PAUSE;
  }

 private:
  std::string_view rest_;
  Rows rows_;
  Cleaner cleaner_;
  bool ended_ = false;
};

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
  Cursor cursor;
};

FirmStatus firm_cursor_open(FirmText input, int type, FirmText column, FirmText format, FirmCursor** cursor,
                            FirmError* error) noexcept {
  *cursor = nullptr;
  return guarded([&] {
    const auto known = format_from_string(to_view(format));
    if (!known) {
      return report({ErrorKind::usage, "unknown format \"" + std::string(to_view(format)) + "\"", "", "", ""},
                    error);
    }
    CleanOptions options;
    options.type = static_cast<IdType>(type);
    options.format = *known;
    options.encoding = InputEncoding::utf8;
    options.column = to_view(column);
    *cursor = new FirmCursor{Cursor(to_view(input), std::move(options))};
    return FIRM_OK;
  });
}

FirmStatus firm_cursor_next(FirmCursor* cursor, FirmRow* row, FirmError* error) noexcept {
  return guarded([&] {
    const Result<FirmStatus> status = cursor->cursor.next(*row);
    return status ? *status : report(status.error(), error);
  });
}

void firm_cursor_close(FirmCursor* cursor) noexcept {
  delete cursor;
}
