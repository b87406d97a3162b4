// Since when each of the missing IDs of a run has been missing, in the order of the IDs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"

namespace firmquery {

// Memory: each instant once; the rest is in a file without a name. The const functions may be called by any number of
// threads.
class MissingAges {
 public:
  struct Age {
    std::string_view since;  // RFC 3339; valid as long as the object
    std::uint64_t runs = 1;
    bool fresh = false;  // new: found by the run before, which asked for it
  };

  // All of them since this run, and nothing is known of another.
  explicit MissingAges(std::string read_at);
  MissingAges(MissingAges&&) noexcept;
  MissingAges& operator=(MissingAges&&) noexcept;
  ~MissingAges();

  // From here on they are what add() is told, one after the other.
  Result<void> begin(const std::filesystem::path& scratch);
  Result<void> add(const Age& age);
  Result<void> end();

  // Goes through them once. Must not outlive the object.
  class Cursor {
   public:
    explicit Cursor(const MissingAges& ages) : ages_(ages) {}
    Result<Age> next();  // Requires: there are more

   private:
    const MissingAges& ages_;
    std::string block_;
    std::size_t at_ = 0;
    std::uint64_t read_ = 0;
  };

 private:
  struct File;
  std::vector<std::string> instants_;  // the first is that of this run
  std::unique_ptr<File> file_;         // null: they are all of this run
  std::size_t last_ = 0;               // of the instants that add() was told
};

}  // namespace firmquery
