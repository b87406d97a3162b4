// A growing array of plain values for the hundred millions of them.
//
// It grows and shrinks with realloc(), which moves the pages of a large block instead of copying them: the
// peak while growing is the array itself, where std::vector needs the old and the new one at once. Elements
// are not initialised by resize(), so that memory never written is never resident.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>
#include <type_traits>
#include <utility>

namespace firmquery {

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
      std::free(data_);
      data_ = std::exchange(other.data_, nullptr);
      size_ = std::exchange(other.size_, 0);
      capacity_ = std::exchange(other.capacity_, 0);
    }
    return *this;
  }
  ~PodBuffer() { std::free(data_); }

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
  void reallocate(std::size_t capacity) {
    if (capacity == 0) {
      std::free(std::exchange(data_, nullptr));
      capacity_ = 0;
      return;
    }
    if (capacity > static_cast<std::size_t>(-1) / sizeof(T)) throw std::bad_alloc();
    T* const data = static_cast<T*>(std::realloc(static_cast<void*>(data_), capacity * sizeof(T)));
    if (data == nullptr) throw std::bad_alloc();
    data_ = data;
    capacity_ = capacity;
  }

  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace firmquery
