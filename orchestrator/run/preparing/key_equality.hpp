// Which IDs the server holds equal. A row is held against the list by the bytes of its key. Under a
// comparison that finds different bytes equal it could answer another ID than the one it is written as, or
// several: an ID would be called missing that has a row, and how many sessions read would decide which. Such
// runs are refused at their start.
//
// PostgreSQL says of each collation whether it is bytewise ("deterministic"). CockroachDB's never are;
// whether one can confuse the IDs of a list depends on the characters in it, and the server is asked that.
#pragma once

#include <string>

#include "firmquery/core/id_set.hpp"
#include "firmquery/run/query_facts.hpp"

namespace firmquery {

// Of the query alone. `described`: of the template, as the server was asked for it; `facts` has its columns
// and key. Fails with kind query, naming the collation and how to compare bytewise. Warns where nobody can
// know.
Result<void> check_comparison(Session& session, const Dialect& dialect, const SqlTemplate& sql_template,
                              const DescribedTemplate& described, QueryFacts& facts);

// Of the list against the key's collation. Fails with kind query.
Result<void> check_list_collation(Session& session, const Dialect& dialect, const QueryFacts& facts,
                                  const IdSet& ids);

// The error of a row whose key is not in the list, with what the collation has to do with it; others as they
// are.
Error explain_stray_key(Error error, const Dialect& dialect, const QueryFacts& facts);

}  // namespace firmquery
