// Finds IDs in sentences and in SQL, and puts a mask in their place.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace firmquery::html {

inline constexpr std::string_view kMask = "[redacted]";

// A sentence: what stands in quotes or behind "=(", and words with four digits or more.
std::string without_quotes_and_numbers(std::string_view text);
// A query: strings, numbers and comments. What it selects from what stays.
std::string without_literals(std::string_view sql);

// Which of many IDs stand in some texts, as words of their own. Each ID costs a look into a hash table; only those whose
// parts are all there are searched for.
class Needles {
 public:
  explicit Needles(const std::vector<std::string*>& texts);
  void look_for(std::string_view id);
  std::string removed_from(std::string_view text) const;

 private:
  std::vector<std::string> texts_;
  std::unordered_set<std::string_view> parts_;  // of texts_
  struct LongestFirst {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const {
      return a.size() != b.size() ? a.size() > b.size() : a < b;
    }
  };
  std::set<std::string, LongestFirst> found_;
};

}  // namespace firmquery::html
