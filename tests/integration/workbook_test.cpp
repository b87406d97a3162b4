// A workbook of results is what the CSV files are, cell by cell, for somebody else's reader.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "integration/run_case.hpp"
#include "support/effort.hpp"
#include "support/process.hpp"

namespace firmquery::test {
namespace {

using testing::HasSubstr;

// Compares DIR/results.xlsx with the files beside it; prints what it has compared.
constexpr const char* kCompare = R"py(
import csv, datetime, re, sys
import openpyxl

out = sys.argv[1]
csv.field_size_limit(1 << 30)
book = openpyxl.load_workbook(out + '/results.xlsx', read_only=True)

def undo(text):
    # openpyxl undoes only _x000D_-like escapes of control characters; this is the standard's rule.
    return re.sub('_x([0-9A-F]{4})_', lambda m: chr(int(m.group(1), 16)), text)

def same(cell, value, place, is_key):
    if value is None:
        assert cell.value is None, (place, cell.value)
        return
    if value == '':
        assert cell.value is None or cell.value == '', (place, cell.value)
        return
    if is_key:
        assert isinstance(cell.value, str), (place, cell.value)
    if isinstance(cell.value, bool):
        assert cell.value == (value == 't'), (place, cell.value, value)
    elif isinstance(cell.value, datetime.datetime):
        assert cell.value.strftime('%Y-%m-%d') == value, (place, cell.value, value)
    elif isinstance(cell.value, (int, float)):
        assert not is_key
        decimals = len(cell.number_format.partition('.')[2])
        text = '%.*f' % (decimals, cell.value) if cell.number_format != 'General' else repr(cell.value)
        assert text == value or (cell.number_format == 'General' and cell.value == float(value)), (place, text, value)
    else:
        assert undo(cell.value) == value, (place, cell.value, value)

def rows_of(table):
    sheets = [s for s in book.sheetnames if re.fullmatch(re.escape(table) + '( [0-9]+)?', s)]
    for number, name in enumerate(sheets):
        for i, row in enumerate(book[name].iter_rows()):
            if i > 0 or number == 0:
                yield name, row

def compare(table, path, key):
    with open(path, newline='', encoding='utf-8') as file:
        # A NULL is empty, an empty text is in quotes: to csv.reader both are ''.
        records = csv.reader(file)
        header, count = None, 0
        for (name, row), record in zip(rows_of(table), records, strict=False):
            header = header or record
            for i, value in enumerate(record):
                if i < len(row):
                    same(row[i], value, (name, count, header[i]), header[i] == key and count > 0)
                else:
                    assert value == '', (name, count, header[i], value)
            count += 1
        assert next(records, None) is None, 'the CSV file has more rows than ' + table
    print(table, count - 1)

key = sys.argv[2]
compare('Results', out + '/results.csv', key)
compare('Missing', out + '/missing.csv', key)
compare('Rejected', out + '/rejected.csv', 'raw')
compare('Duplicates', out + '/duplicates.csv', 'id')
print(*book.sheetnames, sep=',')
facts = {row[0].value: row[1].value for row in book['Summary'].iter_rows(min_row=2)}
print('unique', facts['Unique IDs'], 'found', facts['Found'], 'missing', facts['Missing'], 'rows', facts['Rows'])
)py";

class Workbooks : public testing::Test {
 protected:
  static PostgresServer& server() {
    static PostgresServer shared;
    return shared;
  }

  std::string compare(const std::filesystem::path& out, const std::string& key) const {
    const auto script = directory_.write("compare.py", kCompare);
    const ProcessResult ran =
        run_process("/usr/bin/python3", {script.string(), out.string(), key}, {}, std::chrono::minutes(60));
    return ran.exit_code == 0 ? ran.out : ran.err;
  }

  TempDir directory_;
};

TEST_F(Workbooks, AreTheCsvFilesCellByCell) {
  server().execute(
      "create table thing (code text primary key, big bigint, small int, amount numeric(12, 2), exact "
      "numeric, ratio "
      "float8, single float4, active bool, born date, seen timestamptz, doc jsonb, note text);"
      "insert into thing select lpad(n::text, 19, '0'), 1234567890123456000 + n, n - 500, n / 8.0, n / 7.0, "
      "n / 3.0, n / "
      "9.0, n % 3 = 0, date '1999-12-01' + n, timestamptz '2026-01-01' + n * interval '1.234567 s', "
      "jsonb_build_object('n', n), case n % 6 when 0 then null when 1 then '' when 2 then '=1+' || n when 3 "
      "then e'a, "
      "\"b\"\\r\\n\\t' when 4 then ' _x000D_ <&>' else e'\\x01\\U0001F600' end from generate_series(1, 3000) "
      "n;"
      "update thing set born = 'infinity', ratio = 'NaN', exact = 'NaN', amount = null where code = "
      "'0000000000000000007'");
  std::string ids;
  for (int n = -20; n <= 2000; ++n) ids += fmt::format("{:019}\n", n < 0 ? 900'000 - n : n);
  ids += "0000000000000000005\n\nno \x01 ID\n";
  Job job = make_job(directory_, server().dsn(), ids, "select * from thing where code in ({ID_PLACEHOLDER})");
  job.key = "code";
  job.formats = {"csv", "xlsx"};
  Progress progress;
  SilentLog log;
  const auto outcome = run_job(job, progress, log, {});
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  const std::string compared = compare(job.out, "code");
  EXPECT_THAT(compared, HasSubstr("Results 2000\nMissing 2"));
  EXPECT_THAT(compared, HasSubstr("Results,Missing,Rejected,Duplicates,Summary\n"));
  const auto& report = outcome->report;
  EXPECT_THAT(compared,
              HasSubstr(fmt::format("unique {} found {} missing {} rows {}", report.input.unique,
                                    report.result.found, report.result.missing, report.result.rows)));
  EXPECT_THAT(compared, HasSubstr(fmt::format("Duplicates {}\n", report.input.duplicates)));
  EXPECT_TRUE(report.files[1].notes.empty());
}

TEST_F(Workbooks, IntegerIdsOf19DigitsAreText) {
  server().execute(
      "create table wide (id bigint primary key, n bigint);"
      "insert into wide select 1234567890123456780 + n, n from generate_series(1, 100) n");
  Job job = make_job(directory_, server().dsn(), numbers(1, 5) + "1234567890123456781\n1234567890123456789\n",
                     "select id, n from wide where id in ({ID_PLACEHOLDER})");
  job.key = "id";
  job.formats = {"csv", "xlsx"};
  Progress progress;
  SilentLog log;
  const auto outcome = run_job(job, progress, log, {});
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  EXPECT_THAT(compare(job.out, "id"), HasSubstr("Results 2\nMissing 5\nRejected 0\nDuplicates 0\n"));
}

TEST_F(Workbooks, ACutCellAndAFullSheetAreSaid) {
  server().execute(
      "create table long_text (id int primary key, doc text);"
      "insert into long_text values (1, repeat('x', 40000)), (2, 'short')");
  Job job = make_job(directory_, server().dsn(), "1\n2\n",
                     "select * from long_text where id in ({ID_PLACEHOLDER})");
  job.key = "id";
  job.formats = {"csv", "xlsx"};
  Progress progress;
  SilentLog log;
  const auto outcome = run_job(job, progress, log, {});
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  const std::string note =
      "Results!B2 (id 1): the text of column doc is longer than the 32767 characters of a cell";
  EXPECT_THAT(log.warnings, testing::ElementsAre(HasSubstr("results.xlsx: " + note)));
  EXPECT_THAT(outcome->report.warnings, testing::ElementsAre(HasSubstr("results.xlsx: " + note)));
  EXPECT_THAT(outcome->report.files[1].notes, testing::ElementsAre(HasSubstr(note)));
  EXPECT_THAT(read_text(job.out / "report.json"), HasSubstr("\"notes\""));
  const auto verification = verify_run(job.out);
  ASSERT_TRUE(verification);
  EXPECT_EQ(verification->failures, std::vector<std::string>{});
}

// More rows than a sheet has, at night.
TEST_F(Workbooks, GoOnInAnotherSheet) {
  const long rows = effort(20'000, 1'200'000);
  server().execute(
      fmt::format("create table many (id int primary key, name text);"
                  "insert into many select n, 'firm ' || n from generate_series(1, {}) n; analyze many",
                  rows));
  Job job = make_job(directory_, server().dsn(), numbers(1, static_cast<int>(rows)),
                     "select * from many where id in ({ID_PLACEHOLDER})");
  job.key = "id";
  job.max_input_ids = 2'000'000;
  job.warning_threshold = 2'000'000;
  job.formats = {"csv", "xlsx"};
  Progress progress;
  SilentLog log;
  const auto outcome = run_job(job, progress, log, {});
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  const std::string compared = compare(job.out, "id");
  EXPECT_THAT(compared, HasSubstr(fmt::format("Results {}\n", rows)));
  if (rows > 1'048'575) {
    EXPECT_THAT(compared, HasSubstr("Results,Results 2,Missing,"));
    EXPECT_THAT(outcome->report.warnings,
                testing::ElementsAre(HasSubstr("the 1200000 rows of Results are on 2 sheets, to Results 2")));
  }
  const auto verification = verify_run(job.out);
  ASSERT_TRUE(verification);
  EXPECT_EQ(verification->failures, std::vector<std::string>{});
}

}  // namespace
}  // namespace firmquery::test
