#include "id_intake.hpp"

#include "field_shape.hpp"

namespace firmquery {

void IdIntake::begin(std::size_t column, const std::string& name) {
  constexpr std::size_t kNameBytesMax = 256;
  column_ = column;
  profile_.column = name;
  column_name_.clear();
  append_readable(column_name_, name, kNameBytesMax);
}

void IdIntake::take_run(const DigitLines& lines, std::uint64_t first_line) {
  counts_.lines += lines.packed.size();
  counts_.accepted += lines.packed.size();
  counter_.add_digits(lines.tally);
  sink_.accept_run({options_.type, {lines.packed.data(), lines.packed.size()}}, first_line);
}

void IdIntake::refuse(std::string_view raw, std::uint64_t line, IdProblem problem) {
  if (wants_raw_) sink_.raw(raw);
  reject(raw, line, problem);
}

void IdIntake::take(std::string_view raw, std::uint64_t line, TextMarker marker) {
  if (wants_raw_) sink_.raw(raw);
  const FieldId field = id_in_field(raw, marker, options_.rules.max_bytes);
  if (field.marked) counter_.add_text_marker();
  if (field.formula) counter_.add_text_formula();
  if (field.problem != IdProblem::none) return reject(raw, line, field.problem);
  std::string_view id = field.id;
  if (options_.numbers.given()) {
    const IdProblem misread = read_notation(id, options_.type, options_.numbers, plain_);
    if (misread != IdProblem::none) return reject(raw, line, misread);
  }
  if (!options_.accept_rules.empty()) id = respell(id);
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

// As the rules spell it, where that is an ID: what they make no ID of is judged as it stands.
std::string_view IdIntake::respell(std::string_view id) {
  const std::string_view spelled = apply_rules(options_.accept_rules, id, respelled_, scratch_);
  if (spelled == id || id_problem(spelled, options_.type, options_.rules) != IdProblem::none) return id;
  ++profile_.respelled;
  return spelled;
}

void IdIntake::reject(std::string_view raw, std::uint64_t line, IdProblem problem) {
  constexpr std::size_t kRawBytesMax = 1024;
  ++counts_.rejected;
  counter_.add_problem(problem, trim_id(raw), line);
  if (raw.size() > kRawBytesMax || !is_valid_utf8(raw)) {
    readable_.clear();
    append_readable(readable_, raw, kRawBytesMax);
    raw = readable_;
  }
  sink_.reject(raw, {line, origin_.field_offset(), column_name_, column_}, problem);
}

}  // namespace firmquery
