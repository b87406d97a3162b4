// Where the lines of a run's audit log go besides its own file: to one log of all runs of a host, and to the system's. A line
// there is {"run_id","host","pid","user","entry":LINE}, with the line as it stands in the run's own log, so that what was
// altered or cut in one of the two shows in the other.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "firmquery/core/error.hpp"
#include "firmquery/output/run_directory.hpp"

namespace firmquery {

inline constexpr const char* kSyslogSocket = "/dev/log";

struct AuditCopies {
  std::filesystem::path file;  // empty: none; see shared_lines.hpp
  bool syslog = false;         // facility authpriv, level info
  std::filesystem::path socket = kSyslogSocket;
  bool empty() const { return file.empty() && !syslog; }
};

// Whether lines can be written there now. Nothing is.
Result<void> check_audit_copies(const AuditCopies& copies);

// Of the run with that ID; in this order: file, syslog. The first failure is returned, and nothing is tried after it.
Result<void> copy_audit_line(const AuditCopies& copies, const std::string& run_id, std::string_view line);

// Whether the file has every line of the run's own log, and no other of that run. `trail`: of an unbroken log.
// `directory`: of the run.
struct AuditComparison {
  std::uint64_t same = 0;
  std::vector<std::string> differences;  // empty: none
};
Result<AuditComparison> compare_audit_file(const std::filesystem::path& file,
                                           const std::filesystem::path& directory, const std::string& run_id);

}  // namespace firmquery
