#include "log.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/basic_file_sink.h>

#include <cerrno>
#include <mutex>
#include <nlohmann/json.hpp>

#include "firmquery/core/time_text.hpp"
#include "firmquery/output/files.hpp"
#include "firmquery/output/trusted_path.hpp"

namespace firmquery::cli {
namespace {

class LineFormatter : public spdlog::formatter {
 public:
  LineFormatter(bool json, std::string run_id) : json_(json), run_id_(std::move(run_id)) {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const std::string_view text(message.payload.data(), message.payload.size());
    const auto level = spdlog::level::to_string_view(message.level);
    const std::string_view word(level.data(), level.size());
    std::string line;
    if (json_) {
      const nlohmann::ordered_json object = {
          {"at", utc_text(message.time)}, {"level", word}, {"run_id", run_id_}, {"message", text}};
      line = object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    } else {
      line = fmt::format("{} {} [{}] {}", utc_text(message.time), word, run_id_, text);
    }
    line += '\n';
    out.append(line.data(), line.data() + line.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<LineFormatter>(json_, run_id_);
  }

 private:
  bool json_;
  std::string run_id_;
};

class ScreenSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit ScreenSink(Screen& screen) : screen_(screen) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t buffer;
    formatter_->format(message, buffer);
    screen_.line(std::string_view(buffer.data(), buffer.size() - 1));
  }
  void flush_() override {}

 private:
  Screen& screen_;
};

}  // namespace

struct Log::State {
  std::shared_ptr<spdlog::sinks::sink> screen, file;
  std::unique_ptr<spdlog::logger> logger;

  void to_file(spdlog::level::level_enum level, const std::string& message) const {
    if (!file) return;
    file->log(spdlog::details::log_msg("firmquery", level, message));
    file->flush();
  }
};

Log::Log(std::unique_ptr<State> state) : state_(std::move(state)) {}
Log::~Log() = default;

Result<std::unique_ptr<Log>> Log::open(const CliSettings& settings, OnScreen on_screen, Screen& screen,
                                       const std::string& run_id) {
  auto state = std::make_unique<State>();
  std::vector<spdlog::sink_ptr> sinks;
  if (on_screen != OnScreen::nothing) {
    state->screen = std::make_shared<ScreenSink>(screen);
    state->screen->set_level(on_screen == OnScreen::everything ? spdlog::level::info : spdlog::level::warn);
    sinks.push_back(state->screen);
  }
  if (!settings.log_file.empty()) {
    FQ_TRY(check_trusted_output(settings.log_file));
    try {
      state->file = std::make_shared<spdlog::sinks::basic_file_sink_mt>(settings.log_file.string());
    } catch (const std::exception&) {
      return file_failure(settings.log_file, "open the log file", errno);
    }
    sinks.push_back(state->file);
  }
  state->logger = std::make_unique<spdlog::logger>("firmquery", sinks.begin(), sinks.end());
  state->logger->set_formatter(std::make_unique<LineFormatter>(settings.log_json, run_id));
  state->logger->flush_on(spdlog::level::info);
  return std::unique_ptr<Log>(new Log(std::move(state)));
}

void Log::on(const Event& event) {
  const auto line = log_line(event.body);
  if (!line) return;
  switch (line->level) {
    case LogLine::Level::kept:
      return record(line->text);
    case LogLine::Level::info:
      return info(line->text);
    case LogLine::Level::warning:
      return warning(line->text);
  }
}

// The message is an argument, never a format: it may hold braces.
void Log::info(const std::string& message) {
  state_->logger->log(spdlog::level::info, spdlog::string_view_t(message));
}

void Log::warning(const std::string& message) {
  state_->logger->log(spdlog::level::warn, spdlog::string_view_t(message));
}

void Log::record(const std::string& message) {
  state_->to_file(spdlog::level::info, message);
}

void Log::error(const std::string& message) {
  state_->to_file(spdlog::level::err, message);
}

}  // namespace firmquery::cli
