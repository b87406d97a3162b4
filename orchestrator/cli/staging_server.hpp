// The servers that options leave to the program: where a query of IDs is asked, and the private local
// PostgreSQL.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "firmquery/job/job.hpp"

namespace firmquery::cli {

// Dry runs and checks never make the private local PostgreSQL, not even when it is asked for by name.
enum class Creation { allowed, never };

// Whether a server has the relations that are read there; empty: nobody knows what is read.
using Reads = std::function<Result<void>(const ConnectOptions&)>;

// The servers of a job that nobody has named: starts the private local PostgreSQL where the job asks for it,
// and takes it where the job says nothing and it is there and has what is read. Fails (usage) with the ways
// to name a server. Before the signals are taken over, so that the server does not inherit them blocked.
Result<void> settle_servers(Job& job, Creation creation);
Result<void> settle_target(ServerChoice choice, Creation creation, const Reads& reads,
                           ConnectOptions& connect);
Result<void> settle_staging(ServerChoice choice, Creation creation, const std::string& ids,
                            ConnectOptions& staging);

}  // namespace firmquery::cli
