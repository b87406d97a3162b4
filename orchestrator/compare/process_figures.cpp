#include "process_figures.hpp"

#include <sys/resource.h>

#include <fstream>

namespace firmquery {

double cpu_seconds() {
  struct rusage usage = {};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

bool reset_peak_memory() {
  // proc(5), /proc/pid/clear_refs: 5 resets VmHWM.
  std::ofstream file("/proc/self/clear_refs");
  file << "5" << std::flush;
  return file.good();
}

}  // namespace firmquery
