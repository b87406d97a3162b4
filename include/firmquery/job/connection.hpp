// From options to a connection: DSN, its parts, Kerberos and the password file.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firmquery/job/job.hpp"
#include "firmquery/job/settings.hpp"

namespace firmquery {

// Asks for the private local PostgreSQL by name.
inline constexpr std::string_view kLocalDsn = "local:";

// Whether something says which server: a DSN, a host, a service or a database, in options or in libpq's
// variables.
bool names_server(const Settings& settings, const Surroundings& surroundings);

// Fills job.connect and job.target. Warnings go to `notices`. Reads password_file; touches nothing else.
Result<void> resolve_connection(const Settings& settings, const Surroundings& surroundings, Job& job,
                                std::vector<std::string>& notices);

// Where a query of IDs is asked; `named` also where there is none.
ServerChoice staging_choice(const Settings& settings);

// Fills `staging` from --ids-dsn. Adds what is wrong to `errors` and what the user should know to `notices`.
void resolve_staging(const Settings& settings, ConnectOptions& staging, std::vector<Error>& errors,
                     std::vector<std::string>& notices);

// Variables of the Kerberos library that the options ask for: name and value. Set them before any thread
// starts.
std::vector<std::pair<std::string, std::string>> kerberos_variables(const Settings& settings);

}  // namespace firmquery
