// One line: {"seq":N,"at":"...","event":"...",...,"chain":"H"}, where H is the SHA-256, in hexadecimal, of
// the previous line's H (64 zeros before the first) followed by the line's bytes without `,"chain":"H"`.
#include <fmt/format.h>

#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>

#include "firmquery/output/files.hpp"
#include "firmquery/output/run_directory.hpp"
#include "json_text.hpp"
#include "sha256.hpp"

namespace firmquery {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::uint64_t kAuditBytesMax = std::uint64_t{1} << 30;
constexpr std::string_view kChainKey = ",\"chain\":\"";
constexpr std::size_t kHashDigits = 64;
constexpr std::size_t kTailBytes = kChainKey.size() + kHashDigits + 2;  // and "}

struct Entry {
  std::uint64_t seq = 0;
  bool starts = false;  // begins or resumes a run
  std::string body;     // the line without its chain
  std::string chain;
};

Result<std::string> chain_hash(std::string_view previous, std::string_view body) {
  Sha256 sha256;
  sha256.update(previous);
  sha256.update(body);
  return sha256.finish();
}

std::optional<Entry> parse_entry(std::string_view line) {
  if (line.size() < kTailBytes + 2 || !line.ends_with("\"}")) return std::nullopt;
  const std::size_t tail = line.size() - kTailBytes;
  if (line.substr(tail, kChainKey.size()) != kChainKey) return std::nullopt;
  Entry entry;
  entry.body = std::string(line.substr(0, tail)) + "}";
  entry.chain = line.substr(tail + kChainKey.size(), kHashDigits);
  const Json json = Json::parse(entry.body, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto seq = json.find("seq");
  if (seq == json.end() || !seq->is_number_unsigned()) return std::nullopt;
  entry.seq = seq->get<std::uint64_t>();
  const auto event = json.find("event");
  entry.starts = event != json.end() && (*event == "start" || *event == "resume");
  return entry;
}

Failure broken_chain(const std::filesystem::path& path, std::uint64_t line, std::string message) {
  return fail(ErrorKind::integrity, std::move(message), fmt::format("{}:{}", path.string(), line),
              "the log was altered after it was written: compare it with a copy");
}

}  // namespace

struct AuditLog::State {
  explicit State(JsonLines journal) : lines(std::move(journal)) {}

  std::mutex mutex;
  // Guarded by mutex:
  JsonLines lines;
  std::uint64_t seq = 0;
  std::string chain = std::string(kHashDigits, '0');
  std::function<Result<void>(std::string_view)> copy;
};

AuditLog::AuditLog(std::unique_ptr<State> state) : state_(std::move(state)) {}
AuditLog::AuditLog(AuditLog&&) noexcept = default;
AuditLog& AuditLog::operator=(AuditLog&&) noexcept = default;
AuditLog::~AuditLog() = default;

Result<AuditLog> AuditLog::open(const std::filesystem::path& path) {
  FQ_TRY_ASSIGN(JsonLines lines, JsonLines::open(path));
  auto state = std::make_unique<State>(std::move(lines));
  FQ_TRY_ASSIGN(const std::string text, read_regular_file(path, kAuditBytesMax));
  if (!text.empty()) {
    // Only the last line is needed to go on; a break further up stays visible to verify_audit().
    std::string_view last = std::string_view(text).substr(0, text.size() - 1);
    last.remove_prefix(last.rfind('\n') + 1);
    const auto entry = parse_entry(last);
    if (!entry) {
      return fail(ErrorKind::integrity, "the last line is not one of an audit log", path.string(),
                  "the log was altered after it was written: start a new run");
    }
    state->seq = entry->seq;
    state->chain = entry->chain;
  }
  return AuditLog(std::move(state));
}

Result<void> AuditLog::event(std::string_view name,
                             const std::vector<std::pair<std::string, std::string>>& fields,
                             const std::vector<FileReport>& files) {
  const std::scoped_lock lock(state_->mutex);
  Json json = {{"seq", state_->seq + 1}, {"at", utc_now()}, {"event", name}};
  for (const auto& [key, value] : fields) {
    if (json.contains(key) || key == "chain") {
      return fail(ErrorKind::integrity, fmt::format("the audit event {} has the field {} twice", name, key),
                  "audit.jsonl", "report this: it is a fault of the program");
    }
    json[key] = text_to_json(value);
  }
  for (const FileReport& file : files) json["files"][file.name] = file.sha256;
  std::string line = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  FQ_TRY_ASSIGN(std::string chain, chain_hash(state_->chain, line));
  line.pop_back();
  line.append(kChainKey).append(chain).append("\"}");
  FQ_TRY(state_->lines.append(line));
  ++state_->seq;
  state_->chain = std::move(chain);
  return state_->copy ? state_->copy(line) : Result<void>();
}

void AuditLog::copy_to(std::function<Result<void>(std::string_view)> copy) {
  const std::scoped_lock lock(state_->mutex);
  state_->copy = std::move(copy);
}

AuditEnd AuditLog::end() const {
  const std::scoped_lock lock(state_->mutex);
  return {state_->seq, state_->chain};
}

Result<AuditTrail> verify_audit(const std::filesystem::path& path) {
  FQ_TRY_ASSIGN(const std::string text, read_regular_file(path, kAuditBytesMax));
  AuditTrail trail;
  std::string chain(kHashDigits, '0');
  std::string_view rest = text;
  std::uint64_t number = 0;
  while (!rest.empty()) {
    ++number;
    const std::size_t newline = rest.find('\n');
    if (newline == std::string_view::npos) return broken_chain(path, number, "the line is cut off");
    const auto entry = parse_entry(rest.substr(0, newline));
    if (!entry) return broken_chain(path, number, "this is not a line of an audit log");
    if (entry->seq != number) {
      return broken_chain(path, number,
                          fmt::format("event {} stands where event {} should", entry->seq, number));
    }
    FQ_TRY_ASSIGN(chain, chain_hash(chain, entry->body));
    if (chain != entry->chain) {
      return broken_chain(path, number, "the hash of this line does not follow from the lines before it");
    }
    trail.last_event = entry->body;
    if (entry->starts) trail.last_start = entry->body;
    rest.remove_prefix(newline + 1);
  }
  if (number == 0) return broken_chain(path, 1, "the audit log is empty");
  trail.end = {number, std::move(chain)};
  return trail;
}

}  // namespace firmquery
