#include "firmquery/output/audit_copies.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/files.hpp"
#include "firmquery/output/shared_lines.hpp"
#include "syslog_socket.hpp"

namespace firmquery {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::string_view kEntryKey = ",\"entry\":";
constexpr std::uint64_t kOwnLogBytesMax = std::uint64_t{1} << 30;

std::string wrapped_line(const std::string& run_id, std::string_view line) {
  std::map<std::string, std::string> fields;
  for (auto& [name, value] : operator_fields()) fields.emplace(name, std::move(value));
  const Json head = {
      {"run_id", run_id}, {"host", fields["host"]}, {"pid", ::getpid()}, {"user", fields["os_user"]}};
  std::string text = head.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.pop_back();
  return text.append(kEntryKey).append(line).append("}");
}

// The run's own line in one of the file; empty where it is of another run or nothing of the kind. A quote within a text is
// escaped, so that the key can stand nowhere before its place.
std::string_view entry_of_run(std::string_view line, const std::string& begin) {
  if (!line.starts_with(begin) || !line.ends_with("}}")) return {};
  const std::size_t at = line.find(kEntryKey);
  if (at == std::string_view::npos) return {};
  line.remove_prefix(at + kEntryKey.size());
  line.remove_suffix(1);
  return line;
}

}  // namespace

Result<void> check_audit_copies(const AuditCopies& copies) {
  if (!copies.file.empty()) FQ_TRY(check_shared_lines(copies.file));
  if (copies.syslog) FQ_TRY(check_syslog(copies.socket));
  return {};
}

Result<void> copy_audit_line(const AuditCopies& copies, const std::string& run_id, std::string_view line) {
  if (copies.empty()) return {};
  const std::string text = wrapped_line(run_id, line);
  if (!copies.file.empty()) FQ_TRY(append_shared_line(copies.file, text));
  if (copies.syslog) FQ_TRY(send_to_syslog(copies.socket, text));
  return {};
}

Result<AuditComparison> compare_audit_file(const std::filesystem::path& file,
                                           const std::filesystem::path& directory,
                                           const std::string& run_id) {
  FQ_TRY_ASSIGN(const std::string own,
                read_regular_file(artifact_path(directory, Artifact::audit), kOwnLogBytesMax));
  std::map<std::string, std::uint64_t, std::less<>> numbers;  // of its lines that have not been met yet
  std::uint64_t count = 0;
  for (std::string_view rest = own; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    numbers.emplace(line, ++count);
  }
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return file_failure(file, "open", errno);
  const std::string begin = Json{{"run_id", run_id}}.dump(-1, ' ', false, Json::error_handler_t::replace);
  const std::string head = begin.substr(0, begin.size() - 1) + ",";
  AuditComparison comparison;
  std::uint64_t strangers = 0;
  for (std::string line; std::getline(stream, line);) {
    const std::string_view entry = entry_of_run(line, head);
    if (entry.empty()) continue;
    const auto found = numbers.find(entry);
    if (found == numbers.end()) {
      ++strangers;
      continue;
    }
    numbers.erase(found);
    ++comparison.same;
  }
  if (!numbers.empty()) {
    std::uint64_t first = count;
    for (const auto& [line, number] : numbers) first = std::min(first, number);
    comparison.differences.push_back(
        fmt::format("{} of the {} lines of audit.jsonl are not in {}, first line {}", numbers.size(), count,
                    file.string(), first));
  }
  if (strangers > 0) {
    comparison.differences.push_back(
        fmt::format("{} has {} lines of this run that audit.jsonl does not have", file.string(), strangers));
  }
  return comparison;
}

}  // namespace firmquery
