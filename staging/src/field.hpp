// One raw field to an ID, by the rules of the program's Cleaner.
#pragma once

#include <string>
#include <string_view>

#include "firmquery/id_type.hpp"

namespace firmquery::staging {

// The view of a text that stands where a spreadsheet's "number stored as text" mark is no part of an ID.
enum class TextMarker : bool { kept, removed };

IdProblem clean_field(std::string_view raw, IdType type, TextMarker marker, std::string& canonical);

}  // namespace firmquery::staging
