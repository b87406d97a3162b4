// One raw field to an ID, by the rules of the program's Cleaner.
#include <cstring>
#include <string>

#include "bridge.h"
#include "bridge_guard.hpp"
#include "field_id.hpp"

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
    const FieldId field = id_in_field(to_view(raw), TextMarker::removed, IdRules{}.max_bytes);
    IdProblem problem = field.problem;
    if (problem == IdProblem::none) {
      problem = canonicalize(field.id, static_cast<IdType>(type), IdRules{}, canonical);
    }
    id->problem = problem == IdProblem::none ? nullptr : problem_code(problem).data();
    if (problem != IdProblem::none) return FIRM_OK;
    id->size = canonical.size();
    std::memcpy(id->bytes, canonical.data(), canonical.size());
    return FIRM_OK;
  });
}
