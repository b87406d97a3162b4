// What the loading of a list tells its worker, and asks it.
#pragma once

#include <cstdint>
#include <functional>

#include "firmquery/core/error.hpp"

namespace firmquery {

struct LoadWatch {
  std::function<void(std::uint64_t ids)> sent;  // told of IDs that are on the server now
  // After a part of the list failed that has been sent again `attempt` times: waits, and the part is sent
  // once more; or fails, and so does the load.
  std::function<Result<void>(const Error&, unsigned attempt)> send_again;
};

}  // namespace firmquery
