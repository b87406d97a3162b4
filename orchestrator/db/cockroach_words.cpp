#include "cockroach_words.hpp"

namespace firmquery {
namespace {

struct Words {
  std::string_view part;
  Classification classification;
};

constexpr std::array kOfAnyCode = {
    // Without a licence open transactions are limited; the code has changed between versions.
    Words{"concurrently open transactions", kRetry},
    // The server repeated CREATE TEMP TABLE by itself and lost its way; a new session works.
    Words{"temporary relation in non-temporary schema", kReconnect},
};

constexpr std::array kUncategorised = {
    // The instant all reads share has been garbage-collected. The query is right and this run cannot go on;
    // a new run takes a new instant.
    Words{kBehindGc, kFailForNow},
    Words{"restart transaction", kRetry},
    Words{"TransactionRetry", kRetry},
    Words{"result is ambiguous", kReconnect},
    Words{"unavailable", kRetry},  // "replica unavailable", "lost quorum", rpc code Unavailable
    Words{"rpc error", kRetry},    // a node that served a part of the statement went away
    Words{"lost quorum", kRetry},
    Words{"node is not live", kRetry},
    Words{"connection refused", kRetry},
    Words{"connection reset", kRetry},
    Words{"memory budget exceeded", kShrink},
    Words{"command is too large", kShrink},
    Words{"message size", kShrink},
};

template <class Table>
std::optional<Classification> find_in(const Table& table, std::string_view message) {
  for (const Words& words : table) {
    if (has_words(message, words.part)) return words.classification;
  }
  return std::nullopt;
}

}  // namespace

bool is_behind_gc(const Error& error) {
  return has_words(error.message, kBehindGc);
}

std::optional<Classification> classify_cockroach_words(std::string_view sqlstate, std::string_view message) {
  if (const auto known = find_in(kOfAnyCode, message)) return known;
  const bool uncategorised = sqlstate == "XXUUU" || sqlstate == "XX000" || sqlstate == "08P01";
  return uncategorised ? find_in(kUncategorised, message) : std::nullopt;
}

}  // namespace firmquery
