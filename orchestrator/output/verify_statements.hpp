#pragma once

#include "firmquery/core/report.hpp"
#include "firmquery/output/journal.hpp"
#include "firmquery/output/run_directory.hpp"
#include "verify_findings.hpp"

namespace firmquery {

// Manifest, report, journal and audit log say many things twice: run, query, instant, list, counts, files.
// Who alters one of them has to alter all.
void compare_statements(const Manifest& manifest, const Report& report, const JournalState& journal,
                        const AuditTrail& audit, Findings& findings);

}  // namespace firmquery
