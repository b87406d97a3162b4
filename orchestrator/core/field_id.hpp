// The part of a raw field that may be an ID, the same for lists and for single fields: what stands around it
// does not count.
#pragma once

#include <cstddef>
#include <string_view>

#include "firmquery/core/id_type.hpp"
#include "text_decoder.hpp"

namespace firmquery {

// Excel marks a number stored as text with one quote in front; 'abc' in quotes is taken as quoted. In a
// pasted list the quotes were the list's and are gone.
enum class TextMarker : bool { kept, removed };

struct FieldId {
  std::string_view id;  // of the field; when problem is none
  IdProblem problem = IdProblem::none;
  bool marked = false;   // a text marker was removed
  bool formula = false;  // it was written ="..."
};

// Takes off one text marker, if `id` has one.
inline bool remove_text_marker(std::string_view& id) {
  if (!id.starts_with('\'')) return false;
  std::string_view inner = id.substr(1);
  if (inner.ends_with('\'')) inner.remove_suffix(1);
  inner = trim_id(inner);
  // More quotes than a spreadsheet writes belong to the ID.
  if (inner.starts_with('\'')) return false;
  id = inner;
  return true;
}

// The text inside ="...", the formula by which exports keep a spreadsheet from reading a number.
inline bool remove_text_formula(std::string_view& id) {
  if (!id.starts_with("=\"") || id.size() < 3 || !id.ends_with('"')) return false;
  const std::string_view inner = id.substr(2, id.size() - 3);
  if (inner.find('"') != std::string_view::npos) return false;
  id = trim_id(inner);
  return true;
}

inline FieldId id_in_field(std::string_view raw, TextMarker marker, std::size_t bytes_max) {
  FieldId field;
  if (!is_valid_utf8(raw)) {
    field.problem = IdProblem::invalid_encoding;
    return field;
  }
  field.id = trim_id(raw);
  // Either may stand inside the other; what is left has neither, so that cleaning it again changes nothing.
  while (true) {
    if (remove_text_formula(field.id)) {
      field.formula = true;
    } else if (marker == TextMarker::removed && remove_text_marker(field.id)) {
      field.marked = true;
    } else {
      break;
    }
  }
  if (field.id.empty()) {
    field.problem = IdProblem::empty;
  } else if (field.id.size() > bytes_max) {
    field.problem = IdProblem::too_long;
  }
  return field;
}

}  // namespace firmquery
