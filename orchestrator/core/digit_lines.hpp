// Lines that are 1 to 18 digits and nothing else, a stretch of text at a time: most lists are millions of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "firmquery/core/resources.hpp"
#include "leading_digits.hpp"
#include "pod_buffer.hpp"

namespace firmquery {

// What lines of digits look like; see InputProfile.
struct DigitTally {
  static constexpr std::size_t kDigitsMax = kDigitLineDigitsMax;

  std::array<std::uint64_t, kDigitsMax + 1> sizes{};  // by digits
  std::uint64_t leading_zero = 0;
  std::uint64_t ends_in_zeros = 0;
};

struct DigitLines {
  explicit DigitLines(Memory& memory = heap_memory()) : packed(memory) {}

  PodBuffer<std::uint64_t> packed;  // of each line; see PackedIds
  DigitTally tally;
  std::size_t bytes = 0;  // of the lines, with their ends

  void clear();
};

// Reads the lines at the beginning of `text`, which starts with a line, up to the first that is anything else or does not
// end within `text`. As PackedIds of a text (`as_text`) or an integer.
void read_digit_lines(std::string_view text, bool as_text, DigitLines& lines);

// The same by several threads, each of which has a piece of the text. What they read behind the first line that is
// something else was in vain; so after such a line they get little, and more each time that it went well.
class DigitRuns {
 public:
  explicit DigitRuns(Executor& executor);
  // `take` is given the lines, stretch by stretch in their order, on this thread.
  void read(std::string_view text, bool as_text, const std::function<void(const DigitLines&)>& take);

 private:
  std::size_t read_pieces(std::string_view text, bool as_text,
                          const std::function<void(const DigitLines&)>& take);

  Executor& executor_;
  std::vector<DigitLines> pieces_;
  std::size_t promising_;  // bytes
};

}  // namespace firmquery
