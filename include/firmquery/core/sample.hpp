// A random sample that leaves no large part of the whole out: the whole is cut into as many strata of equal size as
// there are to be places, and one place of each is drawn. Whatever hit a stretch of two strata or more is in the
// sample. Pure: the same seed draws the same sample.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace firmquery {

class StratifiedSample {
 public:
  // Of the places 0 to population - 1; all of them where there are not more than `size`.
  StratifiedSample(std::uint64_t population, std::uint64_t size, std::uint64_t seed)
      : size_(std::min(population, size)), state_(seed) {
    if (size_ == 0) return;
    width_ = population / size_;
    wider_ = population % size_;
  }

  std::uint64_t size() const { return size_; }

  // The places in ascending order; none at the end.
  std::optional<std::uint64_t> next() {
    if (drawn_ == size_) return std::nullopt;
    const std::uint64_t begin = drawn_ * width_ + std::min(drawn_, wider_);
    const std::uint64_t width = width_ + (drawn_ < wider_ ? 1 : 0);
    ++drawn_;
    return begin + random() % width;
  }

 private:
  // SplitMix64: https://prng.di.unimi.it/splitmix64.c
  std::uint64_t random() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  std::uint64_t size_ = 0, state_ = 0;
  std::uint64_t width_ = 1, wider_ = 0;  // the first `wider_` strata have one place more than `width_`
  std::uint64_t drawn_ = 0;
};

}  // namespace firmquery
