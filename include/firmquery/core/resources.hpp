// What the core is handed by who owns the machine: it starts no thread and maps no page of its own.
#pragma once

#include <cstddef>
#include <functional>

namespace firmquery {

// Blocks of memory for plain values. Thread-safe.
class Memory {
 public:
  virtual ~Memory() = default;
  // Like realloc(): a block of `bytes` that begins with what `block` (null: nothing) of `old_bytes` holds, as
  // far as it fits; `block` is no more. 0 bytes: releases it, and returns null. Throws std::bad_alloc, and
  // then `block` stays.
  virtual void* resize(void* block, std::size_t old_bytes, std::size_t bytes) = 0;
};
Memory& heap_memory();

// Who does work on several threads.
class Executor {
 public:
  virtual ~Executor() = default;
  virtual unsigned width() const = 0;  // how many pieces of work make progress at once; at least 1
  // Calls work(0) ... work(count - 1), in any order and perhaps at once, and returns when all have ended.
  // `work` must not throw.
  virtual void run(unsigned count, const std::function<void(unsigned)>& work) = 0;
};
Executor& this_thread();  // one after the other

struct Resources {
  Memory* memory = &heap_memory();
  Executor* executor = &this_thread();
};

}  // namespace firmquery
