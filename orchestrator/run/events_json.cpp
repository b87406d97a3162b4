// The JSON form of events, version 1: docs/events.md.
#include <nlohmann/json.hpp>

#include "firmquery/core/time_text.hpp"
#include "firmquery/run/events.hpp"

namespace firmquery {
namespace {

using Json = nlohmann::ordered_json;

// One overload an event: its name and its fields, in the order in which they are documented.
struct Writer {
  Json& out;

  void begin(const char* name) const { out["event"] = name; }
  void session_and_ids(unsigned session, Slice ids) const {
    out["session"] = session;
    out["ids"] = ids.size();
  }
  void error(const Error& e) const {
    out["error"] = {
        {"kind", std::string(to_string(e.kind))}, {"sqlstate", e.sqlstate}, {"message", e.message}};
  }

  void operator()(const event::PhaseBegun& e) const {
    begin("phase");
    out["phase"] = to_string(e.phase);
  }
  void operator()(const event::Started& e) const {
    begin("started");
    out["run_id"] = e.run_id;
    out["resumed"] = e.resumed;
  }
  void operator()(const event::LinesRead& e) const {
    begin("lines_read");
    out["lines"] = e.lines;
  }
  void operator()(const event::ListRead& e) const {
    begin("list_read");
    const InputReport& input = e.input;
    out["lines"] = input.lines;
    out["blank"] = input.blank;
    out["header"] = input.header;
    out["rejected"] = input.rejected;
    out["duplicates"] = input.duplicates;
    out["unique"] = input.unique;
    out["id_type"] = e.id_type;
    out["seconds"] = e.seconds;
  }
  void operator()(const event::Connected& e) const {
    begin("connected");
    out["server"] = e.server;
    out["host"] = e.host;
    out["role"] = e.role;
    out["dialect"] = e.dialect;
    out["version"] = e.version;
    out["authentication"] = e.authentication.method;
  }
  void operator()(const event::ListShared& e) const {
    begin("list_shared");
    out["sessions"] = e.sessions;
    out["ids"] = e.ids;
    out["ids_read"] = e.ids_read;
    out["rows_read"] = e.rows_read;
  }
  void operator()(const event::InstantTaken& e) const {
    begin("instant_taken");
    out["strategy"] = e.strategy;
    out["reason"] = e.reason;
    out["snapshot"] = {{"kind", e.snapshot.kind}, {"value", e.snapshot.value}};
    out["ids_to_read"] = e.ids_to_read;
  }
  void operator()(const event::ChunkLoaded& e) const {
    begin("chunk_loaded");
    out["session"] = e.session;
    out["ids"] = e.ids;
  }
  void operator()(const event::UnitBegun& e) const {
    begin("unit_begun");
    session_and_ids(e.session, e.ids);
  }
  void operator()(const event::RowsArrived& e) const {
    begin("rows_arrived");
    out["session"] = e.session;
    out["rows"] = e.rows;
  }
  void operator()(const event::UnitDone& e) const {
    begin("unit_done");
    session_and_ids(e.session, e.ids);
    out["rows"] = e.rows;
    out["bytes"] = e.bytes;
    out["seconds"] = e.seconds;
    out["tried_before"] = e.tried_before;
    out["scanned"] = e.scanned;
    out["rows_left_out"] = e.rows_left_out;
  }
  void operator()(const event::UnitTakenBack& e) const {
    begin("unit_taken_back");
    session_and_ids(e.session, e.ids);
    out["rows"] = e.rows;
    out["seconds"] = e.seconds;
    out["rows_given_up"] = e.rows_given_up;
  }
  void operator()(const event::Retried& e) const {
    begin("retried");
    out["session"] = e.session;
    out["work"] = to_string(e.work);
    out["place"] = e.place;
    error(e.error);
    out["smaller"] = e.smaller;
  }
  void operator()(const event::MadeSmaller& e) const {
    begin("made_smaller");
    out["session"] = e.session;
    out["place"] = e.place;
    error(e.error);
  }
  void operator()(const event::SetAside& e) const {
    begin("set_aside");
    session_and_ids(e.session, e.ids);
    out["place"] = e.place;
    error(e.error);
  }
  void operator()(const event::SessionLost& e) const {
    begin("session_lost");
    out["session"] = e.session;
    error(e.error);
  }
  void operator()(const event::FellBack& e) const {
    begin("fell_back");
    out["from"] = e.from;
    out["to"] = e.to;
    error(e.error);
  }
  void operator()(const event::Throttled& e) const {
    begin("throttled");
    out["session"] = e.session;
    out["place"] = e.place;
    out["statement_s"] = e.statement_s;
    out["pause_s"] = e.pause_s;
  }
  void operator()(const event::Asked& e) const {
    begin("asked");
    out["purpose"] = e.purpose;
    out["strategy"] = e.strategy;
    out["snapshot"] = {{"kind", e.snapshot.kind}, {"value", e.snapshot.value}};
    out["ids"] = e.ids;
    out["with_rows"] = e.with_rows;
    out["left"] = e.left;
    out["statements"] = e.statements;
    out["seconds"] = e.seconds;
  }
  void operator()(const event::FileFinished& e) const {
    begin("file_finished");
    out["name"] = e.file.name;
    out["rows"] = e.file.rows;
    out["bytes"] = e.file.bytes;
    out["sha256"] = e.file.sha256;
  }
  void operator()(const event::Warning& e) const {
    begin("warning");
    out["text"] = e.text;
  }
  void operator()(const event::Note& e) const {
    begin("note");
    out["text"] = e.text;
  }
  void operator()(const event::Concluded& e) const {
    begin("concluded");
    out["status"] = e.report.status;
    out["files"] = e.files.size();
  }
  void operator()(const event::Ended& e) const {
    begin("ended");
    const Report& report = e.report;
    out["run_id"] = report.run_id;
    out["status"] = report.status;
    out["rows"] = report.result.rows;
    out["found"] = report.result.found;
    out["missing"] = report.result.missing;
    out["unresolved"] = report.result.unresolved;
    out["seconds"] = report.timing.total_s;
    if (e.error) error(*e.error);
  }
};

}  // namespace

std::string event_to_json(const Event& event) {
  Json out = {{"v", 1}, {"seq", event.sequence}, {"at", utc_text(event.at)}};
  std::visit(Writer{out}, event.body);
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace firmquery
