// The servers that options leave to the program: where a query of IDs is asked, and the private local
// PostgreSQL.
#pragma once

#include <string>
#include <vector>

#include "firmquery/job.hpp"
#include "settings.hpp"

namespace firmquery::cli {

// There is a query of IDs and no --ids-dsn: the private local PostgreSQL is asked.
bool asks_embedded_server(const Settings& settings);

// Fills `staging` from --ids-dsn. Adds what is wrong to `errors` and what the user should know to `notices`.
void resolve_staging(const Settings& settings, ConnectOptions& staging, std::vector<Error>& errors,
                     std::vector<std::string>& notices);

// Starts the private local PostgreSQL when the job needs it and fills in its DSN. Before the signals are
// taken over, so that the server does not inherit them blocked.
Result<void> start_embedded_server(Job& job);
Result<std::string> start_embedded_server();  // its DSN

}  // namespace firmquery::cli
