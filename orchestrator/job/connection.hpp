// From settings to servers: DSN, its parts, Kerberos and the password file.
#pragma once

#include <string>
#include <vector>

#include "firmquery/job/job.hpp"
#include "firmquery/job/local_dsn.hpp"
#include "firmquery/job/settings.hpp"

namespace firmquery {

// What a part of a job adds to: all that is wrong, and what the user should know.
struct Problems {
  std::vector<Error> errors;
  std::vector<std::string> notices;

  void add(std::string message, std::string place, std::string remedy = {}) {
    errors.push_back(Error{ErrorKind::usage, std::move(message), std::move(place), std::move(remedy), {}});
  }
};

// Whether something says which server: a DSN, a host, a service or a database, in options or in libpq's
// variables.
bool names_server(const Settings& settings, const Surroundings& surroundings);

// Fills `connect` where a server is named, and says whether one is.
ServerChoice resolve_connection(const Settings& settings, const Surroundings& surroundings,
                                ConnectOptions& connect, Problems& problems);

// Where a query of IDs is asked; `named` also where there is none.
ServerChoice staging_choice(const Settings& settings);
// Fills `staging` from --ids-dsn.
void resolve_staging(const Settings& settings, ConnectOptions& staging, Problems& problems);

}  // namespace firmquery
