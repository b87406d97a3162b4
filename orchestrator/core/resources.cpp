#include "firmquery/core/resources.hpp"

#include <cstdlib>
#include <new>

namespace firmquery {
namespace {

class Heap : public Memory {
 public:
  void* resize(void* block, std::size_t, std::size_t bytes) override {
    if (bytes == 0) {
      std::free(block);
      return nullptr;
    }
    void* const moved = std::realloc(block, bytes);
    if (moved == nullptr) throw std::bad_alloc();
    return moved;
  }
};

class ThisThread : public Executor {
 public:
  unsigned width() const override { return 1; }
  void run(unsigned count, const std::function<void(unsigned)>& work) override {
    for (unsigned i = 0; i < count; ++i) work(i);
  }
};

}  // namespace

Memory& heap_memory() {
  static Heap heap;
  return heap;
}

Executor& this_thread() {
  static ThisThread thread;
  return thread;
}

}  // namespace firmquery
