#include "firmquery/run/events.hpp"

#include <fmt/format.h>

namespace firmquery {
namespace {

template <class... Handlers>
struct Visitor : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
Visitor(Handlers...) -> Visitor<Handlers...>;

LogLine warning(std::string text) {
  return {LogLine::Level::warning, std::move(text)};
}

// "session 2, 250 IDs from 17 to 290: the server's words"
std::string what(const std::string& place, const Error& error) {
  return place.empty() ? error.message : place + ": " + error.message;
}

}  // namespace

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
    case Phase::checking:
      return "checking";
    case Phase::exporting:
      return "exporting";
    case Phase::done:
      return "done";
  }
  return "";
}

std::string_view to_string(Work work) {
  switch (work) {
    case Work::control:
      return "control";
    case Work::load:
      return "load";
    case Work::read:
      return "read";
  }
  return "";
}

void EventStream::add(Observer& observer) {
  const std::lock_guard lock(mutex_);
  observers_.push_back(&observer);
}

void EventStream::remove(Observer& observer) {
  const std::lock_guard lock(mutex_);
  std::erase(observers_, &observer);
}

void EventStream::emit(EventBody body) {
  const std::lock_guard lock(mutex_);
  const Event event{++sequence_, std::chrono::system_clock::now(), std::move(body)};
  for (Observer* observer : observers_) observer->on(event);
}

std::optional<LogLine> log_line(const EventBody& body) {
  using Line = std::optional<LogLine>;
  const Visitor visitor{
      [](const event::Retried& e) -> Line {
        return warning(what(e.place, e.error) +
                       (e.smaller ? "; trying again with fewer IDs at a time" : "; trying again"));
      },
      [](const event::MadeSmaller& e) -> Line {
        return LogLine{LogLine::Level::info, what(e.place, e.error) + "; trying again with a smaller range"};
      },
      [](const event::SetAside& e) -> Line { return warning(what(e.place, e.error) + "; left unresolved"); },
      [](const event::FellBack& e) -> Line {
        return warning(fmt::format("{} was refused ({}); falling back to {}", e.from, e.error.message, e.to));
      },
      [](const event::Throttled& e) -> Line {
        return warning(
            fmt::format("{}: the statement took {:.1f} s, much longer than usual for its size; pausing "
                        "{:.1f} s to spare the server",
                        e.place, e.statement_s, e.pause_s));
      },
      [](const event::Warning& e) -> Line { return warning(e.text); },
      [](const event::Note& e) -> Line {
        return LogLine{e.kept ? LogLine::Level::kept : LogLine::Level::info, e.text};
      },
      [](const auto&) -> Line { return std::nullopt; }};
  return std::visit(visitor, body);
}

}  // namespace firmquery
