#include "firmquery/core/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

namespace firmquery {
namespace {

using ::testing::HasSubstr;

Report sample() {
  Report report;
  report.run_id = "20260101T000000Z-0a1b2c";
  report.status = "complete";
  report.started_at = "2026-01-01T00:00:00.000Z";
  report.finished_at = "2026-01-01T00:00:02.500Z";
  report.server = "db.example.com:5432/production";
  report.dialect = "postgresql";
  report.server_version = "15.18";
  report.authentication = {"gss", "alice@EXAMPLE.COM", true};
  report.session = {"UTC", "ISO, MDY", "postgres", "1", "hex", "off"};
  report.strategy = "temp-table";
  report.strategy_reason = "the session may create temp tables";
  report.connections = 2;
  report.snapshot = {"exported snapshot", "00000003-00000002-1"};
  report.key = "firm_root_id";
  report.key_type = "bigint";
  report.id_type = "int";
  report.input = {20, 2, 1, 13, 4, 3, 10, Digest(7, 30)};
  report.result.rows = 15;
  report.result.found = 6;
  report.result.missing = 4;
  report.result.found_digest = Digest(5, 10);
  report.result.missing_digest = Digest(2, 20);
  report.readings = {{"2026-01-01T00:00:00.500Z", "temp-table", report.snapshot}};
  report.ranges = {4, 4, 1};
  report.failed_ranges = {{2, 3, "7", "7", "timeout"}};
  report.spreadsheet_safe = true;
  report.retries = 1;
  report.statements = {9, 0.25, 0.1, 0.2};
  report.timing = {0.1, 0.2, 1.5, 0.3, 2.12345678};
  report.scans = {9000, 12, 3};
  report.starts = {
      {"2026-01-01T00:00:00.000Z", "complete", 4, 15, 1, 1, report.statements, report.scans, report.timing}};
  report.peak_rss_bytes = 12'345'678;
  report.files = {{"results.csv", 15, 400, std::string(64, 'a')}};
  report.warnings = {"ORDER BY holds within a range only"};
  return report;
}

TEST(Report, HasWhatItExpectedOfItsTimeAndHadLeft) {
  Report report = sample();
  report.estimate = EstimateReport{"history", 12.5, 5, 10};
  report.left = {600, 14'000.5};
  const auto read = report_from_json(to_json(report), "report.json");
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(to_json(*read), to_json(report));
  EXPECT_DOUBLE_EQ(*read->estimate->seconds, 12.5);
  EXPECT_DOUBLE_EQ(*read->left.gc_window_s, 14'000.5);
  report.estimate = EstimateReport{};
  report.left = {};
  const auto none = report_from_json(to_json(report), "report.json");
  ASSERT_TRUE(none) << none.error().to_string();
  EXPECT_FALSE(none->estimate->seconds);
  EXPECT_FALSE(none->left.ticket_s);
  EXPECT_THAT(to_json(*none), ::testing::Not(HasSubstr("\"left\"")));
  EXPECT_FALSE(report_from_json(to_json(sample()), "report.json")->estimate);  // of an older version
}

TEST(Proof, HoldsForASoundReport) {
  const auto proof = check_proof(sample());
  EXPECT_TRUE(proof.has_value()) << proof.error().to_string();
}

TEST(Proof, HoldsForAnEmptyList) {
  Report report;
  report.status = "complete";
  EXPECT_TRUE(check_proof(report).has_value());
}

TEST(Proof, CountsTheUnresolvedOfAPartialRun) {
  Report report = sample();
  report.status = "partial";
  report.result.missing = 1;
  report.result.missing_digest = Digest(1, 5);
  report.result.unresolved = 3;
  report.result.unresolved_digest = Digest(1, 15);
  EXPECT_TRUE(check_proof(report).has_value());
  report.status = "complete";
  EXPECT_THAT(check_proof(report).error().message, HasSubstr("unresolved is 3"));
}

TEST(Proof, NamesBothSidesOfWhatDoesNotHold) {
  Report report = sample();
  report.input.blank = 3;
  const auto lines = check_proof(report);
  ASSERT_FALSE(lines.has_value());
  EXPECT_EQ(lines.error().kind, ErrorKind::integrity);
  EXPECT_THAT(lines.error().message, HasSubstr("lines is 20"));
  EXPECT_THAT(lines.error().message,
              HasSubstr("blank + header + rejected + duplicates + unique is 3 + 1 + 4 + 3 + 10 = 21"));

  report = sample();
  report.result.missing_digest = Digest(2, 21);
  const auto digests = check_proof(report);
  ASSERT_FALSE(digests.has_value());
  EXPECT_THAT(digests.error().message, HasSubstr("0000000000000007000000000000001e"));
  EXPECT_THAT(digests.error().message, HasSubstr("0000000000000007000000000000001f"));
}

TEST(Proof, FailsWhenAnyOneNumberIsOff) {
  const std::vector<std::function<void(Report&)>> faults = {
      [](Report& r) { ++r.input.lines; },
      [](Report& r) { --r.input.lines; },
      [](Report& r) { ++r.input.blank; },
      [](Report& r) { ++r.input.header; },
      [](Report& r) { ++r.input.accepted; },
      [](Report& r) { ++r.input.rejected; },
      [](Report& r) { ++r.input.duplicates; },
      [](Report& r) { ++r.input.unique; },
      [](Report& r) { r.input.digest += Digest(0, 1); },
      [](Report& r) { ++r.result.found; },
      [](Report& r) { --r.result.missing; },
      [](Report& r) { ++r.result.unresolved; },
      [](Report& r) { r.result.rows = 5; },
      [](Report& r) { r.result.found_digest += Digest(1, 0); },
      [](Report& r) { r.result.unresolved_digest = Digest(0, 1); },
      [](Report& r) {  // the sums still hold
        r.result.unresolved_digest = Digest(0, 1);
        r.input.digest += Digest(0, 1);
      },
  };
  for (std::size_t i = 0; i < faults.size(); ++i) {
    Report report = sample();
    faults[i](report);
    EXPECT_FALSE(check_proof(report).has_value()) << "fault " << i;
  }
}

TEST(Proof, DoesNotWrapAround) {
  InputReport input;
  input.blank = input.rejected = std::uint64_t{1} << 63;  // the sum is 0 modulo 2^64
  const auto checked = check_input(input);
  ASSERT_FALSE(checked.has_value());
  EXPECT_THAT(checked.error().message, HasSubstr("more than 64 bits"));
}

TEST(ReportJson, HasTheNamesAndNestingOfTheContract) {
  EXPECT_EQ(nlohmann::json::parse(to_json(sample())), nlohmann::json::parse(R"({
    "schema": 1, "run_id": "20260101T000000Z-0a1b2c", "status": "complete",
    "started_at": "2026-01-01T00:00:00.000Z", "finished_at": "2026-01-01T00:00:02.500Z",
    "server": "db.example.com:5432/production", "dialect": "postgresql", "server_version": "15.18",
    "authentication": {"method": "gss", "principal": "alice@EXAMPLE.COM", "gss_encrypted": true},
    "session": {"time_zone": "UTC", "date_style": "ISO, MDY", "interval_style": "postgres",
                "extra_float_digits": "1", "bytea_output": "hex", "row_security": "off"},
    "strategy": "temp-table", "strategy_reason": "the session may create temp tables",
    "connections": 2, "snapshot": {"kind": "exported snapshot", "value": "00000003-00000002-1"},
    "key": "firm_root_id", "key_type": "bigint", "id_type": "int",
    "input": {"lines": 20, "blank": 2, "header": 1, "accepted": 13, "rejected": 4, "duplicates": 3,
              "unique": 10, "digest": "0000000000000007000000000000001e"},
    "result": {"rows": 15, "found": 6, "missing": 4, "unresolved": 0,
               "found_digest": "0000000000000005000000000000000a",
               "missing_digest": "00000000000000020000000000000014",
               "unresolved_digest": "00000000000000000000000000000000"},
    "readings": [{"started_at": "2026-01-01T00:00:00.500Z", "strategy": "temp-table",
                  "snapshot": {"kind": "exported snapshot", "value": "00000003-00000002-1"}}],
    "ranges": {"total": 4, "done": 4, "retried": 1,
               "failed": [{"begin": 2, "end": 3, "first_id": "7", "last_id": "7", "error": "timeout"}]},
    "retries": 1, "spreadsheet_safe": true,
    "statements": {"count": 9, "longest_s": 0.25, "p50_s": 0.1, "p95_s": 0.2},
    "scans": {"ids": 9000, "rows_left_out": 12, "rows_given_up": 3},
    "timing": {"clean_s": 0.1, "load_s": 0.2, "query_s": 1.5, "export_s": 0.3, "total_s": 2.123457},
    "starts": [{"started_at": "2026-01-01T00:00:00.000Z", "status": "complete", "ranges": 4, "rows": 15,
                "retried": 1, "retries": 1,
                "statements": {"count": 9, "longest_s": 0.25, "p50_s": 0.1, "p95_s": 0.2},
                "scans": {"ids": 9000, "rows_left_out": 12, "rows_given_up": 3},
                "timing": {"clean_s": 0.1, "load_s": 0.2, "query_s": 1.5, "export_s": 0.3, "total_s": 2.123457}}],
    "peak_rss_bytes": 12345678,
    "files": [{"name": "results.csv", "rows": 15, "bytes": 400, "sha256": ")" +
                                                                            std::string(64, 'a') +
                                                                            R"("}],
    "warnings": ["ORDER BY holds within a range only"]})"));
}

TEST(ReportJson, OfCleanHoldsTheInputOnly) {
  const std::string text = input_to_json(sample().input);
  EXPECT_EQ(nlohmann::json::parse(text), nlohmann::json::parse(R"({"schema": 1,
    "input": {"lines": 20, "blank": 2, "header": 1, "accepted": 13, "rejected": 4, "duplicates": 3,
              "unique": 10, "digest": "0000000000000007000000000000001e"}})"));
  EXPECT_TRUE(text.ends_with("}\n"));
}

TEST(ReportJson, KeepsCountsExactAndTextThatIsNotUtf8) {
  Report report = sample();
  report.result.rows = std::numeric_limits<std::uint64_t>::max();
  report.timing.load_s = std::numeric_limits<double>::quiet_NaN();
  report.strategy_reason = "caf\xE9";
  const std::string text = to_json(report);
  EXPECT_THAT(text, HasSubstr("18446744073709551615"));
  const auto back = report_from_json(text, "report.json");
  ASSERT_TRUE(back.has_value()) << back.error().to_string();
  EXPECT_EQ(back->result.rows, report.result.rows);
  EXPECT_EQ(back->strategy_reason, "caf\xEF\xBF\xBD");
}

TEST(ReportJson, ReadsBackWhatItWrote) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 200; ++round) {
    Report report = sample();
    report.input = {random(), random(), random(), random(),
                    random(), random(), random(), {random(), random()}};
    report.result = {random(), random(), random(), random(), {random(), 1}, {2, random()}, {random(), 3}};
    report.ranges = {random(), random(), random()};
    report.retries = random();
    report.statements.p95_s = static_cast<double>(random() % 1'000'000'000) / 1e6;
    report.connections = static_cast<unsigned>(random());
    report.files.resize(random() % 4, {"a \"b\"\\\n.csv", random(), random(), "x"});
    const std::string text = to_json(report);
    const auto back = report_from_json(text, "report.json");
    ASSERT_TRUE(back.has_value()) << back.error().to_string();
    EXPECT_EQ(to_json(*back), text);
    EXPECT_EQ(back->input.digest, report.input.digest);
    EXPECT_EQ(back->result.unresolved_digest, report.result.unresolved_digest);
    EXPECT_EQ(back->connections, report.connections);
    EXPECT_EQ(back->files.size(), report.files.size());
  }
}

RecheckReport recheck_at(const std::string& kind, const std::string& value, std::uint64_t asked,
                         const std::string& strategy = "array") {
  RecheckReport recheck;
  recheck.strategy = strategy;
  recheck.snapshot = {kind, value};
  recheck.missing = {2 * asked, asked, 0};
  recheck.found = {asked, asked, 0};
  recheck.statements = 1;
  recheck.seconds = 0.5;
  return recheck;
}

TEST(Rechecks, OfSeveralInstantsAreSummedUp) {
  RecheckReport first = recheck_at("exported snapshot", "1", 10),
                second = recheck_at("exported snapshot", "2", 5);
  first.skipped = "some were left";
  second.skipped = "others, too";
  second.found.wrong = 1;
  second.examples = {"7 was found, and has no row"};
  const RecheckReport sum = sum_up_rechecks({first, second});
  EXPECT_EQ(sum.missing.of, 30u);
  EXPECT_EQ(sum.missing.asked, 15u);
  EXPECT_EQ(sum.found.asked, 15u);
  EXPECT_EQ(sum.wrong(), 1u);
  EXPECT_EQ(sum.statements, 2u);
  EXPECT_EQ(sum.seconds, 1.0);
  EXPECT_EQ(sum.snapshot.value, "2");
  EXPECT_EQ(sum.skipped, "some were left; others, too");
  EXPECT_EQ(sum.examples, second.examples);
  EXPECT_EQ(sum_up_rechecks({}).strategy, "");
}

// A run that is gone on with at its timestamp asks for everything again; what was wrong before stays wrong.
TEST(Rechecks, TheLastOneAtATimestampStandsForThoseBefore) {
  RecheckReport first = recheck_at(kSystemTime, "1.0", 10),
                last = recheck_at(kSystemTime, "1.0", 30, "in-list");
  const RecheckReport sum = sum_up_rechecks({first, last});
  EXPECT_EQ(sum.missing.asked, 30u);
  EXPECT_EQ(sum.found.of, 30u);
  EXPECT_EQ(sum.strategy, "in-list");
  EXPECT_EQ(sum.statements, 2u);
  first.missing.wrong = 1;
  EXPECT_EQ(sum_up_rechecks({first, last}).wrong(), 1u);
}

// The contract's keys are enough: finished_at and the like are extensions.
TEST(ReportJson, ReadsBackWhatWasFoundOutBesideTheAnswer) {
  Report report = sample();
  EXPECT_THAT(to_json(report), ::testing::Not(HasSubstr("recheck")));
  report.recheck = {"array", {"exported snapshot", "00000003-1"}, {57, 57, 1}, {943, 100, 0}, 3, 0.25,
                    "",      {"missing ID 17 has a row"}};
  report.near_misses = {57,
                        50,
                        41,
                        2,
                        250,
                        4,
                        0.5,
                        "50 of 57 were tried",
                        "use --accept-rule pad:10",
                        {{"pad:10", 41, true}, {"excel-rounding", 3, false}}};
  const auto read = report_from_json(to_json(report), "report.json");
  ASSERT_TRUE(read) << read.error().to_string();
  ASSERT_TRUE(read->recheck && read->near_misses);
  EXPECT_EQ(to_json(*read), to_json(report));
  EXPECT_EQ(read->recheck->missing.wrong, 1u);
  EXPECT_FALSE(read->near_misses->rules.at(1).recoverable);
}

TEST(ReportJson, ReadsBackTheLookOfTheListAndWhatTookLong) {
  Report report = sample();
  report.starts.resize(1);
  EXPECT_THAT(to_json(report), ::testing::Not(::testing::AnyOf(HasSubstr("slowest"), HasSubstr("\"list\""))));
  report.starts[0].slowest = {{"2026-01-01T00:00:00.000Z", 2, 10, 260, 251, 12.5, false}};
  report.starts[0].retried_for = {{"40001", "transient", 3, "restart"}, {"", "transient", 1, "no route"}};
  report.list = {"xlsx",
                 "utf-8",
                 "",
                 "firm",
                 "List",
                 4,
                 3,
                 2,
                 1,
                 {{"scientific", 7, 12, "1.2E+10"}},
                 {"7 IDs are in scientific notation"}};
  const auto read = report_from_json(to_json(report), "report.json");
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(to_json(*read), to_json(report));
  EXPECT_FALSE(read->starts.at(0).slowest.at(0).finished);
  EXPECT_EQ(read->starts.at(0).slowest.at(0).end, 260u);
  EXPECT_EQ(read->starts.at(0).retried_for.at(1).message, "no route");
  ASSERT_TRUE(read->list);
  EXPECT_EQ(read->list->problems.at(0).line, 12u);

  auto json = nlohmann::json::parse(to_json(report));
  json["list"]["problems"][0]["line"] = "twelve";
  const auto wrong = report_from_json(json.dump(), "report.json");
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("\"problems[0].line\" is not a count"));
}

TEST(ReportJson, ReadsAReportWithoutTheExtraKeys) {
  auto json = nlohmann::json::parse(to_json(sample()));
  for (const char* extra :
       {"finished_at", "authentication", "session", "key", "key_type", "id_type", "warnings"})
    json.erase(extra);
  json["result"].erase("unresolved");
  json["result"].erase("unresolved_digest");
  const auto report = report_from_json(json.dump(), "report.json");
  ASSERT_TRUE(report.has_value()) << report.error().to_string();
  EXPECT_EQ(report->result.rows, 15u);
  EXPECT_EQ(report->id_type, "");
}

std::string error_of(const std::string& text) {
  const auto report = report_from_json(text, "DIR/report.json");
  return report ? "no error" : report.error().to_string();
}

std::string error_with(const std::string& pointer, const nlohmann::json& value) {
  auto json = nlohmann::json::parse(to_json(sample()));
  json[nlohmann::json::json_pointer(pointer)] = value;
  return error_of(json.dump());
}

TEST(ReportJson, NamesWhatIsWrong) {
  EXPECT_THAT(error_of(""), HasSubstr("DIR/report.json: this is not a report"));
  EXPECT_THAT(error_of("[1]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(error_of("{}"), HasSubstr("\"schema\" is missing"));
  EXPECT_THAT(error_of(R"({"schema":1})"), HasSubstr("\"run_id\" is missing"));
  EXPECT_THAT(error_with("/schema", 2), HasSubstr("schema 2, not 1"));
  EXPECT_THAT(error_with("/input/lines", -1), HasSubstr("\"input.lines\" is not a count"));
  EXPECT_THAT(error_with("/input/lines", 1.5), HasSubstr("\"input.lines\" is not a count"));
  EXPECT_THAT(error_with("/input", 1), HasSubstr("\"input\" is not an object"));
  EXPECT_THAT(error_with("/input/digest", "12"), HasSubstr("\"input.digest\" is not 32 hexadecimal digits"));
  EXPECT_THAT(error_with("/connections", 4294967296), HasSubstr("\"connections\" is not"));
  EXPECT_THAT(error_with("/timing/load_s", "fast"), HasSubstr("\"timing.load_s\" is not a number"));
  EXPECT_THAT(error_with("/status", nullptr), HasSubstr("\"status\" is not a string"));
  EXPECT_THAT(error_with("/files/0/bytes", "x"), HasSubstr("\"files[0].bytes\" is not a count"));
  EXPECT_THAT(error_with("/files/0", "x"), HasSubstr("\"files[0]\" is not an object"));
  EXPECT_THAT(error_with("/warnings", {1}), HasSubstr("\"warnings\" is not an array of strings"));
}

TEST(ReportJson, WhatChangedSinceTheLastRunComesBackAndMayBeLeftOut) {
  Report report = sample();
  EXPECT_THAT(to_json(report),
              testing::Not(testing::AnyOf(HasSubstr("\"history\""), HasSubstr("\"baseline\""))));
  report.history = HistoryReport{
      {"a run", "firms_1", "2026-11-30T02:00:00.000Z", 59}, 3, 5, 54, 1, 2, "2026-11-18T02:00:00.000Z", 12};
  report.baseline = BaselineReport{"baseline.csv", 60, 50, 4, 1, 7, 2, "2026-11-20T02:00:00.000Z", 10};
  const std::string json = to_json(report);
  EXPECT_THAT(
      json, testing::AllOf(HasSubstr("\"new\": 3"), HasSubstr("\"since\": {"), HasSubstr("\"returned\": 1")));
  const auto read = report_from_json(json, "report.json");
  ASSERT_TRUE(read) << read.error().to_string();
  ASSERT_TRUE(read->history && read->baseline);
  EXPECT_EQ(read->history->since.missing, 59u);
  EXPECT_EQ(read->history->not_asked, 2u);
  EXPECT_EQ(read->baseline->expired, 4u);
  EXPECT_EQ(to_json(*read), json);
}

}  // namespace
}  // namespace firmquery
