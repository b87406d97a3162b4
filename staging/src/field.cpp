#include "field.hpp"

#include <cstring>

#include "bridge.h"
#include "bridge_guard.hpp"
#include "text_decoder.hpp"

namespace firmquery::staging {
namespace {

// Excel marks a number stored as text with one quote in front; 'abc' in quotes is taken as quoted.
std::string_view without_text_marker(std::string_view id) {
  if (id.empty() || id.front() != '\'') return id;
  std::string_view inner = id.substr(1);
  if (inner.ends_with('\'')) inner.remove_suffix(1);
  inner = trim_id(inner);
  return inner.starts_with('\'') ? id : inner;
}

}  // namespace

IdProblem clean_field(std::string_view raw, IdType type, TextMarker marker, std::string& canonical) {
  if (!is_valid_utf8(raw)) return IdProblem::invalid_encoding;
  std::string_view id = trim_id(raw);
  if (marker == TextMarker::removed) id = without_text_marker(id);
  if (id.empty()) return IdProblem::empty;
  if (id.size() > IdRules{}.max_bytes) return IdProblem::too_long;
  return canonicalize(id, type, IdRules{}, canonical);
}

}  // namespace firmquery::staging

using namespace firmquery;
using staging::guarded;
using staging::to_view;

int firm_type_number(FirmText name) noexcept {
  const auto type = id_type_from_string(to_view(name));
  return type ? static_cast<int>(*type) : -1;
}

FirmStatus firm_clean_field(FirmText raw, int type, FirmId* id) noexcept {
  static_assert(IdRules{}.max_bytes == FIRM_ID_BYTES_MAX);
  return guarded([&] {
    // Kept between calls: a backend has one thread, and most IDs would need no allocation then.
    static std::string canonical;
    const IdProblem problem = staging::clean_field(to_view(raw), static_cast<IdType>(type),
                                                   staging::TextMarker::removed, canonical);
    id->problem = problem == IdProblem::none ? nullptr : problem_code(problem).data();
    if (problem != IdProblem::none) return FIRM_OK;
    id->size = canonical.size();
    std::memcpy(id->bytes, canonical.data(), canonical.size());
    return FIRM_OK;
  });
}
