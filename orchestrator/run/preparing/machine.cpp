#include "preparing/machine.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

namespace firmquery {
namespace {

constexpr std::size_t kMappedFrom = 8u << 20;  // bytes
constexpr std::size_t kPages = 64u << 10;      // a multiple of every page size

bool is_mapped(std::size_t bytes) {
  return bytes >= kMappedFrom;
}
std::size_t mapped_size(std::size_t bytes) {
  return (bytes + kPages - 1) / kPages * kPages;
}

class MappedMemory : public Memory {
 public:
  void* resize(void* block, std::size_t old_bytes, std::size_t bytes) override {
    if (!is_mapped(bytes) && !is_mapped(old_bytes)) return heap_memory().resize(block, old_bytes, bytes);
    if (is_mapped(bytes) && is_mapped(old_bytes)) return map(block, old_bytes, bytes);
    if (bytes == 0) {
      ::munmap(block, mapped_size(old_bytes));
      return nullptr;
    }
    void* const moved = is_mapped(bytes) ? map(nullptr, 0, bytes) : heap_memory().resize(nullptr, 0, bytes);
    if (block == nullptr) return moved;
    std::memcpy(moved, block, std::min(old_bytes, bytes));
    (void)resize(block, old_bytes, 0);
    return moved;
  }

 private:
  static void* map(void* old, std::size_t old_bytes, std::size_t bytes) {
    const std::size_t size = mapped_size(bytes);
    void* const block = old != nullptr ? ::mremap(old, mapped_size(old_bytes), size, MREMAP_MAYMOVE)
                                       : ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (block == MAP_FAILED) throw std::bad_alloc();
    return block;
  }
};

class Threads : public Executor {
 public:
  unsigned width() const override { return std::clamp(std::thread::hardware_concurrency(), 1u, 2u); }
  void run(unsigned count, const std::function<void(unsigned)>& work) override {
    std::vector<std::thread> others;
    unsigned started = 1;
    try {
      others.reserve(count);
      for (; started < count; ++started) others.emplace_back([&work, started] { work(started); });
    } catch (const std::system_error&) {
      for (unsigned i = started; i < count; ++i) work(i);
    }
    if (count > 0) work(0);
    for (std::thread& thread : others) thread.join();
  }
};

}  // namespace

Memory& mapped_memory() {
  static MappedMemory memory;
  return memory;
}

Executor& sorting_threads() {
  static Threads threads;
  return threads;
}

}  // namespace firmquery
