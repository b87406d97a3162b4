#include "question.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace firmquery::cli {

bool can_ask() {
  return is_terminal(0) && is_terminal(2);
}

bool answers_yes(const std::string& question, Screen& screen, const std::stop_token& stop) {
  constexpr int kLookMs = 100;  // at the stop request
  constexpr std::size_t kAnswerMax = 100;
  screen.line(question);
  std::string answer;
  while (!stop.stop_requested() && answer.size() < kAnswerMax) {
    pollfd input{0, POLLIN, 0};
    const int ready = ::poll(&input, 1, kLookMs);
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    char c = 0;
    // Byte by byte: what is typed behind the answer is not ours.
    if (ready < 0 || ::read(0, &c, 1) != 1) return false;
    if (c == '\n') return answer == "y" || answer == "Y" || answer == "yes";
    answer += c;
  }
  return false;
}

}  // namespace firmquery::cli
