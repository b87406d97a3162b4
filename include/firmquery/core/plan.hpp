// Cutting a sorted list of IDs into units of work: a slice for each session, ranges of a slice sized by time,
// and IN-list chunks sized by count and statement length. Pure; every ID is in exactly one unit.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "firmquery/core/id_set.hpp"

namespace firmquery {

// Half-open interval of ranks in an IdSet.
struct Slice {
  std::size_t begin = 0, end = 0;
  std::size_t size() const { return end - begin; }
  bool empty() const { return begin == end; }
  friend bool operator==(const Slice&, const Slice&) = default;
};

// At most `parts` slices of nearly equal size that cover `whole` in order; fewer when there are fewer IDs.
std::vector<Slice> split(Slice whole, std::size_t parts);

// How many IDs the next range should take: as many as are read fastest, of those whose statement lasts no longer than
// `target`. A statement has its costs, a network its delay, so larger ranges are faster, until their sorts and joins
// outgrow what the server keeps in memory; where that is only it can tell. Sizes a factor of two apart are compared by
// the IDs that they read in a second, the neighbours of the best one again from time to time.
class RangeSizer {
 public:
  struct Options {
    std::size_t first = 20'000, least = 500, most = 2'000'000;
    std::chrono::duration<double> target{1.0};
  };
  RangeSizer() : RangeSizer(Options{}) {}
  explicit RangeSizer(Options options);
  std::size_t next() const { return next_; }
  // What a range cost, however many IDs it had.
  void completed(std::size_t ids, std::chrono::duration<double> took);
  // After a statement that was too large: may go below `least`, down to one ID, and does not grow again at once.
  void too_slow(std::size_t ids);

 private:
  static constexpr int kSteps = 64, kFirstStep = 32;
  struct Step {
    double rate = 0;         // IDs per second; 0: not tried
    std::uint64_t seen = 0;  // the completion that it is from
  };
  std::size_t size_of(int step) const;
  int step_of(std::size_t ids) const;
  bool fits(int step, double rate) const;
  bool is_due(int step, double rate) const;
  void ask_for(int step) { next_ = size_of(step); }

  Options options_;
  double base_;  // size of the step kFirstStep
  std::size_t next_;
  int best_ = kFirstStep;
  std::array<Step, kSteps> steps_{};
  std::uint64_t completed_ = 0;
  unsigned held_ = 0;  // completions for which the size does not grow
};

struct InListLimits {
  std::size_t max_ids = 250;
  std::size_t max_chars = 15'000;  // of the whole statement
};

// The longest prefix of `rest` whose IN-list statement obeys the limits; at least one ID.
// `fixed_chars` is the length of the statement without the list. An ID counts with its quotes and separator;
// quotes and backslashes inside it count twice, which is the most that quoting can add. `chars_an_id` is what
// the statement needs for each ID besides.
Slice next_chunk(const IdSet& ids, Slice rest, InListLimits limits, std::size_t fixed_chars,
                 std::size_t chars_an_id = 0);

}  // namespace firmquery
