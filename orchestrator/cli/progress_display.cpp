#include "progress_display.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "firmquery/core/time_text.hpp"
#include "messages.hpp"

namespace firmquery::cli {
namespace {

double rate(std::uint64_t count, double seconds) {
  return seconds > 0.05 ? static_cast<double>(count) / seconds : 0;
}

std::chrono::milliseconds interval(ProgressDisplay::Form form) {
  switch (form) {
    case ProgressDisplay::Form::bar:
      return std::chrono::milliseconds(100);
    case ProgressDisplay::Form::json:
      return std::chrono::seconds(1);
    default:
      return std::chrono::seconds(5);
  }
}

double share(std::uint64_t done, std::uint64_t total) {
  return total == 0 ? 0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
}

// Whole seconds: more digits would claim to know more than the rate does.
std::string time_left(double seconds) {
  if (seconds < 1) return "<1 s";
  return seconds < 100 ? fmt::format("{:.0f} s", seconds) : duration_text(seconds);
}

std::string of_total(std::uint64_t done, std::uint64_t total, double seconds) {
  std::string text =
      fmt::format("{:.1f} %  {}/{} IDs", 100 * share(done, total), grouped(done), grouped(total));
  const double per_second = rate(done, seconds);
  if (per_second > 0 && total > done) {
    text += fmt::format("  {} left", time_left(static_cast<double>(total - done) / per_second));
  }
  return text;
}

// "  1,234/s", or nothing while the rate is not known.
std::string speed(std::uint64_t count, double seconds) {
  const auto per_second = static_cast<std::uint64_t>(rate(count, seconds));
  return per_second == 0 ? "" : fmt::format("  {}/s", grouped(per_second));
}

}  // namespace

std::string progress_text(const ProgressSample& sample) {
  std::string text(to_string(sample.phase));
  switch (sample.phase) {
    case Phase::cleaning:
      text +=
          fmt::format("  {} lines{}", grouped(sample.lines_read), speed(sample.lines_read, sample.phase_s));
      break;
    case Phase::loading:
      text += "  " + of_total(sample.ids_loaded, sample.ids_total, sample.phase_s);
      break;
    case Phase::querying:
      text += fmt::format("  {}  {} rows{}", of_total(sample.ids_done, sample.ids_total, sample.phase_s),
                          grouped(sample.rows), speed(sample.rows, sample.phase_s));
      break;
    default:
      break;
  }
  if (sample.retries > 0) text += fmt::format("  {} retries", grouped(sample.retries));
  return text;
}

std::string progress_line(const ProgressSample& sample, std::size_t width) {
  constexpr std::size_t kBar = 24;
  const std::string text = progress_text(sample);
  const bool counted = sample.phase == Phase::loading || sample.phase == Phase::querying;
  if (!counted || text.size() + kBar + 4 > width) return text;
  const std::uint64_t done = sample.phase == Phase::loading ? sample.ids_loaded : sample.ids_done;
  const auto filled = static_cast<std::size_t>(share(done, sample.ids_total) * static_cast<double>(kBar));
  return fmt::format("[{}{}] {}", std::string(filled, '#'), std::string(kBar - filled, '.'), text);
}

std::string progress_json(const ProgressSample& sample) {
  const nlohmann::ordered_json object = {{"event", "progress"},           {"phase", to_string(sample.phase)},
                                         {"elapsed_s", sample.elapsed_s}, {"lines_read", sample.lines_read},
                                         {"ids_total", sample.ids_total}, {"ids_loaded", sample.ids_loaded},
                                         {"ids_done", sample.ids_done},   {"rows", sample.rows},
                                         {"retries", sample.retries}};
  return object.dump();
}

ProgressDisplay::Form ProgressDisplay::form_of(const CliSettings& settings, const Screen& screen) {
  if (settings.quiet) return Form::none;
  switch (settings.progress) {
    case ProgressMode::never:
      return Form::none;
    case ProgressMode::json:
      return Form::json;
    case ProgressMode::always:
      return Form::bar;
    case ProgressMode::automatic:
      break;
  }
  return screen.terminal() ? Form::bar : Form::log_lines;
}

ProgressDisplay::ProgressDisplay(const Progress& progress, Form form, Screen& screen, Log& log)
    : progress_(progress), form_(form), screen_(screen), log_(log) {
  if (form_ != Form::none) thread_ = std::thread([this] { show_until_finished(); });
}

ProgressDisplay::~ProgressDisplay() {
  finish();
}

void ProgressDisplay::finish() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  ended_condition_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (form_ == Form::bar) screen_.clear_status();
}

void ProgressDisplay::pause() {
  {
    const std::lock_guard lock(mutex_);  // the line that is being drawn is the last
    paused_ = true;
  }
  if (form_ == Form::bar) screen_.clear_status();
}

ProgressSample ProgressDisplay::sample() {
  const auto now = Clock::now();
  const Phase phase = progress_.phase.load(std::memory_order_relaxed);
  if (phase != phase_) {
    phase_ = phase;
    phase_start_ = now;
  }
  const auto read = [](const std::atomic<std::uint64_t>& counter) {
    return counter.load(std::memory_order_relaxed);
  };
  return {phase,
          read(progress_.lines_read),
          read(progress_.ids_total),
          read(progress_.ids_loaded),
          read(progress_.ids_done),
          progress_.rows(),
          read(progress_.retries),
          std::chrono::duration<double>(now - start_).count(),
          std::chrono::duration<double>(now - phase_start_).count()};
}

void ProgressDisplay::show_until_finished() {
  // Phases are watched more often than they are shown, so that rates start with their phase.
  constexpr std::chrono::milliseconds kWatch(100);
  auto due = start_ + (form_ == Form::log_lines ? interval(form_) : std::chrono::milliseconds(0));
  std::unique_lock lock(mutex_);
  while (!ended_condition_.wait_for(lock, kWatch, [this] { return ended_; })) {
    const ProgressSample now = sample();
    if (paused_ || Clock::now() < due) continue;
    due = Clock::now() + interval(form_);
    switch (form_) {
      case Form::bar:
        screen_.status(progress_line(now, screen_.width()));
        break;
      case Form::json:
        screen_.line(progress_json(now));
        break;
      case Form::log_lines:
        log_.info(progress_text(now));
        break;
      case Form::none:
        break;
    }
  }
}

}  // namespace firmquery::cli
