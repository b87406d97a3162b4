// Which statements read by which strategy, and which rows of the fault server's table are lost on their way.
#pragma once

#include <cstdint>
#include <string_view>

namespace firmquery::test {

inline bool reads_by(std::string_view strategy, std::string_view statement) {
  const auto has = [&](std::string_view text) { return statement.find(text) != std::string_view::npos; };
  if (strategy == "temp-table" || strategy == "staging-table") return has("firmquery_");
  if (strategy == "array") return has("unnest(");
  if (strategy == "scan") return has(" BETWEEN ");
  return has("firm_root_id in (") && !has("firmquery_") && !has("unnest(") && !has(" BETWEEN ");
}

// A part of the table is out of sight.
inline constexpr std::uint64_t kLost = 201;
inline bool is_lost(std::string_view key) {
  return key.size() == 5 && key >= "40002" && key <= "40602";
}

}  // namespace firmquery::test
