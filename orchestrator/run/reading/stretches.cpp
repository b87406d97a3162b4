// Two ways of reading in one strategy, stretch by stretch: the lookups of another strategy, and scans where
// the list is dense. What a scan would have to read too much for is looked up.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "firmquery/core/access_chooser.hpp"
#include "loading/ids_loader.hpp"
#include "reading/strategy.hpp"

namespace firmquery {
namespace {

constexpr std::size_t block = AccessChooser::kTrialIds;

// Where an ID stands on the key's scale, as far as that is a number.
double position(const IdSet& ids, std::size_t rank) {
  const std::string id = ids.canonical(rank);
  if (ids.type() != IdType::uuid) return std::strtod(id.c_str(), nullptr);
  std::uint64_t head = 0;  // 00000000-0000: 48 bits
  for (const char c : std::string_view(id).substr(0, 13)) {
    if (c != '-') head = head * 16 + static_cast<std::uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
  }
  return static_cast<double>(head);
}

class Stretches : public Strategy {
 public:
  Stretches(const StrategyContext& context, std::unique_ptr<Strategy> lookup, Scans scans)
      : context_(context),
        lookup_(std::move(lookup)),
        scan_(make_scan(context)),
        always_(scans == Scans::always),
        chooser_(scans == Scans::mostly) {}

  Loading loading() const override { return lookup_->loading(); }
  bool bound_to_session() const override { return lookup_->bound_to_session(); }
  bool misses_list(const Error& error) const override { return lookup_->misses_list(error); }
  Result<void> set_up(Session& control) override { return lookup_->set_up(control); }
  Result<void> loaded(Session& control) override { return lookup_->loaded(control); }
  Result<void> tear_down(Session& control) override { return lookup_->tear_down(control); }
  Result<void> load(Session& session, Slice slice, const LoadWatch& watch) override {
    first_ = slice.begin;
    return lookup_->load(session, slice, watch);
  }
  void assume_loaded(Slice slice) override {
    first_ = slice.begin;
    lookup_->assume_loaded(slice);
  }
  bool shrink_load(const Error& error) override { return lookup_->shrink_load(error); }

  Slice next_unit(Slice rest) override {
    if (rest.begin < look_up_until_) {
      access_ = AccessPath::lookup;
      return lookup_->next_unit({rest.begin, std::min(rest.end, look_up_until_)});
    }
    const AccessChooser::Choice choice = choose({rest.begin, std::min(rest.end, rest.begin + block)});
    access_ = choice.access;
    const std::size_t size = std::min(rest.size(), choice.most_ids);
    Slice unit = current().next_unit({rest.begin, rest.begin + size});
    for (std::size_t at = unit.begin + block; choice.most_ids == AccessChooser::kNoLimit && at < unit.end;
         at += block) {
      if (choose({at, std::min(unit.end, at + block)}).access != access_) unit.end = at;
    }
    // Lookups ask for whole parts, as they were loaded.
    const std::size_t whole = unit.end - (unit.end - first_) % part_ids;
    if (unit.end < rest.end && whole > unit.begin) unit.end = whole;
    return unit;
  }

  Result<Statement> query(Session& session, Slice unit) override { return current().query(session, unit); }
  Result<Statement> sample(Session& session, Slice& unit) override { return current().sample(session, unit); }

  void completed(Slice unit, const UnitCost& cost) override {
    current().completed(unit, cost);
    if (access_ == AccessPath::scan) {
      chooser_.scanned(stretch(unit), static_cast<double>(cost.rows), cost.took.count());
    } else {
      chooser_.looked_up(stretch(unit), cost.took.count());
    }
  }
  // A scan that takes too long has as little to recommend it as one that returns too much.
  bool shrink(Slice unit) override {
    if (access_ == AccessPath::lookup) return lookup_->shrink(unit);
    given_up(unit);
    return true;
  }
  void given_up(Slice unit) override {
    chooser_.given_up(stretch(unit), static_cast<double>(scan_row_limit(unit)));
    // A small one that is too much is too much; in a large one it may be a part of it.
    if (unit.size() <= block || !scan_->shrink(unit)) look_up_until_ = unit.end;
  }

 private:
  Strategy& current() { return access_ == AccessPath::scan ? *scan_ : *lookup_; }
  AccessChooser::Choice choose(Slice slice) const {
    if (always_) return {AccessPath::scan, AccessChooser::kNoLimit};
    return chooser_.choose(stretch(slice));
  }
  Stretch stretch(Slice slice) const {
    const auto count = static_cast<double>(slice.size());
    if (context_.ids.type() == IdType::text) return {count, count};
    return {count, position(context_.ids, slice.end - 1) - position(context_.ids, slice.begin) + 1};
  }

  const StrategyContext& context_;
  const std::unique_ptr<Strategy> lookup_, scan_;
  const bool always_;
  AccessChooser chooser_;
  AccessPath access_ = AccessPath::lookup;  // of the unit that next_unit() has given out
  std::size_t first_ = 0;                   // of what was loaded
  std::size_t look_up_until_ = 0;
};

}  // namespace

std::unique_ptr<Strategy> make_stretches(const StrategyContext& context, std::unique_ptr<Strategy> lookup,
                                         Scans scans) {
  return std::make_unique<Stretches>(context, std::move(lookup), scans);
}

}  // namespace firmquery
