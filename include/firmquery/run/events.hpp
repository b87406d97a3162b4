// What happens in a run, as one stream of typed events. The progress line, the logs, the audit log, the
// figures of the report, a web page or a metrics endpoint are consumers of it, and know nothing else of a
// run.
//
// What a consumer adds up only grows: what a failed unit had delivered is taken back by an event of its own.
// The JSON form of the events is contract: docs/events.md, version 1.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/plan.hpp"
#include "firmquery/core/report.hpp"

namespace firmquery {

enum class Phase : std::uint8_t {
  starting,
  cleaning,
  connecting,
  loading,
  querying,
  checking,
  exporting,
  done
};
std::string_view to_string(Phase phase);

// What somebody was doing when it went wrong, or went slowly.
enum class Work : std::uint8_t { control, load, read };
std::string_view to_string(Work work);

// Sessions are numbered from 1; 0 is the control session. IDs are ranks of the sorted list.
namespace event {

struct PhaseBegun {
  Phase phase;
};
struct Started {
  std::string run_id;
  bool resumed = false;
};
struct LinesRead {
  std::uint64_t lines = 0;  // since the last such event
};
struct ListRead {
  InputReport input;
  std::string id_type;
  double seconds = 0;
};
struct Connected {
  std::string server;  // as messages call it
  std::string host, role, dialect, version;
  AuthenticationReport authentication;
};
// The list is shared out. What an earlier start has read is part of the sums from here on.
struct ListShared {
  unsigned sessions = 0;
  std::uint64_t ids = 0, ids_read = 0, rows_read = 0;
};
struct InstantTaken {
  std::string strategy, reason;
  SnapshotReport snapshot;
  std::uint64_t ids_to_read = 0;
};
struct ChunkLoaded {
  unsigned session = 0;
  std::uint64_t ids = 0;
};
struct UnitBegun {
  unsigned session = 0;
  Slice ids;
};
// Some of the rows of the unit that the session reads.
struct RowsArrived {
  unsigned session = 0;
  std::uint64_t rows = 0;
};
struct UnitDone {
  unsigned session = 0;
  Slice ids;
  std::uint64_t rows = 0;   // all of them; RowsArrived has counted them already
  std::uint64_t bytes = 0;  // as CSV
  double seconds = 0;       // of the statement
  bool tried_before = false;
  bool scanned = false;
  std::uint64_t rows_left_out = 0;  // of a scan
};
// The statement failed, or a scan was cut short: its rows count for nothing.
struct UnitTakenBack {
  unsigned session = 0;
  Slice ids;
  std::uint64_t rows = 0;  // that RowsArrived had counted
  double seconds = 0;
  std::uint64_t rows_given_up = 0;  // of a scan that was cut short
};
// Once more, after a pause.
struct Retried {
  unsigned session = 0;
  Work work = Work::read;
  std::string place;  // whose work, in words
  Error error;
  bool smaller = false;  // with less at a time
};
// Ranges find their size by failing.
struct MadeSmaller {
  unsigned session = 0;
  std::string place;
  Error error;
};
struct SetAside {
  unsigned session = 0;
  Slice ids;
  std::string place;
  Error error;
};
struct SessionLost {
  unsigned session = 0;
  Error error;
};
struct FellBack {
  std::string from, to;
  Error error;
};
struct Throttled {
  unsigned session = 0;
  std::string place;
  double statement_s = 0, pause_s = 0;
};
// Another set of IDs was asked for at the run's instant, beside the list: the second proof, other spellings. Its
// statements and rows are none of the run's.
struct Asked {
  std::string purpose, strategy;
  SnapshotReport snapshot;
  std::uint64_t ids = 0;        // that were asked for
  std::uint64_t with_rows = 0;  // of them
  std::uint64_t left = 0;       // that were not, because it was stopped or has failed
  std::uint64_t statements = 0;
  double seconds = 0;
};
struct FileFinished {
  FileReport file;
};
// What the report has among its warnings, and nothing else says.
struct Warning {
  std::string text;
  bool late = false;  // the report is on disk already and stays what it is
};
// Worth a line in a log.
struct Note {
  std::string text;
  bool kept = false;  // for a log that is kept: the screen has it in another form
};
// What the run came to is known, and on disk but for the manifest.
struct Concluded {
  Report report;
  std::vector<FileReport> files;
  std::optional<Error> error;  // why it is neither complete nor partial
};
// Always the last.
struct Ended {
  Report report;
  std::optional<Error> error;  // why it is neither complete nor partial
};

}  // namespace event

using EventBody = std::variant<event::PhaseBegun, event::Started, event::LinesRead, event::ListRead,
                               event::Connected, event::ListShared, event::InstantTaken, event::ChunkLoaded,
                               event::UnitBegun, event::RowsArrived, event::UnitDone, event::UnitTakenBack,
                               event::Retried, event::MadeSmaller, event::SetAside, event::SessionLost,
                               event::FellBack, event::Throttled, event::Asked, event::FileFinished,
                               event::Warning, event::Note, event::Concluded, event::Ended>;

struct Event {
  std::uint64_t sequence = 0;  // from 1, without gaps
  std::chrono::system_clock::time_point at;
  EventBody body;
};

// Called from any thread of the run, one call at a time, in the order of the sequence. Must return soon,
// because the run waits for it, and must not call the run.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on(const Event& event) = 0;
};

// Several as one: each is told in turn.
class Observers : public Observer {
 public:
  Observers(std::initializer_list<Observer*> observers) : observers_(observers) {}
  void add(Observer& observer) { observers_.push_back(&observer); }
  void on(const Event& event) override {
    for (Observer* observer : observers_) observer->on(event);
  }

 private:
  std::vector<Observer*> observers_;
};

// Numbers events and hands each to all observers in turn. Thread-safe; an observer outlives its time in the
// stream.
class EventStream {
 public:
  void add(Observer& observer);
  void remove(Observer& observer);  // when it returns, the observer hears nothing any more
  void emit(EventBody body);

 private:
  std::mutex mutex_;
  std::uint64_t sequence_ = 0;        // guarded by mutex_
  std::vector<Observer*> observers_;  // guarded by mutex_
};

// One line without its line feed: {"v":1,"seq":7,"at":"...","event":"unit_done","session":1, ...}
std::string event_to_json(const Event& event);

// The line that a log has for an event; none for events that are there to be counted.
struct LogLine {
  enum class Level : std::uint8_t { kept, info, warning } level = Level::info;
  std::string text;
};
std::optional<LogLine> log_line(const EventBody& body);

}  // namespace firmquery
