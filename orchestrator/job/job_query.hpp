// The query of a job, and the list of IDs that may stand in it.
#pragma once

#include "firmquery/job/job.hpp"
#include "firmquery/job/settings.hpp"
#include "firmquery/job/surroundings.hpp"

namespace firmquery {

struct Problems;

// Reads the query into the job. Where no list is named, the query's own is lifted out of it.
void fill_query(const Settings& settings, const Surroundings& surroundings, bool needed, Job& job,
                Problems& problems);

// What follows from a lifted list, once everything else of the job is there: where the list is, and unless somebody has
// said otherwise the key. The job that is made again from its options has the query with the placeholder.
void settle_lifted_list(const Settings& settings, Job& job);

}  // namespace firmquery
