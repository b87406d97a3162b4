#include "firmquery/core/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace firmquery {
namespace {

constexpr std::string_view kLook =
    "do not retry: keep the run directory and report this with its report.json";

Failure broken(std::string message) {
  return fail(ErrorKind::integrity, "the totals do not add up: " + std::move(message), {},
              std::string(kLook));
}

struct Term {
  const char* name;
  std::uint64_t value;
};

// left = sum of terms, without wrapping around: a total that overflows is as wrong as one that differs.
Result<void> check_sum(Term left, std::initializer_list<Term> terms) {
  std::uint64_t sum = 0;
  bool overflow = false;
  std::string names, values;
  for (const Term& term : terms) {
    overflow |= __builtin_add_overflow(sum, term.value, &sum);
    const char* separator = names.empty() ? "" : " + ";
    names += separator + std::string(term.name);
    values += separator + std::to_string(term.value);
  }
  if (!overflow && sum == left.value) return {};
  return broken(fmt::format("{} is {}, but {} is {} = {}", left.name, left.value, names, values,
                            overflow ? std::string("more than 64 bits") : std::to_string(sum)));
}

Result<void> check_empty_digest(const char* name, std::uint64_t count, Digest digest) {
  if (count != 0 || digest == Digest{}) return {};
  return broken(fmt::format("{} is 0, but the digest of these IDs is {}", name, digest.to_hex()));
}

}  // namespace

Result<void> check_input(const InputReport& input) {
  FQ_TRY(check_sum({"lines", input.lines}, {{"blank", input.blank},
                                            {"header", input.header},
                                            {"rejected", input.rejected},
                                            {"duplicates", input.duplicates},
                                            {"unique", input.unique}}));
  FQ_TRY(
      check_sum({"accepted", input.accepted}, {{"duplicates", input.duplicates}, {"unique", input.unique}}));
  return check_empty_digest("unique", input.unique, input.digest);
}

Result<void> check_proof(const Report& report) {
  FQ_TRY(check_input(report.input));
  const ResultReport& result = report.result;
  FQ_TRY(
      check_sum({"unique", report.input.unique},
                {{"found", result.found}, {"missing", result.missing}, {"unresolved", result.unresolved}}));
  FQ_TRY(check_empty_digest("found", result.found, result.found_digest));
  FQ_TRY(check_empty_digest("missing", result.missing, result.missing_digest));
  FQ_TRY(check_empty_digest("unresolved", result.unresolved, result.unresolved_digest));
  const Digest sum = result.found_digest + result.missing_digest + result.unresolved_digest;
  if (sum != report.input.digest) {
    return broken(
        fmt::format("digest(unique) is {}, but digest(found) + digest(missing) + digest(unresolved) is "
                    "{} + {} + {} = {}",
                    report.input.digest.to_hex(), result.found_digest.to_hex(),
                    result.missing_digest.to_hex(), result.unresolved_digest.to_hex(), sum.to_hex()));
  }
  if (result.rows < result.found) {
    return broken(
        fmt::format("rows is {}, but found is {}, and each found ID has a row", result.rows, result.found));
  }
  if (report.status == "complete" && result.unresolved != 0) {
    return broken(fmt::format("status is complete, but unresolved is {}", result.unresolved));
  }
  return {};
}

void sum_up_starts(Report& report) {
  report.ranges.retried = report.retries = 0;
  report.statements = {};
  report.timing = {};
  report.scans = {};
  for (const StartReport& start : report.starts) {
    report.ranges.retried += start.retried;
    report.retries += start.retries;
    const std::uint64_t count = report.statements.count + start.statements.count;
    const double longest = std::max(report.statements.longest_s, start.statements.longest_s);
    report.statements = {count, longest, start.statements.p50_s, start.statements.p95_s};
    report.scans += start.scans;
    report.timing.clean_s += start.timing.clean_s;
    report.timing.load_s += start.timing.load_s;
    report.timing.query_s += start.timing.query_s;
    report.timing.export_s += start.timing.export_s;
    report.timing.total_s += start.timing.total_s;
  }
}

RecheckReport sum_up_rechecks(const std::vector<RecheckReport>& rechecks) {
  RecheckReport sum;
  for (std::size_t i = 0; i < rechecks.size(); ++i) {
    const RecheckReport& recheck = rechecks[i];
    const bool superseded = recheck.snapshot.kind == kSystemTime && recheck.wrong() == 0 &&
                            std::any_of(rechecks.begin() + static_cast<std::ptrdiff_t>(i) + 1, rechecks.end(),
                                        [&](const RecheckReport& later) {
                                          return later.snapshot.value == recheck.snapshot.value;
                                        });
    sum.statements += recheck.statements;
    sum.seconds += recheck.seconds;
    if (superseded) continue;
    if (!recheck.strategy.empty()) sum.strategy = recheck.strategy;
    sum.snapshot = recheck.snapshot;
    sum.missing += recheck.missing;
    sum.found += recheck.found;
    if (!recheck.skipped.empty()) sum.skipped += (sum.skipped.empty() ? "" : "; ") + recheck.skipped;
    sum.examples.insert(sum.examples.end(), recheck.examples.begin(), recheck.examples.end());
  }
  return sum;
}

}  // namespace firmquery
