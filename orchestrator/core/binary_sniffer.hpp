// What is no text at all but is often taken for a list.
#pragma once

#include <string>
#include <string_view>

#include "firmquery/core/clean.hpp"

namespace firmquery {

// Fails (kind usage) and says what the input is. `encoding`: what the sample was taken for.
Result<void> check_is_text(std::string_view sample, InputEncoding encoding, const std::string& source);

}  // namespace firmquery
