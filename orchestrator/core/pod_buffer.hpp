// A growing array of plain values for the hundred millions of them.
//
// Large ones are mappings of their own that grow and shrink by moving pages instead of copying them: the peak
// while growing is the array itself, where std::vector needs the old and the new one at once. Elements are
// not initialised by resize(), so that memory never written is never resident.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

namespace firmquery {

namespace pod_buffer_detail {

inline constexpr std::size_t kMappedFrom = 8u << 20;  // bytes
inline constexpr std::size_t kPages = 64u << 10;      // a multiple of every page size

constexpr bool is_mapped(std::size_t bytes) {
  return bytes >= kMappedFrom;
}
constexpr std::size_t mapped_size(std::size_t bytes) {
  return (bytes + kPages - 1) / kPages * kPages;
}

inline void release(void* data, std::size_t bytes) {
  if (is_mapped(bytes)) {
    ::munmap(data, mapped_size(bytes));
  } else {
    std::free(data);
  }
}

inline void* map(void* old, std::size_t old_bytes, std::size_t bytes) {
  const std::size_t size = mapped_size(bytes);
  void* const data = old != nullptr ? ::mremap(old, mapped_size(old_bytes), size, MREMAP_MAYMOVE)
                                    : ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) throw std::bad_alloc();
  return data;
}

// Like realloc(), for any size but 0; throws std::bad_alloc.
inline void* reallocate(void* old, std::size_t old_bytes, std::size_t bytes) {
  if (is_mapped(bytes) && is_mapped(old_bytes)) return map(old, old_bytes, bytes);
  if (!is_mapped(bytes) && !is_mapped(old_bytes)) {
    void* const data = std::realloc(old, bytes);
    if (data == nullptr) throw std::bad_alloc();
    return data;
  }
  void* const data = is_mapped(bytes) ? map(nullptr, 0, bytes) : std::malloc(bytes);
  if (data == nullptr) throw std::bad_alloc();
  if (old != nullptr) std::memcpy(data, old, std::min(old_bytes, bytes));
  release(old, old_bytes);
  return data;
}

}  // namespace pod_buffer_detail

template <class T>
class PodBuffer {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  PodBuffer() = default;
  explicit PodBuffer(std::size_t size) { resize(size); }
  PodBuffer(PodBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  PodBuffer& operator=(PodBuffer&& other) noexcept {
    if (this != &other) {
      release();
      data_ = std::exchange(other.data_, nullptr);
      size_ = std::exchange(other.size_, 0);
      capacity_ = std::exchange(other.capacity_, 0);
    }
    return *this;
  }
  ~PodBuffer() { release(); }

  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](std::size_t index) { return data_[index]; }
  const T& operator[](std::size_t index) const { return data_[index]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }

  void push_back(T value) {
    if (size_ == capacity_) reallocate(capacity_ < 64 ? 64 : capacity_ + capacity_ / 2);
    data_[size_++] = value;
  }

  // Room for `count` more values at the end, not initialised.
  T* extend(std::size_t count) {
    if (capacity_ - size_ < count) {
      const std::size_t grown = capacity_ + capacity_ / 2;
      reallocate(size_ + count > grown ? size_ + count : grown);
    }
    T* const room = data_ + size_;
    size_ += count;
    return room;
  }

  void resize(std::size_t size) {
    if (size > capacity_) reallocate(size);
    size_ = size;
  }

  void shrink_to_fit() {
    if (size_ < capacity_) reallocate(size_);
  }

 private:
  void release() { pod_buffer_detail::release(static_cast<void*>(data_), capacity_ * sizeof(T)); }

  void reallocate(std::size_t capacity) {
    if (capacity == 0) {
      release();
      data_ = nullptr;
      capacity_ = 0;
      return;
    }
    if (capacity > static_cast<std::size_t>(-1) / 2 / sizeof(T)) throw std::bad_alloc();
    data_ = static_cast<T*>(pod_buffer_detail::reallocate(static_cast<void*>(data_), capacity_ * sizeof(T),
                                                          capacity * sizeof(T)));
    capacity_ = capacity;
  }

  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace firmquery
