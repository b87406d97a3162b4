#include "firmquery/core/id_set.hpp"

#include <algorithm>

#include "id_storage.hpp"

namespace firmquery {

IdSet::IdSet() : type_(IdType::text) {}
IdSet::IdSet(IdType type, std::unique_ptr<const Storage> storage)
    : type_(type), storage_(std::move(storage)) {}
IdSet::IdSet(IdSet&&) noexcept = default;
IdSet& IdSet::operator=(IdSet&&) noexcept = default;
IdSet::~IdSet() = default;

std::size_t IdSet::size() const {
  return storage_ ? storage_->size() : 0;
}

void IdSet::append_canonical(std::size_t index, std::string& out) const {
  storage_->append_canonical(index, out);
}

std::string IdSet::canonical(std::size_t index) const {
  std::string text;
  append_canonical(index, text);
  return text;
}

void IdSet::append_lines(std::size_t begin, std::size_t end, std::string& out) const {
  end = std::min(end, size());
  if (begin < end) storage_->append_lines(begin, end, out);
}

bool IdSet::plain() const {
  return !storage_ || storage_->plain();
}

std::size_t IdSet::find(std::string_view canonical, std::size_t begin, std::size_t end,
                        std::size_t hint) const {
  end = std::min(end, size());
  return begin < end ? storage_->find(canonical, begin, end, hint) : npos;
}

void IdSet::find_each(std::span<const std::string_view> canonical, std::span<std::size_t> ranks) const {
  if (storage_) return storage_->find_each(canonical, ranks);
  std::fill(ranks.begin(), ranks.end(), npos);
}

std::pair<std::size_t, std::size_t> IdSet::integer_interval(std::int64_t low, std::int64_t high) const {
  return storage_ ? storage_->integer_interval(low, high) : std::pair<std::size_t, std::size_t>{0, 0};
}

Digest IdSet::digest() const {
  return digest(0, size());
}

Digest IdSet::digest(std::size_t begin, std::size_t end) const {
  end = std::min(end, size());
  return begin < end ? storage_->digest(begin, end) : Digest{};
}

}  // namespace firmquery
