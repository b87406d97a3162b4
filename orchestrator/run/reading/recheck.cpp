#include "reading/recheck.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace firmquery {
namespace {

// Between statements of seconds a proof of seconds is nothing; beyond that it takes half as long as what it proves.
constexpr std::chrono::seconds kTimeForIt{5};
constexpr double kShareOfReading = 0.5;
constexpr std::size_t kExamples = 5;

// `from` without `holes`; both ascending, and each hole within one of `from`.
std::vector<Slice> without(const std::vector<Slice>& from, const std::vector<Slice>& holes) {
  std::vector<Slice> rest;
  auto hole = holes.begin();
  for (Slice slice : from) {
    for (; hole != holes.end() && hole->begin < slice.end; ++hole) {
      if (slice.begin < hole->begin) rest.push_back({slice.begin, hole->begin});
      slice.begin = hole->end;
    }
    if (!slice.empty()) rest.push_back(slice);
  }
  return rest;
}

std::string counted(std::uint64_t missing, std::uint64_t found) {
  if (found == 0) return fmt::format("{} missing IDs", missing);
  if (missing == 0) return fmt::format("{} found IDs", found);
  return fmt::format("{} missing IDs and {} found ones", missing, found);
}

// What the second answer contradicts.
void compare(const IdSet& asked_for, const Asked& asked, const IdSet& claimed, bool found,
             RecheckReport::Asked& result, std::vector<std::string>& examples) {
  std::string id;
  std::size_t rank = 0;  // both sets have the same order
  for (std::size_t i = 0; i < claimed.size(); ++i) {
    id.clear();
    claimed.append_canonical(i, id);
    rank = asked_for.find(id, 0, asked_for.size(), rank);
    if (!asked.was_asked(rank)) continue;
    ++result.asked;
    if (asked.has_rows(rank) == found) continue;
    ++result.wrong;
    if (examples.size() >= kExamples) continue;
    examples.push_back(id + (found ? " was found, and has no row" : " was missing, and has a row"));
  }
}

}  // namespace

std::uint64_t found_sample(std::uint64_t missing_sample) {
  return std::max(missing_sample / 10, std::min<std::uint64_t>(missing_sample, 200));
}

// A scan reads by arrays what is no scan.
StrategyKind second_way(const std::vector<std::string>& strategies) {
  const auto used = [&](StrategyKind kind) {
    return std::find(strategies.begin(), strategies.end(), to_string(kind)) != strategies.end();
  };
  const bool arrays = used(StrategyKind::array) || used(StrategyKind::scan);
  return arrays && !used(StrategyKind::in_list) ? StrategyKind::in_list : StrategyKind::array;
}

Result<RecheckReport> ask_again(const Claims& claims, const AskingContext& context, const SecondWay& way) {
  IdSetBuilder both(claims.missing.empty() ? claims.found.type() : claims.missing.type());
  for (const IdSet* ids : {&claims.missing, &claims.found}) {
    for (std::size_t i = 0; i < ids->size(); ++i) both.add(std::string_view(ids->canonical(i)));
  }
  const IdSet ids = both.finish().unique;
  FQ_TRY_ASSIGN(const Asked asked,
                ask_about(ids, context, {"second proof", way.kind, way.sessions, way.most}));
  RecheckReport recheck;
  recheck.strategy = to_string(way.kind);
  recheck.snapshot = context.instant.report();
  recheck.missing.of = claims.missing_of;
  recheck.found.of = claims.found_of;
  compare(ids, asked, claims.missing, false, recheck.missing, recheck.examples);
  compare(ids, asked, claims.found, true, recheck.found, recheck.examples);
  recheck.statements = asked.statements;
  recheck.seconds = asked.seconds;
  const std::uint64_t left =
      claims.missing.size() + claims.found.size() - recheck.missing.asked - recheck.found.asked;
  if (left > 0)
    recheck.skipped =
        fmt::format("{} of {} IDs were not asked for again: {}", left, ids.size(), asked.left_because);
  return recheck;
}

Error disproved(const RecheckReport& recheck) {
  std::string what;
  const auto add = [&](const RecheckReport::Asked& asked, const char* said, const char* is) {
    if (asked.wrong == 0) return;
    what +=
        fmt::format("{}{} of {} {} IDs {}", what.empty() ? "" : " and ", asked.wrong, asked.asked, said, is);
  };
  add(recheck.missing, "missing", "have rows");
  add(recheck.found, "found", "have none");
  return Error{
      ErrorKind::integrity,
      fmt::format("the second proof failed: {} when they are asked for again by {}, such as: {}", what,
                  recheck.strategy, fmt::join(recheck.examples, "; ")),
      {},
      "rows were lost or made up between the server and here, or the query does not answer twice alike for "
      "the "
      "same ID (LIMIT, random(), the clock); the run is not gone on with: start a new one in another "
      "directory",
      {}};
}

SecondProof::SecondProof(std::uint64_t most, const IdSet& ids, const std::vector<Share>& shares,
                         const std::vector<ReadingReport>& readings)
    : most_(most), ids_(ids), shares_(shares), readings_(readings) {}

void SecondProof::go_on_with(const EarlierStart& earlier) {
  ranges_ = earlier.ranges;
  rechecks_ = earlier.rechecks;
}

void SecondProof::reading_begins() {
  unread_.clear();
  for (const Share& share : shares_) unread_.push_back(share.unread());
}

void SecondProof::reading_ended() {
  for (std::size_t i = 0; i < shares_.size(); ++i) {
    for (const Slice slice : without(unread_[i], shares_[i].unread()))
      ranges_.push_back({slice, readings_.size() - 1});
  }
}

bool SecondProof::same_instant(std::size_t reading) const {
  const SnapshotReport &then = readings_[reading].snapshot, &now = readings_.back().snapshot;
  return reading + 1 == readings_.size() || (then.kind == kSystemTime && then.value == now.value);
}

std::vector<Slice> SecondProof::read_at_instant(const Share& share) const {
  std::vector<Slice> slices;
  for (const ReadRange& range : ranges_) {
    const bool of_share = share.slice().begin <= range.ids.begin && range.ids.end <= share.slice().end;
    if (of_share && range.reading < readings_.size() && same_instant(range.reading))
      slices.push_back(range.ids);
  }
  return slices;
}

bool SecondProof::is_due() const {
  if (!wanted() || readings_.empty() || readings_.back().snapshot.value.empty()) return false;
  std::uint64_t ids = 0;
  for (const Share& share : shares_) {
    for (const Slice slice : read_at_instant(share)) ids += slice.size();
  }
  const auto asked = [&](const RecheckReport& recheck) {
    return recheck.snapshot.value == readings_.back().snapshot.value &&
           recheck.missing.of + recheck.found.of == ids;
  };
  return ids > 0 && std::none_of(rechecks_.begin(), rechecks_.end(), asked);
}

Claims SecondProof::sample(const std::string& seed) const {
  const auto each = [this](const auto& visit) {
    for (const Share& share : shares_) {
      for (const Slice slice : read_at_instant(share)) {
        for (std::size_t rank = slice.begin; rank < slice.end; ++rank)
          visit(rank, share.reconciler().is_found(rank));
      }
    }
  };
  // By whether they were found.
  std::uint64_t of[2] = {};
  each([&](std::size_t, bool found) { ++of[found ? 1 : 0]; });
  const std::uint64_t number = Digest::of(seed).low();
  StratifiedSample samples[2] = {{of[0], most_, number}, {of[1], found_sample(most_), number}};
  IdSetBuilder drawn[2] = {IdSetBuilder(ids_.type()), IdSetBuilder(ids_.type())};
  std::optional<std::uint64_t> next[2] = {samples[0].next(), samples[1].next()};
  std::uint64_t place[2] = {};
  each([&](std::size_t rank, bool is_found) {
    const std::size_t found = is_found ? 1 : 0;
    if (place[found]++ != next[found]) return;
    drawn[found].add(std::string_view(ids_.canonical(rank)));
    next[found] = samples[found].next();
  });
  return {drawn[0].finish().unique, drawn[1].finish().unique, of[0], of[1]};
}

// By which the IDs were read that are asked for; none where all of them were scanned, by whatever strategy: a scan has
// nothing in common with arrays, which are the cheaper second way.
std::vector<std::string> SecondProof::strategies(std::uint64_t ids_scanned) const {
  std::uint64_t read = 0;
  for (const ReadRange& range : ranges_) read += range.ids.size();
  if (ids_scanned == read) return {};
  std::vector<std::string> strategies;
  for (std::size_t i = 0; i < readings_.size(); ++i) {
    if (same_instant(i)) strategies.push_back(readings_[i].strategy);
  }
  return strategies;
}

Result<RecheckReport> SecondProof::prove(const AskingContext& context, const Circumstances& circumstances) {
  const std::chrono::duration<double> most = std::max<std::chrono::duration<double>>(
      kTimeForIt, std::chrono::duration<double>(circumstances.reading_s * kShareOfReading));
  return ask_again(sample(circumstances.seed), context,
                   {second_way(strategies(circumstances.ids_scanned)), circumstances.sessions, most});
}

std::optional<RecheckReport> SecondProof::report() const {
  if (!wanted() && rechecks_.empty()) return std::nullopt;
  RecheckReport report = sum_up_rechecks(rechecks_);
  std::uint64_t missing = 0, found = 0;
  for (const Share& share : shares_) {
    std::size_t read = share.slice().size();
    for (const Slice slice : share.unread()) read -= slice.size();
    found += share.reconciler().found();
    missing += read - share.reconciler().found();
  }
  const std::uint64_t open_missing = missing - std::min(missing, report.missing.of);
  const std::uint64_t open_found = found - std::min(found, report.found.of);
  report.missing.of = missing;
  report.found.of = found;
  if (open_missing + open_found == 0) return report;
  const bool none = std::any_of(readings_.begin(), readings_.end(),
                                [](const ReadingReport& reading) { return reading.snapshot.value.empty(); });
  const char* because = !wanted() ? "it was turned off"
                        : none    ? "they were read without an instant"
                                  : "the instant that they were read at is not there any more";
  report.skipped += fmt::format("{}{} could not be asked for again: {}", report.skipped.empty() ? "" : "; ",
                                counted(open_missing, open_found), because);
  return report;
}

}  // namespace firmquery
