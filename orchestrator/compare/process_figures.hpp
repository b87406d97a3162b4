// What this process has used. Private to compare.
#pragma once

namespace firmquery {

double cpu_seconds();  // of all its threads, user and system, so far
// From here on the peak of the memory is a new one. False: the kernel does not allow it.
bool reset_peak_memory();

}  // namespace firmquery
