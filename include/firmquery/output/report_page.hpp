// report.html: the report for people, as one file. It needs no network, no script and no other file, and says what
// report.json, the journal, the audit log and the lists of the run directory say.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/report.hpp"

namespace firmquery {

inline constexpr std::size_t kReportPageBytesMax = 500'000;

struct ReportPageOptions {
  std::optional<Error> error;         // why the run is neither complete nor partial
  std::vector<std::string> breached;  // the thresholds of --fail-on, as sentences
  std::vector<FileReport> files;      // those whose bytes are final
  // No ID of the list, and nothing of rejected.csv, is in the page.
  bool redact_ids = false;
  // With redact_ids: calls its argument with each ID of the list. Empty: they are not known; then the words of errors,
  // warnings and the query are left out.
  std::function<void(const std::function<void(std::string_view id)>&)> each_id;
};

// Reads the directory in one pass, with flat memory; nothing is asked of a server. Fails where a file of the run cannot
// be read.
Result<std::string> report_page(const std::filesystem::path& directory, const Report& report,
                                const ReportPageOptions& options);

}  // namespace firmquery
