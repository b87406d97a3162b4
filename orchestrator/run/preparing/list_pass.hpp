// One reading of a list from its beginning to its end, whatever it is: text, compressed text, a workbook, the rows of a
// query.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "firmquery/core/clean.hpp"
#include "firmquery/core/error.hpp"
#include "firmquery/db/session.hpp"
#include "preparing/input_file.hpp"
#include "preparing/input_query.hpp"
#include "preparing/machine.hpp"

namespace firmquery {

struct ListPass {
  const CleanOptions& options;
  CleanSink& sink;
  const Result<void>& sink_outcome;               // a failure of the sink ends the pass
  std::function<void(std::uint64_t)> lines_read;  // how many more; may be empty
  std::function<void(const std::string&)>
      sheet;  // of a workbook: its name, before the first row; may be empty
  Executor& executor = sorting_threads();
};

struct PassedList {
  InputCounts counts;
  InputProfile profile;
  std::vector<std::string> warnings;
};

// Of a file that is at its beginning.
Result<PassedList> pass_over(InputFile& file, const ListPass& pass, const std::stop_token& stop);
// The list that stood in a query; `file` keeps it for a second pass.
Result<PassedList> pass_over_text(std::string_view list, InputFile& file, const ListPass& pass);
// The rows of the query; `file` keeps them for a second pass.
Result<PassedList> pass_over_rows(const IdQuery& query, const ConnectOptions& server, InputFile& file,
                                  const ListPass& pass, const std::stop_token& stop);

}  // namespace firmquery
