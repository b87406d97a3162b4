#include "firmquery/core/clean.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "binary_sniffer.hpp"
#include "digit_lines.hpp"
#include "field_shape.hpp"
#include "id_intake.hpp"
#include "input_sniffer.hpp"
#include "list_reader.hpp"
#include "record_reader.hpp"
#include "text_decoder.hpp"

namespace firmquery {

std::string_view to_string(InputFormat format) {
  switch (format) {
    case InputFormat::automatic:
      return "auto";
    case InputFormat::lines:
      return "lines";
    case InputFormat::csv:
      return "csv";
    case InputFormat::tsv:
      return "tsv";
    case InputFormat::list:
      return "list";
    case InputFormat::workbook:
      return "xlsx";
  }
  return "auto";
}

std::string_view to_string(InputEncoding encoding) {
  switch (encoding) {
    case InputEncoding::automatic:
      return "auto";
    case InputEncoding::utf8:
      return "utf-8";
    case InputEncoding::utf16le:
      return "utf-16le";
    case InputEncoding::utf16be:
      return "utf-16be";
    case InputEncoding::windows1252:
      return "windows-1252";
  }
  return "auto";
}

// Bytes are held back until the sample is complete; then the encoding and the plan are settled once, the
// sample is read, and every later block goes straight through decoder and reader.
class Cleaner::State : private FieldOrigin {
 public:
  State(CleanOptions options, CleanSink& sink, Executor& executor)
      : options_(std::move(options)),
        sample_bytes_(std::max(options_.sample_bytes, kMarkBytes)),
        intake_(options_, sink, *this),
        shows_records_(sink.wants_records()),
        takes_runs_(sink.wants_runs() && !shows_records_),
        sink_(sink),
        runs_(executor) {}

  Result<void> feed(std::string_view bytes);
  Result<void> finish();
  const InputCounts& counts() const { return intake_.counts(); }
  const InputProfile& profile() const { return intake_.profile(); }

 private:
  Result<void> begin(bool whole);
  Result<void> read(std::string_view text);
  Result<void> read_list();
  void read_records();
  Result<void> finish_reading();
  bool takes_digits() const;

  void take_record(const Record& record);
  void take_item(const ListItem& item);
  bool take_header();
  void take_digits();
  // For who wants more of a record than its ID.
  void look_at(ListRecord::Kind kind, std::uint64_t line, std::string_view text, bool cut);
  std::uint64_t field_offset() override;

  static constexpr std::size_t kMarkBytes = 4;  // no sample is too short for a byte order mark

  const CleanOptions options_;
  const std::size_t sample_bytes_;
  IdIntake intake_;
  const bool shows_records_, takes_runs_;
  CleanSink& sink_;
  DigitRuns runs_;
  std::string sample_;
  bool begun_ = false;
  InputPlan plan_;
  bool separator_pending_ = false;
  bool header_pending_ = false;
  bool digits_fast_ = false;
  std::optional<TextDecoder> decoder_;
  std::optional<RecordReader> records_;
  std::optional<ListReader> list_;
  OffsetMap offsets_;
  std::uint64_t record_begin_ = 0;  // of the record or item in hand, in decoded text
  std::string_view before_field_;   // of the record in hand
  std::string field_, counted_field_;
};

Result<void> Cleaner::State::feed(std::string_view bytes) {
  if (!begun_) {
    const std::size_t room = sample_bytes_ - sample_.size();
    sample_ += bytes.substr(0, room);
    if (bytes.size() < room) return {};
    bytes.remove_prefix(room);
    FQ_TRY(begin(false));
  }
  return read(decoder_->decode(bytes));
}

Result<void> Cleaner::State::begin(bool whole) {
  begun_ = true;
  const EncodingGuess guess = guess_encoding(sample_, options_.encoding);
  FQ_TRY(check_is_text(sample_, guess.encoding, options_.source_name));
  decoder_.emplace(guess.encoding);
  std::string text(decoder_->decode(std::string_view(sample_).substr(guess.bom_bytes)));
  if (whole) text += decoder_->finish();
  offsets_.begin(guess.bom_bytes);
  sample_ = {};
  FQ_TRY_ASSIGN(plan_, plan_input(text, whole, options_));
  separator_pending_ = plan_.separator_line;
  header_pending_ = plan_.column.header;
  intake_.begin(plan_.column.column, plan_.column.name);
  if (plan_.format == InputFormat::list) {
    list_.emplace(plan_.list, plan_.separators, options_.source_name);
  } else {
    records_.emplace(plan_.delimiter);
  }
  digits_fast_ = takes_digits();
  return read(text);
}

Result<void> Cleaner::State::finish() {
  if (!begun_) {
    FQ_TRY(begin(true));
  } else {
    FQ_TRY(read(decoder_->finish()));
  }
  FQ_TRY(finish_reading());
  InputProfile& profile = intake_.profile();
  const InputEncoding encoding = decoder_->encoding();
  profile.encoding = encoding == InputEncoding::automatic ? InputEncoding::utf8 : encoding;
  profile.format = plan_.format;
  profile.delimiter = plan_.delimiter;
  profile.guess = plan_.column.guess;
  profile.column_index = plan_.column.column;
  intake_.finish();
  if (list_ && list_->unclosed_parenthesis()) {
    profile.suspicions.insert(profile.suspicions.begin(),
                              "the list's closing parenthesis is missing: the list may have been cut off");
  }
  return {};
}

// A line of digits is its own canonical text, whatever the rules; as an integer its value has been read.
bool Cleaner::State::takes_digits() const {
  const bool comment =
      !options_.comment.empty() && has_digit(std::string_view(options_.comment).substr(0, 1));
  const bool type = options_.type == IdType::integer || options_.type == IdType::text;
  return plan_.format == InputFormat::lines && type && !comment && intake_.takes_digits() &&
         options_.rules.max_bytes >= 18;
}

Result<void> Cleaner::State::read(std::string_view text) {
  offsets_.start(text, decoder_->encoding());
  if (list_) {
    list_->start(text);
    FQ_TRY(read_list());
    offsets_.finish(list_->item_begin());
  } else {
    records_->start(text);
    read_records();
    offsets_.finish(records_->record_begin());
  }
  return {};
}

// Where the rows of a query are lines, there are no bytes that anybody could look at.
std::uint64_t Cleaner::State::field_offset() {
  return options_.number_records ? InputPlace::kNoOffset : offsets_.of(record_begin_, before_field_);
}

void Cleaner::State::read_records() {
  Record record;
  while (true) {
    if (digits_fast_ && !header_pending_ && !separator_pending_) take_digits();
    if (!records_->next(record)) return;
    take_record(record);
  }
}

void Cleaner::State::take_digits() {
  if (takes_runs_) {
    return runs_.read(records_->rest(), options_.type == IdType::text, [&](const DigitLines& lines) {
      const std::uint64_t first_line = records_->line();
      records_->skip(lines.bytes, lines.packed.size());
      intake_.take_run(lines, first_line);
    });
  }
  std::string_view digits;
  std::int64_t value = 0;
  std::uint64_t line = 0;
  if (!shows_records_) {
    while (records_->next_digits(digits, value, line)) intake_.take_digits(digits, value, line);
    return;
  }
  while (records_->next_digits(digits, value, line)) {
    sink_.record({ListRecord::Kind::data, line, digits});
    intake_.take_digits(digits, value, line);
  }
}

void Cleaner::State::look_at(ListRecord::Kind kind, std::uint64_t line, std::string_view text, bool cut) {
  if (shows_records_) sink_.record({kind, line, text, cut});
  if (!options_.keep_columns) return;
  InputProfile& profile = intake_.profile();
  const bool header = kind == ListRecord::Kind::header;
  if (plan_.delimiter == 0) {
    if (header) profile.header = {std::string(text)};
    profile.width = std::max<std::size_t>(profile.width, 1);
    return;
  }
  if (header) profile.header = split_fields(text, plan_.delimiter);
  profile.width = std::max(profile.width, count_fields(text, plan_.delimiter, counted_field_));
}

Result<void> Cleaner::State::read_list() {
  ListItem item;
  while (true) {
    FQ_TRY_ASSIGN(const bool more, list_->next(item));
    if (!more) return {};
    take_item(item);
  }
}

Result<void> Cleaner::State::finish_reading() {
  if (list_) {
    ListItem item;
    FQ_TRY_ASSIGN(const bool more, list_->finish(item));
    if (more) take_item(item);
    return {};
  }
  Record record;
  const bool more = records_->finish(record);
  if (records_->in_quotes()) {
    return fail(ErrorKind::usage, "a quote is never closed",
                options_.source_name + ":" + std::to_string(record.line),
                "close the quote, or say --input-format lines if quotes belong to the IDs");
  }
  if (more) take_record(record);
  return {};
}

bool Cleaner::State::take_header() {
  bool& pending = separator_pending_ ? separator_pending_ : header_pending_;
  if (!pending) return false;
  pending = false;
  ++intake_.counts().header;
  return true;
}

void Cleaner::State::take_record(const Record& record) {
  InputCounts& counts = intake_.counts();
  ++counts.lines;
  const std::uint64_t line = options_.number_records ? counts.lines : record.line;
  record_begin_ = record.begin;
  before_field_ = {};
  const bool comment = !options_.comment.empty() && record.text.starts_with(options_.comment);
  const auto look = [&](ListRecord::Kind kind) {
    if (shows_records_ || options_.keep_columns) look_at(kind, line, record.text, record.cut);
  };
  if (comment || (!record.cut && trim_id(record.text).empty())) {
    ++counts.blank;
    return look(ListRecord::Kind::blank);
  }
  const bool separator = separator_pending_;
  if (take_header()) return separator ? void() : look(ListRecord::Kind::header);
  if (record.cut) {
    look(ListRecord::Kind::data);
    return intake_.refuse(record.text, line, IdProblem::too_long);
  }
  if (plan_.delimiter == 0) {
    look(ListRecord::Kind::data);
    return intake_.take(record.text, line, TextMarker::removed);
  }
  Field field;
  if (!find_field(record.text, plan_.delimiter, plan_.column.column, field_, field)) {
    look(ListRecord::Kind::data);
    return intake_.refuse(record.text, line, IdProblem::empty);
  }
  // Spreadsheets end a table with rows of delimiters.
  if (!field.quoted && trim_id(field.text).empty()) {
    const std::string separators{plan_.delimiter, ' ', '\t'};
    if (record.text.find_first_not_of(separators) == std::string_view::npos) {
      ++counts.blank;
      return look(ListRecord::Kind::blank);
    }
  }
  look(ListRecord::Kind::data);
  before_field_ = record.text.substr(0, field.begin);
  intake_.take(field.text, line, TextMarker::removed);
}

void Cleaner::State::take_item(const ListItem& item) {
  InputCounts& counts = intake_.counts();
  ++counts.lines;
  const auto look = [&](ListRecord::Kind kind) {
    if (shows_records_ || options_.keep_columns) look_at(kind, item.line, item.text, item.cut);
  };
  if (item.blank) {
    ++counts.blank;
    return look(ListRecord::Kind::blank);
  }
  if (take_header()) return look(ListRecord::Kind::header);
  look(ListRecord::Kind::data);
  record_begin_ = item.begin;
  before_field_ = {};
  if (item.cut) return intake_.refuse(item.text, item.line, IdProblem::too_long);
  intake_.take(item.text, item.line, TextMarker::kept);
}

Cleaner::Cleaner(CleanOptions options, CleanSink& sink, Executor& executor)
    : state_(std::make_unique<State>(std::move(options), sink, executor)) {}
Cleaner::~Cleaner() = default;

Result<void> Cleaner::feed(std::string_view bytes) {
  return state_->feed(bytes);
}
Result<void> Cleaner::finish() {
  return state_->finish();
}
const InputCounts& Cleaner::counts() const {
  return state_->counts();
}
const InputProfile& Cleaner::profile() const {
  return state_->profile();
}

}  // namespace firmquery
