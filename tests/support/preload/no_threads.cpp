// Loaded before everything else (LD_PRELOAD): the system gives the program FAIL_THREAD - 1 threads and then
// no more.
#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*work)(void*),
                              void* argument) {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto real = reinterpret_cast<Create>(::dlsym(RTLD_NEXT, "pthread_create"));
  static std::atomic<int> made{0};
  const char* first_failure = std::getenv("FAIL_THREAD");
  if (first_failure != nullptr && ++made >= std::atoi(first_failure)) return EAGAIN;
  return real(thread, attributes, work, argument);
}
