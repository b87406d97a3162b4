// What the cleaner makes of a text, as values to compare: for the tests of the clean stage.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/clean.hpp"
#include "firmquery/core/id_set.hpp"

namespace firmquery::test {

inline std::vector<std::string> ids_of(const IdSet& set) {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < set.size(); ++i) ids.push_back(set.canonical(i));
  return ids;
}

struct Seen {
  std::uint64_t line = 0;
  std::string text;
  std::string problem;  // "" for an accepted ID
  friend bool operator==(const Seen&, const Seen&) = default;
};

inline void PrintTo(const Seen& seen, std::ostream* out) {
  *out << seen.line << ":\"" << seen.text << "\"" << (seen.problem.empty() ? "" : " ") << seen.problem;
}

class Collector : public CleanSink {
 public:
  void accept(std::int64_t id, std::uint64_t line) override {
    seen.push_back({line, std::to_string(id), ""});
  }
  void accept(std::string_view id, std::uint64_t line) override {
    seen.push_back({line, std::string(id), ""});
  }
  void reject(std::string_view raw, const InputPlace& place, IdProblem problem) override {
    seen.push_back({place.line, std::string(raw), std::string(problem_code(problem))});
    offsets.push_back(place.offset);
    columns.emplace_back(place.column);
  }
  std::vector<Seen> seen;
  std::vector<std::uint64_t> offsets;  // of the rejects
  std::vector<std::string> columns;    // likewise
};

struct Cleaned {
  std::vector<Seen> seen;
  std::vector<std::uint64_t> offsets;  // of the rejects
  std::vector<std::string> columns;    // likewise
  InputCounts counts;
  InputProfile profile;
  std::string error;  // Error::to_string(), "" when it succeeded

  std::vector<std::string> ids() const {
    std::vector<std::string> accepted;
    for (const Seen& record : seen) {
      if (record.problem.empty()) accepted.push_back(record.text);
    }
    return accepted;
  }
  std::vector<std::string> rejects() const {  // "reason: raw"
    std::vector<std::string> rejected;
    for (const Seen& record : seen) {
      if (!record.problem.empty()) rejected.push_back(record.problem + ": " + record.text);
    }
    return rejected;
  }
};

// Cuts the text before each of `cuts` (ascending).
inline Cleaned clean_text(std::string_view text, const CleanOptions& options = {},
                          const std::vector<std::size_t>& cuts = {}) {
  Cleaned cleaned;
  Collector sink;
  Cleaner cleaner(options, sink);
  Result<void> outcome;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= cuts.size() && outcome; ++i) {
    const std::size_t end = i < cuts.size() ? cuts[i] : text.size();
    const std::string block(text.substr(begin, end - begin));  // a copy, so that sanitizers see its ends
    outcome = cleaner.feed(block);
    begin = end;
  }
  if (outcome) outcome = cleaner.finish();
  cleaned.seen = sink.seen;
  cleaned.offsets = sink.offsets;
  cleaned.columns = sink.columns;
  cleaned.counts = cleaner.counts();
  cleaned.profile = cleaner.profile();
  if (!outcome) cleaned.error = outcome.error().to_string();
  return cleaned;
}

}  // namespace firmquery::test
