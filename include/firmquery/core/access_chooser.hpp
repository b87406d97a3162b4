// How the next stretch of a sorted list is read: by looking up each ID, or by reading the span of the key
// that the stretch covers and leaving out the rows that were not asked for. Of a row the scan costs a
// fraction, so it wins where the list is dense in the table; a list is dense in some places and sparse in
// others.
//
// Pure: costs are what the last statements took, the density is what the last scans met. One object belongs
// to one session; not thread-safe.
#pragma once

#include <cstddef>
#include <limits>

namespace firmquery {

enum class AccessPath { lookup, scan };

// How many IDs a stretch has, and how wide it is on the key's own scale: the difference of its last and first
// key. Where keys are no numbers the width is the number of IDs, and the density is taken to go on as it was.
struct Stretch {
  double ids = 0, width = 0;
};

class AccessChooser {
 public:
  // `dense`: the list has been found to be so in most places, which the first statement then takes for granted.
  explicit AccessChooser(bool dense = false) : dense_(dense) {}

  // A scan returns at most so many rows for each ID that it asks for. One that would return more is given up.
  static constexpr double kMostRowsPerId = 10;
  // What is found out about costs is found out on so many IDs.
  static constexpr std::size_t kTrialIds = 5000;
  static constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

  struct Choice {
    AccessPath access = AccessPath::lookup;
    std::size_t most_ids = kNoLimit;  // in one statement
  };
  Choice choose(const Stretch& stretch) const;

  void looked_up(const Stretch& stretch, double seconds);
  void scanned(const Stretch& stretch, double rows, double seconds);
  void given_up(const Stretch& stretch, double rows);  // it would have returned more than so many

 private:
  bool is_surely_dense(const Stretch& stretch) const;
  // The first sample pays for what a session finds out once; the second one takes its place.
  struct Rate {
    double value = 0;
    unsigned samples = 0;
    void add(double sample);
  };
  double rows_expected(const Stretch& stretch) const { return rows_per_width_.value * stretch.width; }
  bool scan_is_cheaper(const Stretch& stretch) const;
  void wait_longer();

  bool dense_;
  Rate seconds_per_id_;   // of lookups
  Rate seconds_per_row_;  // of scans
  Rate rows_per_width_;
  // A scan that did not pay is tried again after so many IDs, ever more: the table may be another one there.
  double ids_since_scan_ = 0, wait_ = 0;
};

}  // namespace firmquery
