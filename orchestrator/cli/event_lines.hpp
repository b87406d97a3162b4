// --progress json: the events of a run as JSON lines on standard error, but for those that are there to be counted,
// which the progress lines sum up once a second.
#pragma once

#include "firmquery/run/events.hpp"
#include "screen.hpp"

namespace firmquery::cli {

class EventLines : public Observer {
 public:
  explicit EventLines(Screen& screen) : screen_(screen) {}
  void on(const Event& event) override;

 private:
  Screen& screen_;
};

}  // namespace firmquery::cli
