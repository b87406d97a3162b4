// The cleaner: any bytes, any options. Every record is counted once, blocks do not matter, what is accepted
// is canonical and safe to COPY, and the set made of it adds up.
#include <algorithm>
#include <random>
#include <vector>

#include "firmquery/core/digest.hpp"
#include "firmquery/core/id_set.hpp"
#include "fuzz/fuzz.hpp"
#include "orchestrator/run/reading/strategy.hpp"
#include "support/cleaned.hpp"

namespace firmquery::fuzz {
namespace {

using test::clean_text;
using test::Cleaned;

CleanOptions options_of(Input& input) {
  constexpr IdType kTypes[] = {IdType::text, IdType::integer, IdType::numeric, IdType::uuid};
  constexpr InputFormat kFormats[] = {InputFormat::automatic, InputFormat::lines, InputFormat::csv,
                                      InputFormat::tsv, InputFormat::list};
  constexpr InputEncoding kEncodings[] = {InputEncoding::automatic, InputEncoding::utf8,
                                          InputEncoding::utf16le, InputEncoding::utf16be,
                                          InputEncoding::windows1252};
  constexpr HeaderMode kHeaders[] = {HeaderMode::automatic, HeaderMode::present, HeaderMode::absent};
  constexpr const char* kColumns[] = {"", "", "", "1", "2", "firm_id", "0", "99"};
  constexpr std::size_t kSamples[] = {std::size_t{1} << 20, 1, 7, 30};
  CleanOptions options;
  options.type = input.pick(kTypes);
  options.format = input.pick(kFormats);
  options.encoding = input.pick(kEncodings);
  options.header = input.pick(kHeaders);
  options.column = input.pick(kColumns);
  options.sample_bytes = input.pick(kSamples);
  const unsigned flags = input.byte();
  if ((flags & 1U) != 0) options.comment = "#";
  if ((flags & 2U) != 0) options.key_name = "firm_id";
  if ((flags & 4U) != 0) options.rules.allow_suspect = true;
  if ((flags & 8U) != 0) options.rules.max_bytes = 3;
  options.numbers.groups = static_cast<DigitGroups>((flags >> 4) % 5);
  options.numbers.decimal = static_cast<DecimalMark>((flags >> 6) % 3);
  return options;
}

void require_same(const Cleaned& a, const Cleaned& b) {
  require(a.error == b.error, "blocks: error");
  require(a.seen == b.seen, "blocks: records");
  require(a.offsets == b.offsets && a.columns == b.columns, "blocks: places");
  require(a.counts == b.counts, "blocks: counts");
  require(a.profile.format == b.profile.format && a.profile.encoding == b.profile.encoding &&
              a.profile.delimiter == b.profile.delimiter && a.profile.column == b.profile.column &&
              a.profile.lengths == b.profile.lengths && a.profile.problems == b.profile.problems &&
              a.profile.suspicions == b.profile.suspicions && a.profile.guess == b.profile.guess,
          "blocks: profile");
}

std::vector<std::size_t> random_cuts(unsigned seed, std::size_t size) {
  std::minstd_rand random(seed + 1);
  std::vector<std::size_t> cuts;
  for (unsigned i = 0; i < 6; ++i) cuts.push_back(random() % (size + 1));
  std::sort(cuts.begin(), cuts.end());
  return cuts;
}

void check_blocks(const Cleaned& whole, const std::string& text, const CleanOptions& options, unsigned seed) {
  require_same(clean_text(text, options, random_cuts(seed, text.size())), whole);
  if (text.size() > 300) return;
  std::vector<std::size_t> each(text.size());
  for (std::size_t i = 0; i < each.size(); ++i) each[i] = i;
  require_same(clean_text(text, options, each), whole);
}

void check_counts(const Cleaned& cleaned) {
  const InputCounts& counts = cleaned.counts;
  require(counts.lines == counts.blank + counts.header + counts.rejected + counts.accepted, "lines add up");
  std::uint64_t line = 1, accepted = 0;
  for (const test::Seen& seen : cleaned.seen) {
    require(seen.line >= line, "lines ascend");
    line = seen.line;
    accepted += seen.problem.empty();
  }
  require(accepted == counts.accepted, "accepted IDs are handed out");
  require(cleaned.seen.size() - accepted == counts.rejected, "rejects are handed out");
}

// Reads what array_text() wrote, by the rules of the server's array input.
std::vector<std::string> items_of(const std::string& array) {
  std::vector<std::string> items;
  require(array.size() >= 2 && array.front() == '{' && array.back() == '}', "array braces");
  for (std::size_t at = 1; at + 1 < array.size(); ++at) {
    std::string item;
    const bool quoted = array[at] == '"';
    if (quoted) ++at;
    while (array[at] != (quoted ? '"' : ',') && at + 1 < array.size()) {
      if (quoted && array[at] == '\\') ++at;
      require(quoted || (array[at] != '{' && array[at] != '"' && array[at] != ' '),
              "array item needs quotes");
      item += array[at++];
    }
    if (quoted) ++at;
    require(at + 1 == array.size() || array[at] == ',', "array separator");
    items.push_back(item);
  }
  return items;
}

void check_ids(const std::vector<std::string>& ids, const CleanOptions& options) {
  IdSetBuilder builder(options.type);
  std::string again;
  Digest sum;
  for (const std::string& id : ids) {
    require(id.find_first_of(std::string("\0\t\n\r", 4)) == std::string::npos, "an ID is safe in COPY");
    require(canonicalize(id, options.type, options.rules, again) == IdProblem::none && again == id,
            "an accepted ID is canonical");
    builder.add(std::string_view(id));
    sum += Digest::of(id);
  }
  const SortedIds sorted = builder.finish();
  const IdSet& unique = sorted.unique;
  require(unique.size() + sorted.duplicates == ids.size(), "accepted = duplicates + unique");
  std::vector<std::string> distinct(ids);
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  require(distinct.size() == unique.size(), "as many unique IDs as distinct texts");
  Digest expected;
  for (const std::string& id : distinct) {
    expected += Digest::of(id);
    require(unique.find(id) != IdSet::npos, "an ID is found in its set");
  }
  require(unique.digest() == expected, "digest of the set");
  for (std::size_t i = 1; i < unique.size(); ++i) {
    require(compare_canonical(unique.canonical(i - 1), unique.canonical(i), options.type) < 0, "set ascends");
  }
  const std::vector<std::string> items = items_of(array_text(unique, {0, unique.size()}));
  require(items.size() == unique.size(), "array holds every ID");
  for (std::size_t i = 0; i < items.size(); ++i) require(items[i] == unique.canonical(i), "array item");
}

}  // namespace
}  // namespace firmquery::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace firmquery;
  fuzz::Input input(data, size);
  const CleanOptions options = fuzz::options_of(input);
  const unsigned seed = input.byte();
  const std::string text = input.rest();
  const test::Cleaned whole = test::clean_text(text, options);
  fuzz::check_counts(whole);
  fuzz::check_blocks(whole, text, options, seed);
  if (whole.error.empty()) fuzz::check_ids(whole.ids(), options);
  return 0;
}
