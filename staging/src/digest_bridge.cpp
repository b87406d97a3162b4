#include <string>

#include "bridge.h"
#include "bridge_guard.hpp"
#include "firmquery/core/digest.hpp"

using firmquery::Digest;
using firmquery::staging::guarded;
using firmquery::staging::to_view;

namespace {

Digest to_digest(FirmDigest digest) {
  return {digest.high, digest.low};
}
FirmDigest to_plain(Digest digest) {
  return {digest.high(), digest.low()};
}

}  // namespace

FirmDigest firm_digest_of_id(FirmText canonical) noexcept {
  return to_plain(Digest::of(to_view(canonical)));
}

FirmDigest firm_digest_plus(FirmDigest a, FirmDigest b) noexcept {
  return to_plain(to_digest(a) + to_digest(b));
}

FirmDigest firm_digest_minus(FirmDigest a, FirmDigest b) noexcept {
  return to_plain(to_digest(a) - to_digest(b));
}

FirmStatus firm_digest_to_hex(FirmDigest digest, char hex[FIRM_DIGEST_HEX]) noexcept {
  return guarded([&] {
    to_digest(digest).to_hex().copy(hex, FIRM_DIGEST_HEX);
    return FIRM_OK;
  });
}

int firm_digest_from_hex(FirmText hex, FirmDigest* digest) noexcept {
  Digest value;
  if (!Digest::from_hex(to_view(hex), value)) return 0;
  *digest = to_plain(value);
  return 1;
}
