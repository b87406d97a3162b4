#include <sstream>
// Ranges that keep failing: the others are kept, the report and unresolved.csv say what is not there yet, and
// `resume` brings it once the cause is gone.
#include "fault/fault_case.hpp"
#include "firmquery/output/xlsx_reader.hpp"

namespace firmquery::test {
namespace {

using ::testing::HasSubstr;

class Partial : public FaultCase {
 protected:
  void SetUp() override {
    server().execute("create table if not exists ill (firm_root_id bigint, code text); truncate ill");
    server().execute(R"(
      create or replace function ail(id bigint) returns boolean language plpgsql stable cost 1 as $$
      declare found_code text;
      begin
        if id % 1000 <> 0 then return true; end if;
        select code into found_code from ill where firm_root_id = id;
        if found then raise exception using errcode = found_code, message = 'raised by the test'; end if;
        return true;
      end $$)");
    query_ = std::string(kQuery) + " and ail(firm_root_id)";
  }
  static void ail(long id, const std::string& code) {
    server().execute(fmt::format("insert into ill values ({}, '{}')", id, code));
  }
  static void heal() { server().execute("truncate ill"); }

  // Small ranges, so that there is something left beside a failed one.
  Ended run_ill(const std::string& strategy) {
    strategy_ = strategy;
    return run(arguments(server().dsn(), {"--max-retries", "1", "--chunk-size", "1000", "--max-query-length",
                                          "100000", "--format", "csv,xlsx"}));
  }

  // exit 4, and the three lists add up to what was asked for.
  void expect_partial(const Ended& ended, const std::vector<long>& ill) {
    ASSERT_EQ(ended.exit_code, 4) << ended.err;
    EXPECT_THAT(flat(ended.err), HasSubstr("resume"));
    const Report report = report_of(out());
    EXPECT_EQ(report.status, "partial");
    EXPECT_FALSE(std::filesystem::exists(out() / "manifest.json"));
    const auto results = rows_of(read_text(out() / "results.csv"));
    std::vector<std::string> missing;
    std::istringstream ids(first_column_of_missing(read_text(out() / "missing.csv")));
    for (std::string id; std::getline(ids, id);) missing.push_back(id);
    const auto unresolved = lines(out() / "unresolved.csv");
    ASSERT_FALSE(unresolved.empty());
    EXPECT_EQ(unresolved.front(), "firm_root_id");
    EXPECT_TRUE(std::is_sorted(unresolved.begin() + 1, unresolved.end(), by_number));
    for (const long id : ill) EXPECT_THAT(unresolved, ::testing::Contains(std::to_string(id)));
    EXPECT_EQ(report.result.unresolved, unresolved.size() - 1);
    EXPECT_EQ(report.input.unique, report.result.found + report.result.missing + report.result.unresolved);
    EXPECT_EQ(report.result.found, results.size() - 1);
    // What is resolved is as it is in the run without faults; what is not is nowhere else.
    const Answer& whole = undisturbed();
    EXPECT_TRUE(std::includes(whole.rows.begin(), whole.rows.end(), results.begin(), results.end()));
    const std::set<std::string> not_known(unresolved.begin() + 1, unresolved.end());
    for (const std::string& id : missing) EXPECT_EQ(not_known.count(id), 0u) << id;
    EXPECT_LT(report.result.unresolved, report.input.unique) << "nothing was kept";
    EXPECT_TRUE(sheet_of("Unresolved") == unresolved);
    EXPECT_TRUE(sheet_of("Missing") == missing);
  }

  // The first column of a sheet of the workbook; empty: it has none of this name.
  std::vector<std::string> sheet_of(const std::string& name) const {
    const auto book = XlsxWorkbook::open(out() / "results.xlsx");
    if (!book) return {book.error().to_string()};
    std::vector<std::string> column;
    for (std::size_t sheet = 0; sheet < book->sheets().size(); ++sheet) {
      if (book->sheets()[sheet].name != name) continue;
      auto rows = book->rows(sheet);
      while (rows && rows->next().value()) column.emplace_back(rows->cells().front().text);
    }
    return column;
  }

  static std::vector<std::string> lines(const std::filesystem::path& path) {
    std::vector<std::string> all;
    const std::string text = read_text(path);
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      all.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
    return all;
  }
  static bool by_number(const std::string& a, const std::string& b) { return std::stol(a) < std::stol(b); }
};

class PartialEach : public Partial, public ::testing::WithParamInterface<const char*> {};

TEST_P(PartialEach, OneRangeIsLeftAndResumedLater) {
  ail(60'000, "40001");
  expect_partial(run_ill(GetParam()), {60'000});
  // Still ill: still partial, nothing lost.
  expect_partial(resume(), {60'000});
  heal();
  expect_complete(resume());
  EXPECT_THAT(sheet_of("Unresolved"), ::testing::IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(out() / "unresolved.csv"));
}

TEST_P(PartialEach, RangesInBothShares) {
  ail(9'000, "40P01");
  ail(111'000, "55P03");
  expect_partial(run_ill(GetParam()), {9'000, 111'000});
  heal();
  expect_complete(resume());
}

INSTANTIATE_TEST_SUITE_P(Each, PartialEach,
                         ::testing::Values("temp-table", "staging-table", "array", "in-list"),
                         [](const auto& parameter) {
                           std::string name = parameter.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST_F(Partial, AnErrorThatIsNoBadLuckEndsTheRun) {
  ail(60'000, "22012");
  const Ended ended = run_ill("array");
  EXPECT_EQ(ended.exit_code, 6) << ended.err;
  EXPECT_FALSE(std::filesystem::exists(out() / "results.csv"));
}

TEST_F(Partial, ResumeRefusesWhatHasChanged) {
  ail(60'000, "40001");
  ASSERT_EQ(run_ill("array").exit_code, 4);
  const std::string before = read_text(out() / "journal.jsonl");
  std::vector<std::vector<std::string>> changes = {
      {"--sql", std::string(kQuery) + " and ail(firm_root_id) and true"},
      {"--key", "name"},
      {"--ids", directory_.write("other.txt", "1\n2\n3\n")},
      {"--dsn", server().dsn("template1")}};
  for (const auto& change : changes) {
    std::vector<std::string> command = arguments(server().dsn(), {"--resume"});
    command.insert(command.end(), change.begin(), change.end());
    const Ended ended = run(command);
    EXPECT_EQ(ended.exit_code == 2 || ended.exit_code == 6, true) << change[0] << ": " << ended.err;
    EXPECT_EQ(read_text(out() / "journal.jsonl"), before) << change[0];
  }
  heal();
  expect_complete(resume());
}

TEST_F(Partial, ACompleteRunHasNothingToResume) {
  ASSERT_EQ(run_ill("array").exit_code, 0);
  const Answer answer = answer_of(out());
  const Ended ended = resume();
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(flat(ended.err), HasSubstr("complete"));
  EXPECT_TRUE(answer_of(out()) == answer);
  expect_verified();
}

// Waiting has an end, whatever the number of retries: without it this test would not come back.
TEST_F(Partial, TheRetryBudgetEndsTheWaiting) {
  ail(60'000, "40001");
  strategy_ = "array";
  const Ended ended =
      run(arguments(server().dsn(), {"--max-retries", "100", "--retry-delay", "0.3", "--retry-budget", "1"}));
  EXPECT_EQ(ended.exit_code, 4) << ended.err;
  EXPECT_LT(report_of(out()).retries, 20u);
}

}  // namespace
}  // namespace firmquery::test
