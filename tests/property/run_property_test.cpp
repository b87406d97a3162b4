// A run is set arithmetic: with random IDs in the table and in the list, found is their intersection and
// missing their difference, for every key type, for the temp table, for IN lists and for scans.
#include <fmt/format.h>

#include <functional>
#include <random>
#include <set>

#include "integration/run_case.hpp"
#include "support/random.hpp"

namespace firmquery::test {
namespace {

using Set = std::set<std::string>;

struct KeyType {
  const char* column;
  std::function<std::string(Random&)> make;                         // a canonical ID
  std::function<std::string(const std::string&, Random&)> respell;  // the same ID, as a list may write it
};

std::string with_zeros(const std::string& id, Random& random) {
  return std::string(id).insert(id.front() == '-' ? 1 : 0, random() % 4, '0');
}

// Small domains, so that list and table meet and lists repeat themselves; large ones, for the ends of a type.
const std::map<std::string, KeyType> kTypes = {
    {"int",
     {"bigint",
      [](Random& r) {
        const auto any = static_cast<std::int64_t>(r());
        return std::to_string(r() % 4 == 0 ? any : any % 3'000);
      },
      with_zeros}},
    {"numeric",
     {"numeric",
      [](Random& r) {
        std::string text = std::to_string(static_cast<std::int64_t>(r() % 600) - 300);
        if (r() % 2 == 0) text += fmt::format(".{}{}", r() % 10, 1 + r() % 9);
        return text;
      },
      [](const std::string& id, Random& r) {
        const bool fraction = id.find('.') != std::string::npos;
        return with_zeros(id, r) + (fraction ? std::string(r() % 3, '0') : "");
      }}},
    {"uuid",
     {"uuid", [](Random& r) { return "a0eebc99-0000-4000-8000-" + std::string(9, '0') + hexadecimal(r, 3); },
      [](const std::string& id, Random& r) {
        std::string text = id;
        for (char& c : text) c = r() % 2 == 0 ? static_cast<char>(std::toupper(c)) : c;
        return r() % 2 == 0 ? "{" + text + "}" : text;
      }}},
    {"text",
     {"text",
      [](Random& r) {
        static const std::vector<std::string> kPieces = {"a", "B", "0", "7", "'", "\\", "é", "ß", "-", "z"};
        std::string text;
        for (std::size_t size = 1 + r() % 4; size > 0; --size) text += kPieces[r() % kPieces.size()];
        // A leading ' is how a spreadsheet marks text: cleaning takes it off.
        return text.front() == '\'' ? "q" + text : text;
      },
      [](const std::string& id, Random& r) {
        return std::string(r() % 3, ' ') + id + std::string(r() % 2, '\t');
      }}},
};

Set some_ids(const KeyType& type, std::size_t tries, Random& random) {
  Set ids;
  for (std::size_t i = 0; i < tries; ++i) ids.insert(type.make(random));
  return ids;
}

// Shuffled, in other spellings, and with repeats.
std::string list_of(const Set& ids, const KeyType& type, Random& random) {
  std::vector<std::string> lines;
  for (const std::string& id : ids) {
    for (std::uint64_t times = random() % 5 == 0 ? 2 : 1; times > 0; --times)
      lines.push_back(type.respell(id, random));
  }
  for (std::size_t i = lines.size(); i > 1; --i) std::swap(lines[i - 1], lines[random() % i]);
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

void fill_table(const std::string& table, const std::string& column, const Set& ids) {
  std::string values;
  for (const std::string& id : ids) {
    std::string quoted;
    for (const char c : id) quoted += c == '\'' ? "''" : std::string(1, c);
    values += fmt::format("{}('{}')", values.empty() ? "" : ",", quoted);
  }
  shared_server().execute(
      fmt::format("drop table if exists {0}; create table {0} (k {1} primary key);{2} analyze {0}", table,
                  column, values.empty() ? "" : fmt::format("insert into {} values {};", table, values)));
}

// The IDs of a one-column file, without its header. No ID here needs quotes in CSV.
Set ids_of(const std::string& csv) {
  const auto lines = lines_of(csv.substr(csv.find('\n') + 1));
  const Set ids(lines.begin(), lines.end());
  EXPECT_EQ(ids.size(), lines.size()) << "an ID is there twice";
  return ids;
}

class RunProperty : public ::testing::TestWithParam<std::string> {};

TEST_P(RunProperty, FoundAndMissingAreSetArithmetic) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE("FIRMQUERY_TEST_SEED=" + std::to_string(seed));
  Random random(seed);
  const KeyType& type = kTypes.at(GetParam());
  const std::string table = "random_" + GetParam();
  std::size_t founds = 0, missings = 0;
  for (int repeat = 0; repeat < 4; ++repeat) {
    const Set stored = some_ids(type, random() % 2'000, random);
    Set asked = some_ids(type, random() % 2'000, random);
    for (const std::string& id : stored)
      if (random() % 3 == 0) asked.insert(id);
    Set found, missing;
    std::set_intersection(asked.begin(), asked.end(), stored.begin(), stored.end(),
                          std::inserter(found, found.end()));
    std::set_difference(asked.begin(), asked.end(), stored.begin(), stored.end(),
                        std::inserter(missing, missing.end()));
    founds += found.size();
    missings += missing.size();
    // Text is only scanned where the server sorts it as the list is sorted.
    const bool is_text = GetParam() == "text", bytewise = repeat % 2 == 1;
    fill_table(table, std::string(type.column) + (is_text && bytewise ? " collate \"C\"" : ""), stored);
    std::vector<StrategyKind> kinds = {StrategyKind::temp_table, StrategyKind::in_list};
    if (!is_text || bytewise) kinds.push_back(StrategyKind::scan);
    const std::string list = list_of(asked, type, random);

    const TempDir directory;
    for (const StrategyKind kind : kinds) {
      SCOPED_TRACE(std::string(to_string(kind)));
      Job job = make_job(directory, shared_server().dsn(), list,
                         fmt::format("select k from {} where k in ({{ID_PLACEHOLDER}})", table),
                         std::string(to_string(kind)));
      job.key = "k";
      job.strategy = kind;
      job.connections = 1 + static_cast<unsigned>(random() % 4);
      job.in_list.max_ids = 1 + random() % 500;
      const Outcome outcome = run(job);
      ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
      EXPECT_EQ(ids_of(outcome.results), found);
      EXPECT_EQ(ids_of(outcome.missing), missing);
      EXPECT_EQ(outcome.report().input.unique, asked.size());
      EXPECT_EQ(outcome.report().input.rejected, 0u);
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(founds, 0u) << "the lists no longer meet their tables";
  EXPECT_GT(missings, 0u) << "nothing was missing";
}

INSTANTIATE_TEST_SUITE_P(KeyTypes, RunProperty, ::testing::Values("int", "numeric", "uuid", "text"),
                         [](const auto& parameter) { return parameter.param; });

}  // namespace
}  // namespace firmquery::test
