#include "firmquery/core/near_misses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "digits.hpp"
#include "id_shapes.hpp"
#include "spelling_candidates.hpp"
#include "spelling_evidence.hpp"
#include "spelling_step.hpp"

namespace firmquery {
namespace {

// IDs on which all rules are tried.
constexpr std::size_t kTrialIds = 256;
// Spellings for each ID that is tried, on average, once the rules are known.
constexpr std::size_t kSpellingsPerId = 3;

using Answers = std::unordered_map<std::string, bool>;

class Search {
 public:
  Search(const NearMissSearch& search, const AskSpellings& ask)
      : search_(search),
        ask_(ask),
        candidates_(search.list, search.usual),
        evidence_(candidates_.rules(), search) {}

  Result<NearMisses> run() {
    result_.report.of = search_.missing;
    const std::vector<std::size_t> trial = trial_ranks();
    FQ_TRY_ASSIGN(const bool asked, try_rules(trial));
    if (asked) {
      const std::vector<bool> credible = evidence_.judge();
      if (std::find(credible.begin(), credible.end(), true) != credible.end()) FQ_TRY(explain(credible));
    }
    result_.report.tried = search_.tried.size();
    add_unrecoverable();
    std::sort(result_.found.begin(), result_.found.end(),
              [](const NearMiss& a, const NearMiss& b) { return a.rank < b.rank; });
    sum_up();
    return std::move(result_);
  }

 private:
  // A few of each pattern in turn, so that a rare kind of damage is seen among many IDs that are truly missing.
  std::vector<std::size_t> trial_ranks() const {
    if (search_.tried.size() <= kTrialIds) return search_.tried;
    constexpr std::size_t kKinds = 64;
    std::map<std::string, std::vector<std::size_t>> kinds;
    for (const std::size_t rank : search_.tried) {
      std::string pattern = pattern_of(search_.list.canonical(rank));
      if (kinds.size() >= kKinds && !kinds.contains(pattern)) pattern.clear();
      kinds[std::move(pattern)].push_back(rank);
    }
    std::vector<std::size_t> trial;
    for (std::size_t turn = 0; trial.size() < kTrialIds; ++turn) {
      for (auto& [pattern, ranks] : kinds) {
        // Spread over the kind: neighbours are alike.
        const std::size_t share = std::min(ranks.size(), kTrialIds);
        if (turn < share && trial.size() < kTrialIds) trial.push_back(ranks[ranks.size() * turn / share]);
      }
    }
    std::sort(trial.begin(), trial.end());
    return trial;
  }

  Result<bool> try_rules(const std::vector<std::size_t>& ranks) {
    std::vector<SpellingCandidate> tries;
    for (const std::size_t rank : ranks) {
      for (SpellingCandidate& candidate : candidates_.of(search_.list.canonical(rank), {}))
        tries.push_back(std::move(candidate));
    }
    const std::vector<SpellingCandidate> controls = evidence_.controls(tries);
    FQ_TRY_ASSIGN(const bool asked, ask_for(tries, controls));
    if (!asked) return false;
    for (const SpellingCandidate& tried : tries) evidence_.add(tried, answers_.at(tried.spelling));
    for (const SpellingCandidate& control : controls)
      evidence_.add_control(control, answers_.at(control.spelling));
    return true;
  }

  // All that is tried, by the rules that the trial has left.
  Result<void> explain(const std::vector<bool>& credible) {
    std::vector<std::pair<std::size_t, std::vector<SpellingCandidate>>> all;
    std::vector<SpellingCandidate> unknown;
    for (const std::size_t rank : search_.tried) {
      auto candidates = candidates_.of(search_.list.canonical(rank), credible);
      std::erase_if(candidates, [&](const SpellingCandidate& tried) { return !evidence_.speaks_for(tried); });
      for (const SpellingCandidate& tried : candidates) {
        if (!answers_.contains(tried.spelling)) unknown.push_back(tried);
      }
      if (!candidates.empty()) all.emplace_back(rank, std::move(candidates));
      if (unknown.size() > search_.tried.size() * kSpellingsPerId) break;
    }
    FQ_TRY(ask_for(unknown, {}));
    for (const auto& [rank, candidates] : all) {
      NearMiss miss{rank, {}, {}, 0};
      for (const SpellingCandidate& tried : candidates) {
        const auto answer = answers_.find(tried.spelling);
        if (answer == answers_.end() || !answer->second) continue;
        const std::string& rule = candidates_.rules()[tried.rule].name();
        miss.suggestion = ++miss.matches == 1 ? tried.spelling : std::string();
        miss.rule += (miss.rule.empty() ? "" : " or ") + rule;
      }
      if (miss.matches > 0) result_.found.push_back(std::move(miss));
    }
    return {};
  }

  // False: they could not be asked for.
  Result<bool> ask_for(const std::vector<SpellingCandidate>& some,
                       const std::vector<SpellingCandidate>& others) {
    IdSetBuilder builder(search_.list.type());
    for (const auto* candidates : {&some, &others}) {
      for (const SpellingCandidate& candidate : *candidates)
        builder.add(std::string_view(candidate.spelling));
    }
    const IdSet spellings = builder.finish().unique;
    if (spellings.empty()) return true;
    FQ_TRY_ASSIGN(const auto with_rows, ask_(spellings));
    if (!with_rows) return false;
    result_.report.spellings += spellings.size();
    for (std::size_t rank = 0; rank < spellings.size(); ++rank)
      answers_[spellings.canonical(rank)] = (*with_rows)[rank];
    return true;
  }

  // What no spelling brings back.
  void add_unrecoverable() {
    for (auto& [rank, rule] : lost_digits(search_)) {
      const bool explained = std::any_of(result_.found.begin(), result_.found.end(),
                                         [rank = rank](const NearMiss& miss) { return miss.rank == rank; });
      if (!explained) result_.found.push_back({rank, {}, std::move(rule), 0});
    }
  }

  void sum_up() {
    NearMissReport& report = result_.report;
    std::map<std::string, NearMissReport::Rule> rules;
    for (const NearMiss& miss : result_.found) {
      report.suggested += miss.matches == 1;
      report.ambiguous += miss.matches > 1;
      if (miss.matches > 1) continue;
      NearMissReport::Rule& rule = rules[miss.rule];
      rule.rule = miss.rule;
      rule.recoverable = miss.matches == 1;
      ++rule.ids;
    }
    for (auto& [name, rule] : rules) report.rules.push_back(std::move(rule));
    std::stable_sort(report.rules.begin(), report.rules.end(),
                     [](const auto& a, const auto& b) { return a.ids > b.ids; });
    report.advice = near_miss_advice(report);
  }

  const NearMissSearch& search_;
  const AskSpellings& ask_;
  const SpellingCandidates candidates_;
  SpellingEvidence evidence_;
  Answers answers_;
  NearMisses result_;
};

std::string advice_words(const std::string& rule) {
  if (rule == kExcelRounding) return "have 16 digits or more and end in zeros as Excel leaves them";
  if (rule == kENotation) return "are numbers in E-notation";
  const auto parsed = SpellingRule::parse(rule, {});
  return parsed ? parsed->words() : rule;
}

}  // namespace

const NearMiss* NearMisses::find(std::size_t rank) const {
  const auto at =
      std::lower_bound(found.begin(), found.end(), rank,
                       [](const NearMiss& miss, std::size_t wanted) { return miss.rank < wanted; });
  return at == found.end() || at->rank != rank ? nullptr : &*at;
}

Result<NearMisses> find_near_misses(const NearMissSearch& search, const AskSpellings& ask) {
  return Search(search, ask).run();
}

std::vector<std::size_t> spread(std::size_t most, std::size_t of) {
  const std::size_t count = std::min(most, of);
  std::vector<std::size_t> positions;
  positions.reserve(count);
  for (std::size_t i = 0; i < count; ++i) positions.push_back(of * i / count);
  return positions;
}

std::string near_miss_advice(const NearMissReport& report) {
  constexpr std::size_t kNamed = 3;
  const std::string of = report.tried < report.of
                             ? fmt::format("of the {} missing IDs that were tried", report.tried)
                             : fmt::format("of {} missing ID{}", report.of, report.of == 1 ? "" : "s");
  std::string matching, options, lost;
  std::size_t named = 0;
  for (const NearMissReport::Rule& rule : report.rules) {
    if (!rule.recoverable) {
      lost += fmt::format("{}{} {} {}", lost.empty() ? "" : ", ", rule.ids, lost.empty() ? of : "",
                          advice_words(rule.rule));
      continue;
    }
    if (named++ >= kNamed) continue;
    matching += matching.empty()
                    ? fmt::format("{} {} would match with {}", rule.ids, of, advice_words(rule.rule))
                    : fmt::format(", {} with {}", rule.ids, advice_words(rule.rule));
    options += (options.empty() ? "" : " ") + fmt::format("--accept-rule {}", rule.rule);
  }
  std::string advice = matching;
  if (!matching.empty())
    advice += fmt::format(": {} do{} it in the next run", options, named == 1 ? "es" : "");
  if (lost.empty()) return advice;
  return advice + (advice.empty() ? "" : "; ") + lost +
         ": their digits are lost, export the column as text again";
}

}  // namespace firmquery
