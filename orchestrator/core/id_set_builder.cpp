#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "contract.hpp"
#include "decimal_code.hpp"
#include "firmquery/core/id_set.hpp"
#include "id_storage.hpp"
#include "radix_sort.hpp"

namespace firmquery {
namespace {

// Removes repeats from the sorted values [begin, end), in place; returns how many are left.
template <class T>
std::size_t take_repeated(T* begin, T* end, PodBuffer<T>& repeated) {
  T* kept = std::adjacent_find(begin, end);
  if (kept == end) return static_cast<std::size_t>(end - begin);
  for (const T* at = kept++ + 1; at != end; ++at) {
    if (*at != kept[-1]) {
      *kept++ = *at;
    } else if (repeated.empty() || repeated[repeated.size() - 1] != *at) {
      repeated.push_back(*at);
    }
  }
  return static_cast<std::size_t>(kept - begin);
}

// Removes repeats from sorted values, in place; returns each value that was there more than once. Every thread has a
// stretch, which begins with a value that the one before does not have.
template <class T>
PodBuffer<T> take_repeated(PodBuffer<T>& values, Executor& executor) {
  constexpr std::size_t kWorthAThread = 100'000;
  const unsigned count = values.size() < kWorthAThread ? 1 : std::max(1u, executor.width());
  std::vector<T*> begins(count + 1, values.end());
  begins[0] = values.begin();
  for (unsigned i = 1; i < count; ++i) {
    T* at = std::max(begins[i - 1], values.begin() + values.size() / count * i);
    while (at != values.begin() && at != values.end() && *at == at[-1]) ++at;
    begins[i] = at;
  }
  std::vector<PodBuffer<T>> found;
  for (unsigned i = 0; i < count; ++i) found.emplace_back(values.memory());
  std::vector<std::size_t> left(count);
  executor.run(count, [&](unsigned i) { left[i] = take_repeated(begins[i], begins[i + 1], found[i]); });
  PodBuffer<T> repeated = std::move(found[0]);
  std::size_t kept = left[0];
  for (unsigned i = 1; i < count; ++i) {
    if (begins[i] != values.begin() + kept)
      std::memmove(values.begin() + kept, begins[i], left[i] * sizeof(T));
    kept += left[i];
    for (const T& value : found[i]) repeated.push_back(value);
  }
  values.resize(kept);
  values.shrink_to_fit();
  repeated.shrink_to_fit();
  return repeated;
}

void sort_values(PodBuffer<std::int64_t>& values, Executor& executor) {
  constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
  radix_sort(
      values, [](std::int64_t value) { return static_cast<std::uint64_t>(value) ^ kSign; }, executor);
}

void sort_values(PodBuffer<std::uint64_t>& values, Executor& executor) {
  radix_sort(
      values, [](std::uint64_t value) { return value; }, executor);
}

void sort_values(PodBuffer<Uuid>& values, Executor& executor) {
  radix_sort(
      values, [](const Uuid& value) { return value.high; }, executor);
  for (Uuid* run = values.begin(); run != values.end();) {
    Uuid* end = run + 1;
    while (end != values.end() && end->high == run->high) ++end;
    if (end - run > 1) std::sort(run, end);
    run = end;
  }
}

template <class T>
SortedIds sorted_values(IdType type, PodBuffer<T> values, Executor& executor,
                        StoragePointer (*make)(PodBuffer<T>)) {
  const std::uint64_t added = values.size();
  sort_values(values, executor);
  PodBuffer<T> repeated = take_repeated(values, executor);
  const std::uint64_t unique = values.size();
  return {IdSet(type, make(std::move(values))), IdSet(type, make(std::move(repeated))), added - unique};
}

}  // namespace

class IdSetBuilder::State {
 public:
  State(IdType type, const Resources& resources)
      : resources_(resources),
        type_(type),
        integers_(*resources.memory),
        uuids_(*resources.memory),
        decimals_(*resources.memory),
        arena_(type, *resources.memory) {}

  void add(std::int64_t id) {
    require(type_ == IdType::integer, "an integer was added to a list of another type");
    integers_.push_back(id);
  }

  void add(std::string_view canonical) {
    switch (type_) {
      case IdType::integer:
        return add_integer(canonical);
      case IdType::uuid:
        return add_uuid(canonical);
      case IdType::numeric:
        return arena_.add(canonical);
      case IdType::text:
        return add_text(canonical);
    }
  }

  void add(const PackedIds& ids) {
    require(ids.type == type_, "packed IDs were added to a list of another type");
    if (ids.values.empty()) return;
    if (type_ == IdType::integer) return copy(ids.values, integers_);
    if (arena_.size() == 0) return copy(ids.values, decimals_);
    char buffer[kDecimalCodePlaces];
    for (const std::uint64_t code : ids.values) arena_.add({buffer, decode_decimal(code, buffer)});
  }

  std::uint64_t size() const { return integers_.size() + uuids_.size() + decimals_.size() + arena_.size(); }

  SortedIds finish() {
    Executor& executor = *resources_.executor;
    if (type_ == IdType::integer)
      return sorted_values(type_, std::move(integers_), executor, make_integer_storage);
    if (type_ == IdType::uuid) return sorted_values(type_, std::move(uuids_), executor, make_uuid_storage);
    if (!decimals_.empty()) return sorted_values(type_, std::move(decimals_), executor, make_decimal_storage);
    const std::uint64_t added = arena_.size();
    IdArena repeated = arena_.sort_unique(executor);
    const std::uint64_t unique = arena_.size();
    return {IdSet(type_, make_arena_storage(std::move(arena_))),
            IdSet(type_, make_arena_storage(std::move(repeated))), added - unique};
  }

  IdType type() const { return type_; }
  const Resources& resources() const { return resources_; }

 private:
  template <class Value>
  static void copy(std::span<const std::uint64_t> packed, PodBuffer<Value>& values) {
    static_assert(sizeof(Value) == sizeof(std::uint64_t));
    std::memcpy(values.extend(packed.size()), packed.data(), packed.size_bytes());
  }

  void add_integer(std::string_view canonical) {
    std::int64_t value = 0;
    require(parse_integer_id(canonical, value) == IdProblem::none, "an ID that is not an integer was added");
    integers_.push_back(value);
  }

  void add_uuid(std::string_view canonical) {
    Uuid value;
    require(parse_uuid(canonical, value), "an ID that is not a UUID was added");
    uuids_.push_back(value);
  }

  void add_text(std::string_view canonical) {
    std::uint64_t code = 0;
    if (arena_.size() == 0 && encode_decimal(canonical, code)) return decimals_.push_back(code);
    if (!decimals_.empty()) move_decimals_to_arena();
    arena_.add(canonical);
  }

  void move_decimals_to_arena() {
    const PodBuffer<std::uint64_t> codes = std::move(decimals_);
    char buffer[kDecimalCodePlaces];
    for (const std::uint64_t code : codes) arena_.add({buffer, decode_decimal(code, buffer)});
  }

  const Resources resources_;
  IdType type_;
  // One of these is in use.
  PodBuffer<std::int64_t> integers_;
  PodBuffer<Uuid> uuids_;
  PodBuffer<std::uint64_t> decimals_;
  IdArena arena_;
};

IdSetBuilder::IdSetBuilder(IdType type, const Resources& resources)
    : state_(std::make_unique<State>(type, resources)) {}
IdSetBuilder::~IdSetBuilder() = default;

void IdSetBuilder::add(std::int64_t id) {
  state_->add(id);
}
void IdSetBuilder::add(std::string_view canonical) {
  state_->add(canonical);
}
void IdSetBuilder::add(const PackedIds& ids) {
  state_->add(ids);
}
std::uint64_t IdSetBuilder::size() const {
  return state_->size();
}

SortedIds IdSetBuilder::finish() {
  const auto state = std::exchange(state_, std::make_unique<State>(state_->type(), state_->resources()));
  return state->finish();
}

}  // namespace firmquery
