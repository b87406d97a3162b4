// Random hostile lists: the result does not depend on how the input was cut into blocks, cleaning what was
// cleaned changes nothing, and every record is counted once. FIRMQUERY_TEST_SEED=N repeats a run.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "support/cleaned.hpp"
#include "support/random.hpp"
#include "support/threads.hpp"

namespace firmquery {
namespace {

using test::clean_text;
using test::Cleaned;

class ListRandom {
 public:
  ListRandom() {
    seed_ = static_cast<unsigned>(test::test_seed());
    std::cout << "FIRMQUERY_TEST_SEED=" << seed_ << "\n";
    engine_.seed(seed_);
  }
  std::size_t below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(engine_);
  }
  template <class Choices>
  auto pick(const Choices& choices) {
    return choices[below(std::size(choices))];
  }

 private:
  unsigned seed_ = 0;
  std::mt19937_64 engine_;
};

constexpr std::string_view kPieces[] = {"1",
                                        "42",
                                        "007",
                                        "1234567890123456789",
                                        "-5",
                                        "abc",
                                        "A-1",
                                        "firm_id",
                                        "NULL",
                                        "1.5E+10",
                                        "12.0",
                                        "1,234",
                                        "1.234.567",
                                        "1'234",
                                        "1\xE2\x80\xAF"
                                        "234",
                                        "10,00",
                                        "=\"030\"",
                                        "=\"",
                                        "sep=;\n",
                                        "\n",
                                        "\n",
                                        "\n",
                                        "\r",
                                        "\r\n",
                                        ",",
                                        ";",
                                        "\t",
                                        "|",
                                        " ",
                                        "\"",
                                        "'",
                                        "\"\"",
                                        "(",
                                        ")",
                                        " IN (",
                                        "#",
                                        "\xC3\xA4",
                                        "\xE2\x82\xAC",
                                        "\xF0\x9F\x98\x80",
                                        "\xC2\xA0",
                                        "\xFF",
                                        "\xE2\x82",
                                        "where",
                                        "\xEF\xBB\xBF",
                                        "in",
                                        "'b'",
                                        "\"c\"",
                                        "6ba7b810-9dad-11d1-80b4-00c04fd430c8"};

// Few kinds of pieces an input, so that formats other than chaos come up.
std::string random_input(ListRandom& random) {
  std::vector<std::string_view> pieces(1 + random.below(8));
  for (auto& piece : pieces) piece = random.pick(kPieces);
  pieces.push_back("\n");
  std::string text;
  for (std::size_t i = random.below(40); i > 0; --i) {
    text += random.pick(pieces);
    if (random.below(40) == 0) text += '\0';
  }
  return text;
}

CleanOptions random_options(ListRandom& random) {
  constexpr std::array kTypes = {IdType::integer, IdType::numeric, IdType::uuid, IdType::text};
  constexpr std::array kFormats = {InputFormat::automatic, InputFormat::automatic, InputFormat::automatic,
                                   InputFormat::lines,     InputFormat::csv,       InputFormat::list};
  constexpr std::array kEncodings = {InputEncoding::automatic, InputEncoding::automatic,
                                     InputEncoding::utf8,      InputEncoding::utf16le,
                                     InputEncoding::utf16be,   InputEncoding::windows1252};
  constexpr std::array kSampleBytes = {std::size_t{1}, std::size_t{7}, std::size_t{30}, std::size_t{1} << 20};
  constexpr std::array kHeaders = {HeaderMode::automatic, HeaderMode::automatic, HeaderMode::present,
                                   HeaderMode::absent};
  CleanOptions options;
  options.type = random.pick(kTypes);
  options.format = random.pick(kFormats);
  options.encoding = random.pick(kEncodings);
  options.sample_bytes = random.pick(kSampleBytes);
  options.header = random.pick(kHeaders);
  constexpr std::array kGroups = {DigitGroups::comma, DigitGroups::point, DigitGroups::apostrophe,
                                  DigitGroups::space};
  constexpr std::array kMarks = {DecimalMark::point, DecimalMark::comma};
  if (random.below(4) == 0) options.numbers.groups = random.pick(kGroups);
  if (random.below(4) == 0) options.numbers.decimal = random.pick(kMarks);
  if (random.below(4) == 0) options.comment = "#";
  if (random.below(6) == 0) options.column = "1";
  if (random.below(3) == 0) options.key_name = "firm_id";
  return options;
}

std::string describe(const std::string& text, const CleanOptions& options) {
  std::string shown = "type " + std::string(to_string(options.type)) + ", format " +
                      std::string(to_string(options.format)) + ", encoding " +
                      std::string(to_string(options.encoding)) + ", sample " +
                      std::to_string(options.sample_bytes);
  return shown + ", input " + ::testing::PrintToString(text);
}

void expect_same(const Cleaned& a, const Cleaned& b) {
  ASSERT_EQ(a.error, b.error);
  ASSERT_EQ(a.seen, b.seen);
  ASSERT_EQ(a.counts, b.counts);
  ASSERT_EQ(a.profile.format, b.profile.format);
  ASSERT_EQ(a.profile.encoding, b.profile.encoding);
  ASSERT_EQ(a.profile.column, b.profile.column);
  ASSERT_EQ(a.profile.lengths, b.profile.lengths);
  ASSERT_EQ(a.profile.digits_only, b.profile.digits_only);
  ASSERT_EQ(a.profile.problems, b.profile.problems);
  ASSERT_EQ(a.profile.suspicions, b.profile.suspicions);
  ASSERT_EQ(a.profile.guess, b.profile.guess);
}

std::vector<std::size_t> random_cuts(ListRandom& random, std::size_t size) {
  std::vector<std::size_t> cuts;
  for (std::size_t at = random.below(4); at < size; at += random.below(9)) cuts.push_back(at);
  return cuts;
}

TEST(CleanProperty, BlocksDoNotMatter) {
  ListRandom random;
  int successes = 0;
  for (int round = 0; round < 1500; ++round) {
    const std::string text = random_input(random);
    const CleanOptions options = random_options(random);
    SCOPED_TRACE(describe(text, options));
    const Cleaned whole = clean_text(text, options);
    successes += whole.error.empty();
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      ASSERT_NO_FATAL_FAILURE(expect_same(clean_text(text, options, {cut}), whole)) << "cut before " << cut;
    }
    for (int i = 0; i < 3; ++i) {
      ASSERT_NO_FATAL_FAILURE(
          expect_same(clean_text(text, options, random_cuts(random, text.size())), whole));
    }
  }
  EXPECT_GT(successes, 750) << "the inputs are too hostile to test much";
}

TEST(CleanProperty, EveryRecordIsCountedOnce) {
  ListRandom random;
  for (int round = 0; round < 20000; ++round) {
    const std::string text = random_input(random);
    const CleanOptions options = random_options(random);
    SCOPED_TRACE(describe(text, options));
    const Cleaned cleaned = clean_text(text, options);
    const InputCounts& counts = cleaned.counts;
    ASSERT_EQ(counts.lines, counts.blank + counts.header + counts.rejected + counts.accepted);
    ASSERT_EQ(counts.accepted, cleaned.ids().size());
    ASSERT_EQ(counts.rejected, cleaned.rejects().size());
    if (!cleaned.error.empty()) continue;
    std::uint64_t rejected = 0, accepted = 0, line = 0;
    for (const auto& [problem, count] : cleaned.profile.problems) rejected += count;
    for (const auto& [length, count] : cleaned.profile.lengths) accepted += count;
    ASSERT_EQ(rejected, counts.rejected);
    ASSERT_EQ(accepted, counts.accepted);
    for (const test::Seen& seen : cleaned.seen) {
      ASSERT_GE(seen.line, line);
      line = seen.line;
    }
  }
}

// Takes runs, and notes what they hold as lines of their own.
class RunCollector : public test::Collector {
 public:
  bool wants_runs() const override { return true; }
  void accept_run(const PackedIds& ids, std::uint64_t first_line) override {
    ++runs;
    for (const std::uint64_t packed : ids.values) {
      std::string text;
      append_packed(ids.type, packed, text);
      accept(text, first_line++);
    }
  }
  std::size_t runs = 0;
};

// Mostly lines of digits, with what is none in between: each stretch so long that threads share it, or short.
std::string random_lines(ListRandom& random, std::size_t lines) {
  constexpr std::string_view kEnds[] = {"\n", "\r\n", "\r"};
  constexpr std::string_view kOthers[] = {"",      " 12", "abc",     "-5", "007x", "1234567890123456789",
                                          "\"3\"", "+4",  "\xC3\xA4"};
  const std::size_t others = random.pick(std::array{std::size_t{3}, std::size_t{400}, std::size_t{1} << 40});
  const std::size_t strange_ends = random.pick(std::array{std::size_t{5}, std::size_t{1} << 40});
  const std::string_view usual_end = random.pick(kEnds);
  const std::size_t width = 1 + random.below(18);
  std::string text;
  for (std::size_t i = 0; i < lines; ++i) {
    if (random.below(others) == 0) {
      text += random.pick(kOthers);
    } else {
      for (std::size_t digits = random.below(4) == 0 ? 1 + random.below(19) : width; digits > 0; --digits)
        text += static_cast<char>('0' + random.below(10));
    }
    text += random.below(strange_ends) == 0 ? random.pick(kEnds) : usual_end;
  }
  if (random.below(2) == 0) text += "12345";
  return text;
}

TEST(CleanProperty, RunsAreTheLinesThatTheyAreMadeOf) {
  ListRandom random;
  std::size_t runs = 0;
  for (int round = 0; round < 120; ++round) {
    const bool large = round % 8 == 0;
    const std::string text = random_lines(random, large ? 60'000 : random.below(400));
    CleanOptions options;
    options.type = random.pick(std::array{IdType::integer, IdType::text});
    options.format = InputFormat::lines;
    options.sample_bytes = random.pick(std::array{std::size_t{7}, std::size_t{1} << 20});
    if (random.below(4) == 0) options.header = HeaderMode::present;
    const Cleaned expected = clean_text(text, options);
    test::Threads executor(1 + static_cast<unsigned>(random.below(4)));
    RunCollector sink;
    Cleaner cleaner(options, sink, executor);
    Result<void> outcome;
    const std::size_t block =
        large ? text.size() / (1 + random.below(3)) + 1 : 1 + random.below(text.size() + 1);
    for (std::size_t at = 0; at < text.size() && outcome; at += block)
      outcome = cleaner.feed(std::string(text.substr(at, block)));
    if (outcome) outcome = cleaner.finish();
    SCOPED_TRACE("round " + std::to_string(round) + ", blocks of " + std::to_string(block) + " bytes");
    ASSERT_EQ(outcome ? "" : outcome.error().to_string(), expected.error);
    ASSERT_EQ(sink.seen.size(), expected.seen.size());
    for (std::size_t i = 0; i < sink.seen.size(); ++i) ASSERT_EQ(sink.seen[i], expected.seen[i]);
    ASSERT_EQ(sink.offsets, expected.offsets);
    ASSERT_EQ(cleaner.counts(), expected.counts);
    ASSERT_EQ(cleaner.profile().lengths, expected.profile.lengths);
    ASSERT_EQ(cleaner.profile().digits_only, expected.profile.digits_only);
    ASSERT_EQ(cleaner.profile().leading_zero, expected.profile.leading_zero);
    ASSERT_EQ(cleaner.profile().ends_in_zeros, expected.profile.ends_in_zeros);
    ASSERT_EQ(cleaner.profile().problems, expected.profile.problems);
    ASSERT_EQ(cleaner.profile().suspicions, expected.profile.suspicions);
    runs += sink.runs;
  }
  EXPECT_GT(runs, 120u) << "too few runs to test much";
}

TEST(CleanProperty, LinesAreCountedAsTheyStand) {
  ListRandom random;
  for (int round = 0; round < 5000; ++round) {
    const std::string text = random_input(random);
    CleanOptions options = random_options(random);
    options.format = InputFormat::lines;
    options.encoding = InputEncoding::utf8;
    options.column.clear();
    SCOPED_TRACE(describe(text, options));
    std::uint64_t lines = 0;
    const std::string_view body = text.starts_with("\xEF\xBB\xBF") ? std::string_view(text).substr(3) : text;
    for (std::size_t i = 0; i < body.size(); ++i) {
      const bool crlf = body[i] == '\r' && i + 1 < body.size() && body[i + 1] == '\n';
      lines += !crlf && (body[i] == '\n' || body[i] == '\r' || i + 1 == body.size());
    }
    ASSERT_EQ(clean_text(text, options).counts.lines, lines);
  }
}

TEST(CleanProperty, CleaningWhatIsCleanChangesNothing) {
  ListRandom random;
  std::size_t ids = 0;
  for (int round = 0; round < 20000; ++round) {
    const std::string text = random_input(random);
    CleanOptions options = random_options(random);
    SCOPED_TRACE(describe(text, options));
    const Cleaned once = clean_text(text, options);
    if (!once.error.empty()) continue;
    std::string output;
    bool marked = false;
    for (const std::string& id : once.ids()) {
      output += id + "\n";
      marked = marked || id.starts_with('\'');
    }
    // A pasted list may hold "'x" in quotes; a line 'x is a number stored as text.
    if (marked && once.profile.format == InputFormat::list) continue;
    CleanOptions again;
    again.type = options.type;
    again.format = InputFormat::lines;
    again.encoding = InputEncoding::utf8;
    again.header = HeaderMode::absent;
    const Cleaned twice = clean_text(output, again);
    ASSERT_EQ(twice.error, "");
    ASSERT_EQ(twice.rejects(), std::vector<std::string>()) << ::testing::PrintToString(output);
    ASSERT_EQ(twice.ids(), once.ids());
    ids += once.ids().size();
  }
  EXPECT_GT(ids, 5000u) << "too few IDs to test much";
}

std::string digits(ListRandom& random) {
  std::string text(1, static_cast<char>('1' + random.below(9)));
  for (std::size_t i = random.below(17); i > 0; --i) text += static_cast<char>('0' + random.below(10));
  return text;
}

// The model: digits, written with marks, are read as those digits where the marks are named.
TEST(CleanProperty, NumbersAreReadHoweverTheyAreWritten) {
  struct Notation {
    NumberNotation named;
    std::string_view group, decimal;
  };
  const Notation kNotations[] = {{{DigitGroups::point, DecimalMark::none}, ".", ","},
                                 {{DigitGroups::comma, DecimalMark::none}, ",", "."},
                                 {{DigitGroups::apostrophe, DecimalMark::point}, "'", "."},
                                 {{DigitGroups::apostrophe, DecimalMark::comma}, "\xE2\x80\x99", ","},
                                 {{DigitGroups::space, DecimalMark::comma}, "\xE2\x80\xAF", ","},
                                 {{DigitGroups::space, DecimalMark::comma}, " ", ","}};
  ListRandom random;
  for (int round = 0; round < 5000; ++round) {
    const Notation notation = random.pick(kNotations);
    std::string text;
    std::vector<std::string> expected;
    for (std::size_t i = 1 + random.below(5); i > 0; --i) {
      const std::string plain = digits(random);
      expected.push_back(plain);
      std::string written;
      const bool grouped = random.below(4) > 0;
      for (std::size_t at = 0; at < plain.size(); ++at) {
        if (grouped && at > 0 && (plain.size() - at) % 3 == 0) written += notation.group;
        written += plain[at];
      }
      if (random.below(3) == 0)
        written += std::string(notation.decimal) + std::string(1 + random.below(3), '0');
      text += written + "\n";
    }
    CleanOptions options;
    options.type = random.pick(std::array{IdType::integer, IdType::numeric, IdType::text});
    options.numbers = notation.named;
    SCOPED_TRACE(describe(text, options));
    const Cleaned cleaned = clean_text(text, options, random_cuts(random, text.size()));
    ASSERT_EQ(cleaned.error, "");
    ASSERT_EQ(cleaned.ids(), expected);
  }
}

}  // namespace
}  // namespace firmquery
