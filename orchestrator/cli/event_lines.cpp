#include "event_lines.hpp"

namespace firmquery::cli {
namespace {

template <class... Counted>
bool is_any(const EventBody& body) {
  return (std::holds_alternative<Counted>(body) || ...);
}

}  // namespace

void EventLines::on(const Event& event) {
  if (is_any<event::LinesRead, event::ChunkLoaded, event::UnitBegun, event::RowsArrived, event::UnitDone>(
          event.body))
    return;
  screen_.line(event_to_json(event));
}

}  // namespace firmquery::cli
