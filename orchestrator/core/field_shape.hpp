// What a field looks like, for telling headers from IDs and columns from lists. Pure functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "firmquery/core/id_type.hpp"

namespace firmquery {

enum class FieldShape : std::uint8_t { digits, letters, hexadecimal, alphanumeric, other };

// letters before hexadecimal: "cafe" is letters; hexadecimal may hold the hyphens and braces of a uuid.
FieldShape field_shape(std::string_view field);

bool has_digit(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);  // ASCII
bool is_name_like(std::string_view field);                         // [A-Za-z_][A-Za-z0-9_ .-]*
bool is_common_header(std::string_view field);                     // id, uuid, account_id and their like

// What canonicalize() says, for fields whose canonical form is not needed.
IdProblem id_problem(std::string_view field, IdType type, const IdRules& rules);

}  // namespace firmquery
