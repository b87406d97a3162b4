// A growing array of plain values for the hundred millions of them.
//
// Its memory is somebody else's (resources.hpp), who can grow a large block without copying it, where
// std::vector needs the old and the new one at once. Elements are not initialised by resize(), so that memory
// never written need not be resident.
#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

#include "firmquery/core/resources.hpp"

namespace firmquery {

template <class T>
class PodBuffer {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  explicit PodBuffer(Memory& memory = heap_memory()) : memory_(&memory) {}
  PodBuffer(PodBuffer&& other) noexcept
      : memory_(other.memory_),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  PodBuffer& operator=(PodBuffer&& other) noexcept {
    if (this != &other) {
      release();
      memory_ = other.memory_;
      data_ = std::exchange(other.data_, nullptr);
      size_ = std::exchange(other.size_, 0);
      capacity_ = std::exchange(other.capacity_, 0);
    }
    return *this;
  }
  ~PodBuffer() { release(); }

  Memory& memory() const { return *memory_; }
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
  void release() {
    if (data_ != nullptr) (void)memory_->resize(data_, capacity_ * sizeof(T), 0);
  }

  void reallocate(std::size_t capacity) {
    if (capacity > static_cast<std::size_t>(-1) / 2 / sizeof(T)) throw std::bad_alloc();
    if (data_ != nullptr || capacity > 0)
      data_ = static_cast<T*>(memory_->resize(data_, capacity_ * sizeof(T), capacity * sizeof(T)));
    capacity_ = capacity;
  }

  Memory* memory_;
  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace firmquery
