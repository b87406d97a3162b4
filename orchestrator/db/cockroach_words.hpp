// The one place where words decide. CockroachDB gives many errors the code XXUUU ("uncategorised"), or one
// that has changed between versions, and only the message tells them apart. Its messages are English on every
// server: it has no lc_messages. Private to the library.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "firmquery/db/session.hpp"

namespace firmquery {

// What a code, or words in its stead, can mean for a run that is not at fault.
inline constexpr Classification kFailForNow{Recovery::fail, ErrorKind::transient};
inline constexpr Classification kRetry{Recovery::retry, ErrorKind::transient};
inline constexpr Classification kReconnect{Recovery::reconnect, ErrorKind::transient};
inline constexpr Classification kShrink{Recovery::shrink, ErrorKind::transient};

inline bool has_words(std::string_view message, std::string_view words) {
  return message.find(words) != std::string_view::npos;
}

inline constexpr std::string_view kBehindGc = "GC threshold";

inline bool needs_cockroach_licence(std::string_view message) {
  return has_words(message, "requires an enterprise license");
}

// Nothing where the words are not known.
std::optional<Classification> classify_cockroach_words(std::string_view sqlstate, std::string_view message);

}  // namespace firmquery
