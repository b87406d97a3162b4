// What the C++ side of the bridge shares.
#pragma once

#include <new>
#include <string_view>

#include "bridge.h"

namespace firmquery::staging {

inline std::string_view to_view(FirmText text) {
  return {text.data, text.size};
}
inline FirmText to_text(std::string_view view) {
  return {view.data(), view.size()};
}

// Runs `body` and turns what it throws into a status: nothing may leave the bridge but values.
template <class Body>
FirmStatus guarded(Body body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return FIRM_NO_MEMORY;
  } catch (...) {
    return FIRM_FAULT;
  }
}

}  // namespace firmquery::staging
