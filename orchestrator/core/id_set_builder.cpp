#include <algorithm>
#include <utility>

#include "contract.hpp"
#include "decimal_code.hpp"
#include "firmquery/core/id_set.hpp"
#include "id_storage.hpp"
#include "radix_sort.hpp"

namespace firmquery {
namespace {

// Removes repeats from sorted values, in place; returns each value that was there more than once.
template <class T>
PodBuffer<T> take_repeated(PodBuffer<T>& values) {
  PodBuffer<T> repeated(values.memory());
  std::size_t kept = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const T value = values[i];
    if (kept == 0 || values[kept - 1] != value) {
      values[kept++] = value;
    } else if (repeated.empty() || repeated[repeated.size() - 1] != value) {
      repeated.push_back(value);
    }
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
  PodBuffer<T> repeated = take_repeated(values);
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

  void add_digits(std::uint64_t value, std::size_t digits) {
    require(type_ == IdType::text, "digits were added to a list of another type than text");
    const std::uint64_t code = encode_decimal(value, digits);
    if (arena_.size() == 0) return decimals_.push_back(code);
    char buffer[kDecimalCodePlaces];
    arena_.add({buffer, decode_decimal(code, buffer)});
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
void IdSetBuilder::add_digits(std::uint64_t value, std::size_t digits) {
  state_->add_digits(value, digits);
}
std::uint64_t IdSetBuilder::size() const {
  return state_->size();
}

SortedIds IdSetBuilder::finish() {
  const auto state = std::exchange(state_, std::make_unique<State>(state_->type(), state_->resources()));
  return state->finish();
}

}  // namespace firmquery
