// XXH3-128 as inline code, for the loops over all IDs.
#pragma once

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <string_view>

#include "firmquery/core/digest.hpp"

namespace firmquery {

__attribute__((flatten)) inline Digest digest_of(std::string_view canonical_id) {
  const XXH128_hash_t hash = XXH3_128bits(canonical_id.data(), canonical_id.size());
  return {hash.high64, hash.low64};
}

}  // namespace firmquery
