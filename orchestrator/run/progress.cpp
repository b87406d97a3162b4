#include "firmquery/run/progress.hpp"

namespace firmquery {

void Progress::on(const Event& event) {
  const EventBody& body = event.body;
  if (const auto* arrived = std::get_if<event::RowsArrived>(&body)) {
    rows_arrived += arrived->rows;
  } else if (const auto* done = std::get_if<event::UnitDone>(&body)) {
    ids_done += done->ids.size();
  } else if (const auto* back = std::get_if<event::UnitTakenBack>(&body)) {
    rows_taken_back += back->rows;
  } else if (const auto* chunk = std::get_if<event::ChunkLoaded>(&body)) {
    ids_loaded += chunk->ids;
  } else if (const auto* read = std::get_if<event::LinesRead>(&body)) {
    lines_read += read->lines;
  } else if (const auto* list = std::get_if<event::ListRead>(&body)) {
    ids_total = list->input.unique;
  } else if (const auto* shared = std::get_if<event::ListShared>(&body)) {
    ids_done = ids_loaded = shared->ids_read;
    rows_arrived += shared->rows_read;
  } else if (const auto* begun = std::get_if<event::PhaseBegun>(&body)) {
    phase = begun->phase;
  } else if (std::holds_alternative<event::Retried>(body) ||
             std::holds_alternative<event::MadeSmaller>(body)) {
    ++retries;
  }
}

}  // namespace firmquery
