// Accepted misses: a CSV file with a header. Its first column is the key; `until` says how long the miss is accepted (a
// date, which is accepted to its end, UTC, or an RFC 3339 time), never for ever; `first_missing`, which may be left out or
// empty, that it is accepted for this time only: an ID that has come back since, and is missing again, is not. Other columns
// are for people.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "firmquery/core/error.hpp"
#include "firmquery/core/id_type.hpp"

namespace firmquery {

// What such a file says of IDs of one type. An ID may stand in several lines: one that accepts it is enough. Memory: that of
// a sort (RowSorter). Not thread-safe.
class Baseline {
 public:
  // Fails with kind usage, naming the line, where the file is not what it should be.
  static Result<Baseline> read(const std::filesystem::path& file, IdType type,
                               const std::filesystem::path& scratch, std::stop_token stop);
  Baseline(Baseline&&) noexcept;
  Baseline& operator=(Baseline&&) noexcept;
  ~Baseline();

  const std::filesystem::path& file() const;
  std::uint64_t lines() const;

  enum class Verdict : std::uint8_t { unknown, accepted, expired, returned };
  // Of missing IDs in ascending order, once. `now`: seconds since 1970. `first_missing`: likewise; none: it is not known
  // whether the ID has come back.
  Result<Verdict> judge(std::string_view id, double now, std::optional<double> first_missing);

 private:
  struct State;
  explicit Baseline(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace firmquery
