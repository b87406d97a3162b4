#include "firmquery/core/suggest.hpp"

#include <algorithm>
#include <cctype>

namespace firmquery {
namespace {

std::string folded(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c != '-' && c != '_') result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return result;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::string nearest(std::string_view typed, const std::vector<std::string>& candidates) {
  const std::string wanted = folded(typed);
  std::string best;
  std::size_t best_distance = std::string::npos;
  for (const std::string& candidate : candidates) {
    const std::string name = folded(candidate);
    const std::size_t distance = edit_distance(wanted, name);
    // A third of the letters may be wrong; a common start of three letters is near.
    const bool near = distance <= std::max<std::size_t>(1, std::min(wanted.size(), name.size()) / 3) ||
                      (wanted.size() >= 3 && name.starts_with(wanted)) ||
                      (name.size() >= 3 && wanted.starts_with(name));
    if (near && distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace firmquery
