// The list, read and cleaned on a thread of its own while the server is still asked about the query: as the
// type that the compared column seems to have. What it found counts only when that turns out to be the type.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <optional>
#include <stop_token>

#include "firmquery/core/error.hpp"
#include "firmquery/job/job.hpp"
#include "firmquery/run/input.hpp"

namespace firmquery {

struct TimedInput {
  CleanedInput input;
  double seconds = 0;
};

Result<TimedInput> read_input_timed(const InputOptions& options, const std::filesystem::path& directory,
                                    std::stop_token stop,
                                    const std::function<void(std::uint64_t)>& lines_read);

class EarlyList {
 public:
  // Begins, where the list can be read again if this was in vain: a regular file. `key_type` is the OID that
  // the server gave the compared column; `lines_read` is called on another thread. Once.
  void begin(const Job& job, std::uint32_t key_type, const std::filesystem::path& directory,
             std::stop_token stop, std::function<void(std::uint64_t)> lines_read);
  EarlyList() = default;
  ~EarlyList();  // what was begun is stopped
  EarlyList(const EarlyList&) = delete;
  EarlyList& operator=(const EarlyList&) = delete;

  // Waits for what was begun: the list as read_input() gives it for that type, or nothing. Once.
  std::optional<Result<TimedInput>> take(IdType type);

 private:
  void end();

  IdType type_ = IdType::text;
  std::stop_source stop_;
  std::optional<std::stop_callback<std::function<void()>>> stop_callback_;
  std::future<Result<TimedInput>> reading_;
};

}  // namespace firmquery
