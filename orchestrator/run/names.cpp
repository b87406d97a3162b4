// The names by which people and files know phases.
#include "firmquery/run/pipeline.hpp"

namespace firmquery {

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::starting:
      return "starting";
    case Phase::cleaning:
      return "cleaning";
    case Phase::connecting:
      return "connecting";
    case Phase::loading:
      return "loading";
    case Phase::querying:
      return "querying";
    case Phase::exporting:
      return "exporting";
    case Phase::done:
      return "done";
  }
  return "";
}

}  // namespace firmquery
