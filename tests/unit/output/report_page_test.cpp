// report.html: what it says of each kind of run, that nothing from outside gets out of its place, that it has an end, and
// that no ID is left where none may be.
#include "firmquery/output/report_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "firmquery/core/csv.hpp"
#include "firmquery/core/utf8_text.hpp"
#include "firmquery/output/journal.hpp"
#include "orchestrator/output/html/redact_words.hpp"
#include "orchestrator/output/html/text.hpp"
#include "orchestrator/output/html/timeline.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using test::TempDir;
using testing::HasSubstr;
using testing::Not;

// Why the page is no tree of elements, or holds what no page may hold; empty: it is one. Knows what the page uses.
std::string flaw_of(const std::string& page) {
  if (!is_utf8(page)) return "not UTF-8";
  std::vector<std::string> open;
  for (std::size_t at = 0; at < page.size(); ++at) {
    const auto byte = static_cast<unsigned char>(page[at]);
    if (byte < 0x20 && byte != '\n' && byte != '\t') return "a control character";
    if (page[at] != '<' || page.compare(at, 2, "<!") == 0) continue;
    const std::size_t end = page.find('>', at);
    if (end == std::string::npos) return "a tag without end";
    const std::string tag = page.substr(at + 1, end - at - 1);
    const bool closing = tag.front() == '/';
    const std::string name = tag.substr(closing, tag.find_first_of(" /", 1) - closing);
    if (closing) {
      if (open.empty() || open.back() != name)
        return "</" + name + "> closes " + (open.empty() ? "nothing" : open.back());
      open.pop_back();
    } else if (tag.back() != '/' && name != "meta" && name != "link" && name != "br") {
      open.push_back(name);
    }
    if (name == "style" && !closing)
      at = page.find("</style>", end) - 1;  // a child combinator is no tag
    else
      at = end;
  }
  return open.empty() ? "" : "<" + open.back() + "> is not closed";
}

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (const std::string& field : fields) {
    if (!line.empty()) line += ',';
    append_csv_field(line, field, true);
  }
  return line + "\n";
}

class ReportPageTest : public testing::Test {
 protected:
  void SetUp() override {
    report_.run_id = "20260101T000000Z-0a1b2c";
    report_.status = "complete";
    report_.started_at = "2026-01-01T00:00:00.000Z";
    report_.finished_at = "2026-01-01T00:01:40.000Z";
    report_.key = "id";
    report_.id_type = "text";
    set_counts(1000, 943);
    write_lists({"A-1", "A-2"}, {}, {});
    options_.files = {{"results.csv", 943, 12345, std::string(64, 'a')},
                      {"missing.csv", 57, 612, std::string(64, 'b')}};
  }
  // `found` of `unique` IDs, and a list that is all of them.
  void set_counts(std::uint64_t unique, std::uint64_t found, std::uint64_t unresolved = 0) {
    report_.input = {unique, 0, 0, unique, 0, 0, unique, {}};
    report_.result.rows = report_.result.found = found;
    report_.result.missing = unique - found - unresolved;
    report_.result.unresolved = unresolved;
    const Digest one = Digest::of("x");
    report_.result.found_digest = found > 0 ? one : Digest();
    report_.result.missing_digest = report_.result.missing > 0 ? one : Digest();
    report_.result.unresolved_digest = unresolved > 0 ? one : Digest();
    report_.input.digest =
        report_.result.found_digest + report_.result.missing_digest + report_.result.unresolved_digest;
  }
  void write_lists(const std::vector<std::string>& missing, const std::vector<std::string>& rejected,
                   const std::vector<std::string>& duplicates) {
    std::string text = "id\n";
    for (const std::string& id : missing) text += csv_line({id});
    dir_.write("missing.csv", text);
    text = "line,raw,reason,column,byte_offset,cell\n";
    for (const std::string& raw : rejected) text += csv_line({"7", raw, "not_an_integer", "id", "5", ""});
    dir_.write("rejected.csv", text);
    text = "line,id,first_line\n";
    for (const std::string& id : duplicates) text += csv_line({"9", id, "2"});
    dir_.write("duplicates.csv", text);
  }
  void write_journal(const std::string& sql, const std::string& more = {}) {
    std::filesystem::remove(dir_ / "journal.jsonl");
    auto journal = Journal::open(dir_.path());
    ASSERT_TRUE(
        journal &&
        journal->job({report_.started_at, report_.run_id, "id", sql, "ids.csv", {{"connections", "2"}}}));
    ASSERT_TRUE(journal->list({1000, {}, "", "id,name\n", {{0, 1000}}, ""}));
    dir_.write("journal.jsonl", test::read_text(dir_ / "journal.jsonl") + more);
  }
  std::string page() {
    auto page = report_page(dir_.path(), report_, options_);
    if (!page) throw std::runtime_error(page.error().to_string());
    EXPECT_EQ(flaw_of(*page), "");
    EXPECT_LE(page->size(), kReportPageBytesMax);
    EXPECT_THAT(*page, Not(HasSubstr("http://")));
    EXPECT_THAT(*page, Not(HasSubstr("https://")));
    EXPECT_THAT(*page, Not(HasSubstr("url(")));
    EXPECT_THAT(*page, Not(HasSubstr("<script")));
    return *page;
  }

  TempDir dir_;
  Report report_;
  ReportPageOptions options_;
};

std::string unit_line(const std::string& at, int rows, const std::string& more) {
  return "{\"event\":\"unit\",\"at\":\"" + at +
         "\",\"share\":0,\"units\":2,\"rows\":" + std::to_string(rows) + more + "}\n";
}

TEST_F(ReportPageTest, ACompleteRunSaysSoFirstAndHowToCheckIt) {
  write_journal("select 1");
  const std::string text = page();
  EXPECT_THAT(text, HasSubstr("<h1>Complete: 943 of 1,000 IDs found, 57 missing; the numbers add up</h1>"));
  EXPECT_THAT(text, HasSubstr("<header class=\"good\">"));
  EXPECT_THAT(text, HasSubstr("default-src 'none'; style-src 'unsafe-inline'; img-src data:"));
  EXPECT_THAT(text, HasSubstr("1,000 = 943 + 57"));
  EXPECT_THAT(text, HasSubstr(report_.input.digest.to_hex()));
  EXPECT_THAT(text, HasSubstr("firmquery verify " + dir_.path().string()));
  EXPECT_THAT(text, HasSubstr("create temp table result (id text, c2 text);"));
  EXPECT_THAT(text, HasSubstr(std::string(64, 'b')));
  EXPECT_THAT(text, HasSubstr("<code>A-2</code>"));
}

TEST_F(ReportPageTest, SumsThatDoNotHoldAreSaid) {
  ++report_.result.missing;
  const std::string text = page();
  EXPECT_THAT(text, HasSubstr("the numbers do not add up</h1>"));
  EXPECT_THAT(text, HasSubstr("does not hold"));
  EXPECT_THAT(text, HasSubstr("<header class=\"not-good\">"));
}

TEST_F(ReportPageTest, AnEmptyListAndARunWithoutMissingIds) {
  set_counts(0, 0);
  report_.input = {};
  write_lists({}, {}, {});
  EXPECT_THAT(page(), HasSubstr("<h1>Complete: the list holds no ID; the numbers add up</h1>"));
  set_counts(2000, 2000);
  EXPECT_THAT(page(), HasSubstr("<h1>Complete: all 2,000 IDs found; the numbers add up</h1>"));
}

TEST_F(ReportPageTest, APartialRunNamesWhatIsLeftAndHowToGoOn) {
  report_.status = "partial";
  set_counts(1000, 900, 60);
  report_.failed_ranges = {{100, 160, "B-1", "B-<9>", "statement timeout"}};
  dir_.write("unresolved.csv", "id\nB-1\n");
  const std::string text = page();
  EXPECT_THAT(
      text,
      HasSubstr("<h1>Partial: 900 of 1,000 IDs found, 40 missing, 60 not read yet; the numbers add up</h1>"));
  EXPECT_THAT(text, HasSubstr("firmquery resume " + dir_.path().string()));
  EXPECT_THAT(text, HasSubstr("<code>B-&lt;9&gt;</code>"));
  EXPECT_THAT(text, HasSubstr("1,000 = 900 + 40 + 60"));
}

TEST_F(ReportPageTest, ARunThatFailedHasItsErrorAndNoProof) {
  for (const char* name : {"missing.csv", "rejected.csv", "duplicates.csv"})
    std::filesystem::remove(dir_ / name);
  report_.status = "failed";
  options_.files.clear();
  Error error = fail(ErrorKind::query, "relation \"f<i>rm\" does not exist").value();
  error.sqlstate = "42P01";
  error.remedy = "name one";
  options_.error = error;
  const std::string text = page();
  EXPECT_THAT(text, HasSubstr("<h1>Failed: nothing has been read yet</h1>"));
  EXPECT_THAT(text, HasSubstr("relation &quot;f&lt;i&gt;rm&quot; does not exist"));
  EXPECT_THAT(text, HasSubstr("<code>42P01</code>"));
  EXPECT_THAT(text, Not(HasSubstr("digest(unique)")));
}

TEST_F(ReportPageTest, ResumedRunsShowEachStartAndOneTimeOfWork) {
  write_journal("select 1",
                unit_line("2026-01-01T00:00:10.000Z", 500, ",\"seconds\":4,\"longest_s\":3.5") +
                    "{\"event\":\"start\",\"at\":\"2026-01-03T00:00:00.000Z\"}\n" +
                    unit_line("2026-01-03T00:00:10.000Z", 500, ",\"seconds\":2,\"longest_s\":1.5"));
  StartReport first;
  first.started_at = "2026-01-01T00:00:00.000Z";
  first.status = "interrupted";
  first.retries = 3;
  first.retried_for = {{"40001", "transient", 3, "restart transaction"}};
  first.slowest = {{"2026-01-01T00:00:06.000Z", 1, 0, 250, 250, 3.5, true}};
  StartReport second = first;
  second.started_at = "2026-01-03T00:00:00.000Z";
  second.status = "complete";
  second.retries = 1;
  second.retried_for = {{"55P03", "transient", 1, "lock timeout"}};
  second.slowest = {{"2026-01-03T00:00:06.000Z", 1, 250, 500, 0, 300, false}};
  report_.starts = {first, second};
  sum_up_starts(report_);
  report_.readings = {{first.started_at, "array", {"exported snapshot", "1-1"}},
                      {second.started_at, "array", {"exported snapshot", "2-1"}}};
  report_.snapshot = report_.readings[0].snapshot;
  const std::string text = page();
  EXPECT_THAT(text, HasSubstr("1,000 rows in 20.0 s of work: 50.0 rows/s on average"));
  EXPECT_THAT(text, HasSubstr("1 start of the program after the first"));
  EXPECT_THAT(text,
              HasSubstr("4 statements of ranges that were finished: 1.50 s on average, 3.50 s at most."));
  EXPECT_THAT(text, HasSubstr("Parts of the list were read at different instants"));
  EXPECT_THAT(text, HasSubstr("4 retries"));
  EXPECT_LT(text.find("<code>40001</code>"), text.find("<code>55P03</code>"));
  EXPECT_LT(text.find("failed or cut short"), text.find("1 to 250"));  // the longest first
}

TEST_F(ReportPageTest, DirectoriesOfEarlierVersionsHaveAPageToo) {
  write_journal("select 1", unit_line("2026-01-01T00:00:10.000Z", 500, ""));
  dir_.write("rejected.csv", "line,raw,reason\n4,x9,not_an_integer\n5,x10,not_an_integer\n");
  const std::string text = page();
  EXPECT_THAT(text, HasSubstr("Rows per second"));
  EXPECT_THAT(text, Not(HasSubstr("Time of statements")));
  EXPECT_THAT(text, HasSubstr("<code>x10</code>"));
}

TEST_F(ReportPageTest, SecondProofNearMissesAndTheLookOfTheListAreShown) {
  report_.recheck = RecheckReport{"array", {"exported snapshot", "1-1"}, {57, 57, 0}, {943, 100, 2}, 3, 0.5,
                                  "",      {"ID 4 has no row"}};
  report_.near_misses = NearMissReport{57,
                                       50,
                                       41,
                                       2,
                                       200,
                                       4,
                                       0.1,
                                       "7 were not tried",
                                       "41 of 57 would match",
                                       {{"pad:10", 41, true}, {"excel-15", 3, false}}};
  ListReport list;
  list.format = "csv";
  list.leading_zero = 12;
  list.problems = {{"scientific", 4000, 17, "1.2E+10"}};
  list.suspicions = {"<b>4000 IDs</b> are in scientific notation"};
  report_.list = list;
  dir_.write("missing.csv", "id,suggestion,rule,matches\nA-1,0A-1,pad:10,1\nA-2,,,\n");
  const std::string text = page();
  EXPECT_THAT(text, HasSubstr("the second answer contradicts the first for 2 IDs"));
  EXPECT_THAT(text, HasSubstr("--accept-rule pad:10"));
  EXPECT_THAT(text, HasSubstr("the digits are lost"));
  EXPECT_THAT(text, HasSubstr("<code>0A-1</code>"));
  EXPECT_THAT(text, HasSubstr("Leading zeros"));
  EXPECT_THAT(text, HasSubstr("4,000"));
  EXPECT_THAT(text, HasSubstr("<code>1.2E+10</code>"));
  EXPECT_THAT(text, HasSubstr("&lt;b&gt;4000 IDs&lt;/b&gt;"));
  EXPECT_THAT(text, HasSubstr("create temp table missing (id text, c2 text, c3 text, c4 text);"));
}

TEST_F(ReportPageTest, WhatChangedSinceTheLastRunIsShown) {
  EXPECT_THAT(page(), Not(HasSubstr("Since the last run")));
  report_.history = HistoryReport{{"a run", "<i>firms", "2026-11-30T02:00:00.000Z", 59},
                                  3001,
                                  5,
                                  54,
                                  1,
                                  2,
                                  "2026-11-18T02:00:00.000Z",
                                  12};
  report_.baseline = BaselineReport{"<i>baseline.csv", 60, 50, 4, 1, 7, 2, "2026-11-20T02:00:00.000Z", 10};
  dir_.write("missing.csv",
             "id,suggestion,rule,matches,first_missing,runs_missing\nA-1,,,,2026-11-18T02:00:00.000Z,12\n");
  const std::string text = page();
  EXPECT_EQ(flaw_of(text), "");
  EXPECT_THAT(text, HasSubstr("<h2 id=\"history-h\">Since the last run</h2>"));
  EXPECT_THAT(text, HasSubstr("3,001"));
  EXPECT_THAT(text, HasSubstr("The oldest has been missing for 12 runs, since "));
  EXPECT_THAT(text, HasSubstr("Accepted by <code>&lt;i&gt;baseline.csv</code>"));
  EXPECT_THAT(text, HasSubstr("Missing since"));
  EXPECT_THAT(text, Not(HasSubstr("Suggestion")));
}

// Everything from outside, in each place that it can be in.
TEST_F(ReportPageTest, NothingFromOutsideIsMarkup) {
  const std::string evil = std::string("</code><script>alert('x')</script>&\"\x01\x1b[31m\xff\xc3", 44) +
                           std::string(1, '\0') + "\xe2\x80\xae\xef\xbf\xbe]]>-->";
  write_lists({evil}, {evil}, {evil});
  write_journal(evil);
  dir_.write("audit.jsonl",
             "{\"seq\":1,\"at\":\"<i>\",\"event\":\"<i>\",\"os_user\":\"<i>\",\"error\":\"<script>\"}\nno "
             "JSON <script>\n");
  report_.run_id = report_.key = report_.key_type = report_.server = report_.dialect =
      report_.server_version = evil;
  report_.strategy = report_.strategy_reason = report_.session.time_zone = report_.authentication.principal =
      evil;
  report_.started_at = report_.finished_at = report_.id_type = evil;
  dir_.write("missing.csv", csv_line({evil}) + csv_line({evil}));
  report_.warnings = options_.breached = {evil};
  options_.files.push_back({evil, 1, 1, evil, {evil}});
  Error error = fail(ErrorKind::query, evil).value();
  error.place = error.remedy = error.sqlstate = evil;
  options_.error = error;
  report_.failed_ranges = {{0, 1, evil, evil, evil}};
  StartReport start;
  start.started_at = start.status = evil;
  start.retried_for = {{evil, evil, 1, evil}};
  start.slowest = {{evil, 1, 0, 1, 1, 1, true}};
  report_.starts = {start};
  report_.retries = 1;
  report_.readings = {{evil, evil, {evil, evil}}};
  report_.recheck = RecheckReport{evil, {evil, evil}, {1, 1, 1}, {}, 1, 1, evil, {evil}};
  report_.near_misses = NearMissReport{1, 1, 1, 1, 1, 1, 1, evil, evil, {{evil, 1, true}}};
  report_.list = ListReport{evil, evil, evil, evil, evil, 1, 1, 1, 1, {{evil, 1, 1, evil}}, {evil}};
  const std::string text = page();
  EXPECT_THAT(text, HasSubstr("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"));
  EXPECT_THAT(text, HasSubstr("<span class=\"hid\">\\xFF</span>"));
  EXPECT_THAT(text, HasSubstr("<span class=\"hid\">U+202E</span>"));
  EXPECT_THAT(text, HasSubstr("<span class=\"hid\">U+0000</span>"));
}

TEST_F(ReportPageTest, IsBoundedWhateverTheRun) {
  const std::string fat(5000, '\x01');  // each byte is thirty in the page
  std::string text = "line,raw,reason,column,byte_offset,cell\n";
  for (int i = 0; i < 500; ++i)
    text += csv_line({"7", fat, "reason_" + std::to_string(i % 20), fat, "5", fat});
  for (int i = 0; i < 1'000'000; ++i) text += "7,x,reason_9,id,5,\n";
  dir_.write("rejected.csv", text);
  text = "id,suggestion,rule,matches\n";
  for (int i = 0; i < 2000; ++i) text += csv_line({fat, fat, fat, fat});
  dir_.write("missing.csv", text);
  text = "line,id,first_line\n";
  for (int i = 0; i < 2000; ++i) text += csv_line({"9", fat, "2"});
  dir_.write("duplicates.csv", text);
  text.clear();
  for (int i = 0; i < 20'000; ++i)
    text += unit_line("2026-01-0" + std::to_string(1 + i / 4000) + "T00:00:10.000Z", i,
                      ",\"seconds\":0.5,\"longest_s\":0.5");
  for (int i = 0; i < 2000; ++i) text += "{\"event\":\"start\",\"at\":\"2026-02-01T00:00:00.000Z\"}\n";
  write_journal(fat + fat + fat + fat + fat + fat + fat + fat, text);
  text.clear();
  for (int i = 0; i < 500; ++i)
    text += "{\"at\":\"x\",\"event\":\"start\",\"error\":\"" + std::string(5000, '<') + "\"}\n";
  dir_.write("audit.jsonl", text);
  report_.warnings.assign(1001, fat);
  options_.breached.assign(5, fat);
  options_.files.assign(60, {fat, 1, 1, fat, std::vector<std::string>(20, fat)});
  report_.failed_ranges.assign(5000, {0, 1, fat, fat, fat});
  StartReport start;
  start.started_at = start.status = fat;
  start.retried_for.assign(50, {fat, fat, 1, fat});
  start.slowest.assign(10, {fat, 1, 0, 1, 1, 1, true});
  report_.starts.assign(20, start);
  start.retried_for.clear();
  start.slowest.clear();
  report_.starts.resize(3000, start);
  sum_up_starts(report_);
  report_.readings.assign(3000, {fat, fat, {fat, fat}});
  report_.recheck =
      RecheckReport{fat, {fat, fat}, {1, 1, 1}, {}, 1, 1, fat, std::vector<std::string>(500, fat)};
  report_.near_misses =
      NearMissReport{1, 1, 1, 1, 1, 1, 1, fat, fat, std::vector<NearMissReport::Rule>(500, {fat, 1, true})};
  report_.list = ListReport{fat,
                            fat,
                            fat,
                            fat,
                            fat,
                            1,
                            1,
                            1,
                            1,
                            std::vector<ListReport::Problem>(20, {fat, 1, 1, fat}),
                            std::vector<std::string>(500, fat)};
  Error error = fail(ErrorKind::query, fat).value();
  error.place = error.remedy = fat;
  options_.error = error;
  const std::string bounded = page();
  EXPECT_THAT(bounded, Not(HasSubstr("the page would be too large")));
  EXPECT_GT(bounded.size(), kReportPageBytesMax / 2);  // this is as much as there can be
  report_.list.reset();                                // then the rejects are counted, all of them
  EXPECT_THAT(page(), HasSubstr("1,000,025"));
}

class RedactedPageTest : public ReportPageTest {
 protected:
  void SetUp() override {
    ReportPageTest::SetUp();
    options_.redact_ids = true;
    options_.each_id = [this](const std::function<void(std::string_view)>& take) {
      for (const std::string& id : ids_) take(id);
    };
    write_lists(ids_, raws_, ids_);
    write_journal(
        "select * from firm where id in ({ID_PLACEHOLDER}) and x <> 'KX-77' and y > 470815 -- not KX-78\n");
    report_.warnings = {
        "session 2, 3 IDs from ACME Corp to Zebra: the row ACME Corp was locked; trying again",
        "invalid input syntax for type integer: \"oops here\"", "Key (id)=(KX-77) exists",
        "ungültige Eingabe »Zebra«", "the code 470815 (or 0470815, 470.815) was given; only 3 of 57"};
    report_.failed_ranges = {{0, 3, "ACME Corp", "Zebra", "timeout at Zebra"}};
    report_.list = ListReport{"lines",
                              "utf-8",
                              "",
                              "id",
                              "",
                              0,
                              0,
                              0,
                              0,
                              {{"not_an_integer", 1, 3, "plain words"}},
                              {"such as \"plain words\""}};
    StartReport start;
    start.retries = 1;
    start.retried_for = {{"55P03", "transient", 1, "tuple of Zebra is locked"}};
    report_.starts = {start};
    sum_up_starts(report_);
    report_.recheck = RecheckReport{"array", {}, {1, 1, 1}, {}, 1, 1, "", {"ID Zebra has rows now"}};
    dir_.write("audit.jsonl", "{\"at\":\"x\",\"event\":\"end\",\"error\":\"ACME Corp is locked\"}\n");
  }
  const std::vector<std::string> ids_ = {"470815", "ACME Corp", "KX-77",
                                         "KX-78",  "Zebra",     "<script>7</script>"};
  const std::vector<std::string> raws_ = {"plain words", "oops here", "0470815"};
};

TEST_F(RedactedPageTest, NoIdAndNoRawTextIsLeft) {
  const std::string text = page();
  for (const auto* list : {&ids_, &raws_}) {
    for (const std::string& id : *list) {
      EXPECT_THAT(text, Not(HasSubstr(id)));
      EXPECT_THAT(text, Not(HasSubstr(html::text(id))));
    }
  }
  // What is no ID stays.
  EXPECT_THAT(text, HasSubstr("was locked; trying again"));
  EXPECT_THAT(text, HasSubstr("only 3 of 57"));
  EXPECT_THAT(
      text,
      HasSubstr("select * from firm where id in ({ID_PLACEHOLDER}) and x &lt;&gt; &#39;[redacted]&#39;"));
  EXPECT_THAT(text, HasSubstr("<code>55P03</code>"));
  EXPECT_THAT(text, HasSubstr("943 of 1,000 IDs found"));
  options_.redact_ids = false;
  EXPECT_THAT(page(), HasSubstr("ACME Corp"));
}

TEST_F(RedactedPageTest, WithoutTheIdsTheWordsAreLeftOut) {
  options_.each_id = {};
  report_.status = "failed";
  options_.error = fail(ErrorKind::transient, "session 1, ID Zebra: gone").value();
  const std::string text = page();
  for (const std::string& id : ids_) EXPECT_THAT(text, Not(HasSubstr(id)));
  EXPECT_THAT(text, Not(HasSubstr("was locked")));
  EXPECT_THAT(text, HasSubstr("[redacted]"));
}

TEST(PageText, CutsWhatIsLongAndSaysHowLongItIs) {
  EXPECT_EQ(html::text("abc"), "abc");
  EXPECT_EQ(html::text("<&>\"'"), "&lt;&amp;&gt;&quot;&#39;");
  EXPECT_EQ(html::text("äß中😀"), "äß中😀");
  EXPECT_THAT(html::text(std::string(5000, 'x'), 10), testing::StartsWith("xxxxxxxxxx…"));
  EXPECT_THAT(html::text(std::string(5000, 'x'), 10), HasSubstr("5,000 bytes"));
  EXPECT_EQ(html::text("a\xc2\xa0"
                       "b"),
            "a<span class=\"hid\">U+00A0</span>b");
  EXPECT_EQ(html::text("\xed\xa0\x80").find("\xed"), std::string::npos);  // half of a surrogate
  EXPECT_EQ(html::count(1234567), "1,234,567");
  EXPECT_EQ(html::bytes(12'345'678), "12.3 MB");
}

TEST(PageRedaction, KnowsQuotesNumbersAndLiterals) {
  using html::without_literals;
  using html::without_quotes_and_numbers;
  EXPECT_EQ(without_quotes_and_numbers("don't touch 12 of 345"), "don't touch 12 of 345");
  EXPECT_EQ(without_quotes_and_numbers("value 'a b' and \"c\" (id)=(x, y)"),
            "value [redacted] and [redacted] (id)=([redacted])");
  EXPECT_EQ(without_quotes_and_numbers("A1-2b-34c in 2026-11-30"), "[redacted] in [redacted]");
  EXPECT_EQ(
      without_literals("select a1 from t2 where x = 12.5e3 and y = e'it\\'s' and z = $q$7$q$ /* 9 */"),
      "select a1 from t2 where x = [redacted] and y = e'[redacted]' and z = '[redacted]' /* [redacted] */");
  EXPECT_EQ(without_literals("\"1 col\" = 'it''s'"), "\"1 col\" = '[redacted]'");
  EXPECT_EQ(without_literals("'never closed"), "'[redacted]'");
  EXPECT_EQ(without_literals("\"never closed"), "\"never closed");
}

TEST(PageTimeline, KeepsItsSumsHoweverLongTheRun) {
  html::Timeline timeline;
  timeline.start(1000);
  double rows = 0;
  for (int i = 1; i <= 50'000; ++i) {
    timeline.unit(1000 + i * 1.7, 1, i % 13, 0.5, i == 777 ? 9.0 : 0.5);
    rows += i % 13;
  }
  double sum = 0, longest = 0;
  std::uint64_t units = 0;
  const auto steps = timeline.steps();
  for (const auto& step : steps)
    sum += step.rows, units += step.units, longest = std::max(longest, step.longest_s);
  EXPECT_NEAR(sum, rows, rows * 1e-9);
  EXPECT_EQ(units, 50'000u);
  EXPECT_EQ(longest, 9.0);
  EXPECT_LE(steps.size(), html::Timeline::kStepsMax);
  EXPECT_GT(steps.size(), html::Timeline::kStepsMax / 3);
  EXPECT_NEAR(timeline.length_s(), 85'000, 1e-6);
}

TEST(PageTimeline, AClockThatIsSetBackOrFarAheadDoesNotBreakIt) {
  html::Timeline timeline;
  timeline.start(1000);
  timeline.unit(1010, 1, 10, 1, 1);
  timeline.unit(900, 1, 10, 1, 1);
  EXPECT_DOUBLE_EQ(timeline.length_s(), 10);
  timeline.start(500);
  timeline.unit(505, 1, 10, 100, 100);  // longer than its start
  EXPECT_DOUBLE_EQ(timeline.length_s(), 15);
  timeline.unit(1e18, 1, 10, 1e300, 1);
  double rows = 0;
  for (const auto& step : timeline.steps()) rows += step.rows;
  EXPECT_NEAR(rows, 40, 1e-6);
  EXPECT_EQ(timeline.starts(), std::vector<double>{10});
}

}  // namespace
}  // namespace firmquery
