#include "firmquery/core/clean.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "binary_sniffer.hpp"
#include "clean_profile.hpp"
#include "field_id.hpp"
#include "field_shape.hpp"
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
class Cleaner::State {
 public:
  State(CleanOptions options, CleanSink& sink)
      : options_(std::move(options)),
        sample_bytes_(std::max(options_.sample_bytes, kMarkBytes)),
        sink_(sink),
        wants_raw_(sink.wants_raw()) {}

  Result<void> feed(std::string_view bytes);
  Result<void> finish();
  const InputCounts& counts() const { return counts_; }
  const InputProfile& profile() const { return profile_; }

 private:
  Result<void> begin(bool whole);
  Result<void> read(std::string_view text);
  Result<void> read_list(std::string_view text);
  void read_records(std::string_view text);
  Result<void> finish_reading();
  bool takes_digits() const;

  void take_digits(std::string_view digits, std::int64_t value, std::uint64_t line);
  void take_record(const Record& record);
  void take_item(const ListItem& item);
  void take_id(std::string_view raw, std::uint64_t line);
  void refuse(std::string_view raw, std::uint64_t line, IdProblem problem);
  void reject(std::string_view raw, std::uint64_t line, IdProblem problem);
  bool take_header();

  static constexpr std::size_t kMarkBytes = 4;  // no sample is too short for a byte order mark

  const CleanOptions options_;
  const std::size_t sample_bytes_;
  CleanSink& sink_;
  const bool wants_raw_;
  InputCounts counts_;
  InputProfile profile_;
  ProfileCounter counter_;
  std::string sample_;
  bool begun_ = false;
  InputPlan plan_;
  bool separator_pending_ = false;
  bool header_pending_ = false;
  bool digits_fast_ = false;
  std::optional<TextDecoder> decoder_;
  std::optional<RecordReader> records_;
  std::optional<ListReader> list_;
  std::string canonical_, field_, plain_, readable_;
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
  sample_ = {};
  FQ_TRY_ASSIGN(plan_, plan_input(text, whole, options_));
  separator_pending_ = plan_.separator_line;
  header_pending_ = plan_.column.header;
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
  const InputEncoding encoding = decoder_->encoding();
  profile_.encoding = encoding == InputEncoding::automatic ? InputEncoding::utf8 : encoding;
  profile_.format = plan_.format;
  profile_.delimiter = plan_.delimiter;
  profile_.column = plan_.column.name;
  profile_.guess = plan_.column.guess;
  counter_.finish(profile_);
  if (list_ && list_->unclosed_parenthesis()) {
    profile_.suspicions.insert(profile_.suspicions.begin(),
                               "the list's closing parenthesis is missing: the list may have been cut off");
  }
  return {};
}

// A line of digits is its own canonical text, whatever the rules; as an integer its value has been read.
bool Cleaner::State::takes_digits() const {
  const bool comment =
      !options_.comment.empty() && has_digit(std::string_view(options_.comment).substr(0, 1));
  const bool type = options_.type == IdType::integer || options_.type == IdType::text;
  return plan_.format == InputFormat::lines && type && !comment && !wants_raw_ &&
         options_.rules.max_bytes >= 18;
}

Result<void> Cleaner::State::read(std::string_view text) {
  if (list_) return read_list(text);
  read_records(text);
  return {};
}

void Cleaner::State::read_records(std::string_view text) {
  records_->start(text);
  Record record;
  while (true) {
    if (digits_fast_ && !header_pending_ && !separator_pending_) {
      std::string_view digits;
      std::int64_t value = 0;
      std::uint64_t line = 0;
      while (records_->next_digits(digits, value, line)) take_digits(digits, value, line);
    }
    if (!records_->next(record)) return;
    take_record(record);
  }
}

Result<void> Cleaner::State::read_list(std::string_view text) {
  list_->start(text);
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
  ++counts_.header;
  return true;
}

void Cleaner::State::take_digits(std::string_view digits, std::int64_t value, std::uint64_t line) {
  ++counts_.lines;
  ++counts_.accepted;
  counter_.add_digits(digits);
  if (options_.type == IdType::integer) {
    sink_.accept(value, line);
  } else {
    sink_.accept_digits(digits, static_cast<std::uint64_t>(value), line);
  }
}

void Cleaner::State::take_record(const Record& record) {
  ++counts_.lines;
  const std::uint64_t line = options_.number_records ? counts_.lines : record.line;
  const bool comment = !options_.comment.empty() && record.text.starts_with(options_.comment);
  if (comment || (!record.cut && trim_id(record.text).empty())) {
    ++counts_.blank;
    return;
  }
  if (take_header()) return;
  if (record.cut) return refuse(record.text, line, IdProblem::too_long);
  if (plan_.delimiter == 0) return take_id(record.text, line);
  Field field;
  if (!find_field(record.text, plan_.delimiter, plan_.column.column, field_, field)) {
    return refuse(record.text, line, IdProblem::empty);
  }
  // Spreadsheets end a table with rows of delimiters.
  if (!field.quoted && trim_id(field.text).empty()) {
    const std::string separators{plan_.delimiter, ' ', '\t'};
    if (record.text.find_first_not_of(separators) == std::string_view::npos) {
      ++counts_.blank;
      return;
    }
  }
  take_id(field.text, line);
}

void Cleaner::State::take_item(const ListItem& item) {
  ++counts_.lines;
  if (item.blank) {
    ++counts_.blank;
    return;
  }
  if (take_header()) return;
  if (item.cut) return refuse(item.text, item.line, IdProblem::too_long);
  take_id(item.text, item.line);
}

// What is no ID whatever it says.
void Cleaner::State::refuse(std::string_view raw, std::uint64_t line, IdProblem problem) {
  if (wants_raw_) sink_.raw(raw);
  reject(raw, line, problem);
}

void Cleaner::State::take_id(std::string_view raw, std::uint64_t line) {
  if (wants_raw_) sink_.raw(raw);
  const auto marker = plan_.format == InputFormat::list ? TextMarker::kept : TextMarker::removed;
  const FieldId field = id_in_field(raw, marker, options_.rules.max_bytes);
  if (field.marked) counter_.add_text_marker();
  if (field.formula) counter_.add_text_formula();
  if (field.problem != IdProblem::none) return reject(raw, line, field.problem);
  std::string_view id = field.id;
  if (options_.numbers.given()) {
    const IdProblem misread = read_notation(id, options_.type, options_.numbers, plain_);
    if (misread != IdProblem::none) return reject(raw, line, misread);
  }
  std::int64_t value = 0;
  const bool integer = options_.type == IdType::integer;
  const IdProblem problem =
      integer ? parse_integer_id(id, value) : canonicalize(id, options_.type, options_.rules, canonical_);
  if (problem != IdProblem::none) return reject(raw, line, problem);
  ++counts_.accepted;
  counter_.add(id);
  if (integer) {
    sink_.accept(value, line);
  } else {
    sink_.accept(std::string_view(canonical_), line);
  }
}

void Cleaner::State::reject(std::string_view raw, std::uint64_t line, IdProblem problem) {
  constexpr std::size_t kRawBytesMax = 1024;
  ++counts_.rejected;
  counter_.add_problem(problem, trim_id(raw), line);
  if (raw.size() > kRawBytesMax || !is_valid_utf8(raw)) {
    readable_.clear();
    append_readable(readable_, raw, kRawBytesMax);
    raw = readable_;
  }
  sink_.reject(raw, line, problem);
}

Cleaner::Cleaner(CleanOptions options, CleanSink& sink)
    : state_(std::make_unique<State>(std::move(options), sink)) {}
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
