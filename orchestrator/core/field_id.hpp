// The part of a raw field that may be an ID, the same for lists and for single fields: what stands around it
// does not count.
#pragma once

#include <cstddef>
#include <string_view>

#include "firmquery/id_type.hpp"
#include "text_decoder.hpp"

namespace firmquery {

// Excel marks a number stored as text with one quote in front; 'abc' in quotes is taken as quoted. In a
// pasted list the quotes were the list's and are gone.
enum class TextMarker : bool { kept, removed };

struct FieldId {
  std::string_view id;  // of the field; when problem is none
  IdProblem problem = IdProblem::none;
  bool marked = false;  // a text marker was removed
};

inline FieldId id_in_field(std::string_view raw, TextMarker marker, std::size_t bytes_max) {
  FieldId field;
  if (!is_valid_utf8(raw)) {
    field.problem = IdProblem::invalid_encoding;
    return field;
  }
  field.id = trim_id(raw);
  if (marker == TextMarker::removed && field.id.starts_with('\'')) {
    std::string_view inner = field.id.substr(1);
    if (inner.ends_with('\'')) inner.remove_suffix(1);
    inner = trim_id(inner);
    // More quotes than a spreadsheet writes belong to the ID.
    field.marked = !inner.starts_with('\'');
    if (field.marked) field.id = inner;
  }
  if (field.id.empty()) {
    field.problem = IdProblem::empty;
  } else if (field.id.size() > bytes_max) {
    field.problem = IdProblem::too_long;
  }
  return field;
}

}  // namespace firmquery
