// A commented job file with every key of the table, its default and its meaning.
#pragma once

#include <string>

namespace firmquery::cli {

std::string commented_job_file();

}  // namespace firmquery::cli
