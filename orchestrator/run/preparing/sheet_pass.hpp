// The part of list_pass.hpp that reads a sheet of a workbook.
#pragma once

#include <stop_token>

#include "preparing/list_pass.hpp"

namespace firmquery {

// Of the sheet that CleanOptions::sheet names, else the first that is not hidden. Fails (kind usage) when there is no
// such sheet, and says which there are.
Result<PassedList> pass_over_sheet(InputFile& file, const ListPass& pass, const std::stop_token& stop);

}  // namespace firmquery
