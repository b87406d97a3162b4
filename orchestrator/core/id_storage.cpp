#include "id_storage.hpp"

#include <algorithm>
#include <array>

#include "decimal_code.hpp"
#include "digit_words.hpp"
#include "digits.hpp"
#include "rank_search.hpp"
#include "xxh3.hpp"

namespace firmquery {
namespace {

template <class T>
int compare_values(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

constexpr std::size_t kTextRoom = 40;  // of the longest canonical integer, UUID or packed decimal, and a LF

// Fixed-size values. A codec has write(value, char*) -> size and read(text, value&) -> bool, which is false
// for a text that write() would not give; and Words (digit_words.hpp) for many values in their order, whose add_digest() is
// false where it knows no way but by the text.
template <class Codec>
class ValueStorage : public IdSet::Storage {
 public:
  using Value = typename Codec::Value;
  explicit ValueStorage(PodBuffer<Value> values) : values_(std::move(values)) {}

  std::size_t size() const override { return values_.size(); }

  void append_canonical(std::size_t index, std::string& out) const override {
    char buffer[kTextRoom];
    out.append(buffer, Codec::write(values_[index], buffer));
  }

  std::size_t find(std::string_view canonical, std::size_t begin, std::size_t end,
                   std::size_t hint) const override {
    Value wanted;
    if (!Codec::read(canonical, wanted)) return IdSet::npos;
    return find_rank(begin, end, hint,
                     [&](std::size_t rank) { return compare_values(wanted, values_[rank]); });
  }

  // In step: each has halved its interval as often as the others.
  void find_each(std::span<const std::string_view> canonical, std::span<std::size_t> ranks) const override {
    constexpr std::size_t kLanes = 16;
    Value wanted[kLanes];
    const Value* first[kLanes];
    for (std::size_t at = 0; at < canonical.size(); at += kLanes) {
      const std::size_t lanes = std::min(kLanes, canonical.size() - at);
      bool read[kLanes];
      for (std::size_t i = 0; i < lanes; ++i) {
        first[i] = values_.begin();
        read[i] = Codec::read(canonical[at + i], wanted[i]);
        if (!read[i]) wanted[i] = Value{};
      }
      for (std::size_t size = values_.size(); size > 1;) {
        const std::size_t half = size / 2;
        for (std::size_t i = 0; i < lanes; ++i)
          first[i] = wanted[i] < first[i][half] ? first[i] : first[i] + half;
        size -= half;
      }
      for (std::size_t i = 0; i < lanes; ++i) {
        const bool found =
            read[i] && !values_.empty() && !(*first[i] < wanted[i]) && !(wanted[i] < *first[i]);
        ranks[at + i] = found ? static_cast<std::size_t>(first[i] - values_.begin()) : IdSet::npos;
      }
    }
  }

  Digest digest(std::size_t begin, std::size_t end) const override {
    // Formatted a batch at a time: a hash that reads across what was only just written has to wait for it.
    constexpr std::size_t kBatch = 32;
    char texts[kBatch][kTextRoom];
    std::size_t sizes[kBatch];
    typename Codec::Words words;
    Digest sum;
    for (std::size_t at = begin; at < end;) {
      std::size_t count = 0;
      for (const std::size_t stop = at + std::min(kBatch, end - at); at < stop; ++at) {
        if (words.add_digest(values_[at], sum)) continue;
        sizes[count] = Codec::write(values_[at], texts[count]);
        ++count;
      }
      for (std::size_t i = 0; i < count; ++i) sum += digest_of({texts[i], sizes[i]});
    }
    return sum;
  }

  void append_lines(std::size_t begin, std::size_t end, std::string& out) const override {
    constexpr std::size_t kLines = 128;
    char buffer[kLines * kTextRoom];
    typename Codec::Words words;
    while (begin < end) {
      char* at = buffer;
      const std::size_t stop = std::min(end, begin + kLines);
      for (; begin < stop; ++begin) {
        at += words.write(values_[begin], at);
        *at++ = '\n';
      }
      out.append(buffer, static_cast<std::size_t>(at - buffer));
    }
  }

  bool plain() const override { return true; }

 protected:
  PodBuffer<Value> values_;
};

struct IntegerCodec {
  using Value = std::int64_t;
  using Words = IntegerWords;
  static std::size_t write(Value value, char* out) { return write_integer(value, out); }
  static bool read(std::string_view text, Value& value) {
    const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
    if (digits.empty() || !is_digit(digits.front())) return false;
    if (digits.front() == '0' && text.size() > 1) return false;
    return parse_integer_id(text, value) == IdProblem::none && is_digit(text.back());
  }
};

struct UuidCodec {
  using Value = Uuid;
  struct Words {
    static std::size_t write(const Uuid& value, char* out) { return UuidCodec::write(value, out); }
    static bool add_digest(const Uuid&, Digest&) { return false; }
  };
  static std::size_t write(const Value& value, char* out) {
    format_uuid(value, out);
    return kUuidTextSize;
  }
  static bool read(std::string_view text, Value& value) {
    if (text.size() != kUuidTextSize || !parse_uuid(text, value)) return false;
    char again[kUuidTextSize];
    format_uuid(value, again);
    return text == std::string_view(again, kUuidTextSize);
  }
};

struct DecimalCodec {
  using Value = std::uint64_t;
  using Words = DecimalWords;
  static std::size_t write(Value value, char* out) { return decode_decimal(value, out); }
  static bool read(std::string_view text, Value& value) { return encode_decimal(text, value); }
};

class IntegerStorage final : public ValueStorage<IntegerCodec> {
 public:
  using ValueStorage::ValueStorage;
  std::pair<std::size_t, std::size_t> integer_interval(std::int64_t low, std::int64_t high) const override {
    const auto* first = std::lower_bound(values_.begin(), values_.end(), low);
    const auto* last = std::upper_bound(first, values_.end(), high);
    return {static_cast<std::size_t>(first - values_.begin()),
            static_cast<std::size_t>(last - values_.begin())};
  }
};

class ArenaStorage final : public IdSet::Storage {
 public:
  explicit ArenaStorage(IdArena ids) : ids_(std::move(ids)) {}
  std::size_t size() const override { return ids_.size(); }
  void append_canonical(std::size_t index, std::string& out) const override {
    ids_.prefetch(index + kAhead);
    out.append(ids_[index]);
  }
  std::size_t find(std::string_view canonical, std::size_t begin, std::size_t end,
                   std::size_t hint) const override {
    return ids_.find(canonical, begin, end, hint);
  }
  Digest digest(std::size_t begin, std::size_t end) const override {
    Digest sum;
    for (std::size_t i = begin; i < end; ++i) {
      ids_.prefetch(i + kAhead);
      sum += digest_of(ids_[i]);
    }
    return sum;
  }
  void append_lines(std::size_t begin, std::size_t end, std::string& out) const override {
    for (; begin < end; ++begin) {
      append_canonical(begin, out);
      out += '\n';
    }
  }
  bool plain() const override { return ids_.type() == IdType::numeric; }

 private:
  // IDs added out of order lie anywhere in the blob; readers go through them by rank.
  static constexpr std::size_t kAhead = 16;
  IdArena ids_;
};

}  // namespace

void IdSet::Storage::find_each(std::span<const std::string_view> canonical,
                               std::span<std::size_t> ranks) const {
  for (std::size_t i = 0; i < canonical.size(); ++i) ranks[i] = find(canonical[i], 0, size(), IdSet::npos);
}

std::pair<std::size_t, std::size_t> IdSet::Storage::integer_interval(std::int64_t, std::int64_t) const {
  return {0, 0};
}

StoragePointer make_integer_storage(PodBuffer<std::int64_t> values) {
  return std::make_unique<IntegerStorage>(std::move(values));
}

StoragePointer make_uuid_storage(PodBuffer<Uuid> values) {
  return std::make_unique<ValueStorage<UuidCodec>>(std::move(values));
}

StoragePointer make_decimal_storage(PodBuffer<std::uint64_t> codes) {
  return std::make_unique<ValueStorage<DecimalCodec>>(std::move(codes));
}

StoragePointer make_arena_storage(IdArena ids) {
  return std::make_unique<ArenaStorage>(std::move(ids));
}

}  // namespace firmquery
