// A query whose rows are a list of IDs.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "firmquery/core/clean.hpp"
#include "firmquery/core/error.hpp"
#include "firmquery/db/session.hpp"

namespace firmquery {

// Runs in a read-only transaction of its own. Memory: one block. Not thread-safe.
struct IdQuery {
  std::string_view sql;
  std::string_view column;  // name or 1-based number; empty: the only one
  std::string_view name;    // of the list, for messages

  using Take = std::function<Result<void>(std::string_view block)>;
  // Gives the column as CSV without a header, a line a row, to `take`. Blocks; a stop request cancels the
  // statement (kind interrupted). Fails with kind query when the server refuses the statement, usage when the
  // column is not there or not named.
  Result<void> stream(const ConnectOptions& server, const std::stop_token& stop, const Take& take) const;
};

// How the cleaner has to read what stream() gives.
CleanOptions rows_as_list(CleanOptions options);

std::string short_name(std::string_view path);  // one line, for messages

}  // namespace firmquery
