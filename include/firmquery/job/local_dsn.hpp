#pragma once

#include <string_view>

namespace firmquery {

// In place of a DSN: asks for the private local PostgreSQL.
inline constexpr std::string_view kLocalDsn = "local:";

}  // namespace firmquery
