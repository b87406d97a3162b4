#include "preparing/list_again.hpp"

#include <system_error>
#include <utility>

#include "firmquery/output/artifacts.hpp"
#include "firmquery/run/input.hpp"
#include "preparing/input_file.hpp"
#include "preparing/input_query.hpp"

namespace firmquery {

Result<PassedList> pass_over_again(const Job& job, IdType type, CleanSink& sink,
                                   const Result<void>& sink_outcome, const std::stop_token& stop) {
  InputOptions options = input_options(job);
  options.clean.type = type;
  const std::filesystem::path copy = artifact_path(job.out, Artifact::list_copy);
  std::error_code ignored;
  if (std::filesystem::exists(copy, ignored)) options.path = copy;
  FQ_TRY_ASSIGN(InputFile file, options.lifted ? InputFile::produced(short_name(options.path), {})
                                               : InputFile::open(options.path, {}));
  if (options.rows) {
    options.clean = rows_as_list(std::move(options.clean));
    file.take_as_it_is();
  }
  options.clean.source_name = file.name();
  const ListPass pass{options.clean, sink, sink_outcome, {}, {}};
  return options.lifted ? pass_over_text(options.lifted->values, file, pass) : pass_over(file, pass, stop);
}

}  // namespace firmquery
