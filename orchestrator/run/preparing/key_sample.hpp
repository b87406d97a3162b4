// A sample of the key column: both ends of its order and stretches between them, a few hundred rows in one statement
// with a short time limit. What it costs does not depend on the size of the table.
#pragma once

#include <optional>

#include "firmquery/core/id_set.hpp"
#include "firmquery/core/list_fit.hpp"
#include "firmquery/db/dialect.hpp"
#include "firmquery/db/session.hpp"
#include "firmquery/run/query_facts.hpp"

namespace firmquery {

// Nothing where the compared column is not a table's own, its type has one spelling only (uuid), or the server does not
// answer in time or refuses: who asks goes on without. `list` says where to look in a column of numbers. Afterwards
// statements of the session may take `time_limit` seconds. Requires: the session is in no transaction.
std::optional<KeySample> sample_key(Session& session, const Dialect& dialect, const KeyColumn& key,
                                    const IdSet& list, double time_limit);

}  // namespace firmquery
