// Row-level security leaves rows out without a word, and they would be reported as missing. Every session
// turns that into an error (row_security = off); here it is found out beforehand, and told with the tables it
// is about.
#pragma once

#include <string>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/db/dialect.hpp"
#include "firmquery/db/session.hpp"

namespace firmquery {

struct RowSecurity {
  bool hides = false;         // rows of the statement from this role, or may
  bool not_an_error = false;  // and the server cannot be told to make that an error
  std::vector<std::string>
      tables;  // with row-level security, that the statement reads; where the server says so
};

// `sql` must be a statement that can be described by this role, whatever row_security is. Leaves no
// transaction open.
Result<RowSecurity> examine_row_security(Session& session, const Dialect& dialect, const std::string& sql);

// What a run does not do unless the filtered view is wanted.
Error hidden_rows(const Session& session, const RowSecurity& found);
bool is_hidden_rows(const Error& error);
// What was found, for people: a word or a sentence.
std::string row_security_state(const Session& session, const Dialect& dialect, const RowSecurity& found);
// What a run, and whoever reads its report, should know; empty: nothing.
std::string row_security_warning(const Session& session, const RowSecurity& found);

}  // namespace firmquery
