// What a workbook has beside the results: Missing, Rejected, Duplicates, of a partial run Unresolved, and Summary.
// The same answer gives the same tables, whenever and however often it was asked for: times, servers and instants
// are in report.json alone.
#pragma once

#include <vector>

#include "firmquery/core/report.hpp"
#include "firmquery/history/missing_ages.hpp"
#include "firmquery/job/job.hpp"
#include "firmquery/output/result_format.hpp"
#include "firmquery/run/unit_store.hpp"

namespace firmquery {

// `job` and what `answer` refers to must outlive them; `report` is only looked at now: its input, its rows and what was
// found. `ages` may be null, and must outlive them, too.
std::vector<SideTable> side_tables(const Job& job, const Report& report, const Answer& answer,
                                   const MissingAges* ages = nullptr);

}  // namespace firmquery
