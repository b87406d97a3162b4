// The list back with the answer beside each line: against a join that somebody else has done, in Python, on random lists
// of every kind; what becomes of a list that changes, of a partial run, and of memory.
#include <gmock/gmock.h>

#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/run_reader.hpp"
#include "integration/run_case.hpp"
#include "support/effort.hpp"
#include "support/process.hpp"
#include "support/random.hpp"

namespace firmquery::test {
namespace {

using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

// make KIND SEED DIR: writes a list, what it is made of, and prints the options that read it.
// check KIND DIR OUT each|first: joins that with OUT/results.csv and compares the outcome with OUT/merged.*.
constexpr const char* kJoin = R"py(
import csv, gzip, json, os, random, re, subprocess, sys

STRANGE = ['abc', '12x', '-', '1.5.2', 'n/a', '9' * 30]
HEADER = ['Name', 'firm_root_id', 'status', '', 'NOTE']

def words(r):
    return r.choice(['', 'plain', 'a, b; c', 'say "so"', 'two\nlines', ' blanks ', '=1+1', 'O\u2019Hara \u20ac \u00fc', "'quoted"])

def spelled(r, n):
    return r.choice(['%d', '%d', '00%d', ' %d']) % n

def field(value, delimiter, r):
    quote = any(c in value for c in delimiter + '"\r\n') or value != value.strip(' ') or r.random() < 0.1
    return '"' + value.replace('"', '""') + '"' if quote else value

def make(kind, seed, directory):
    r = random.Random(seed)
    records = []   # line, kind, fields, id
    first = {}
    line = 1
    def add(what, fields, number=None, lines=1):
        nonlocal line
        duplicate = None
        if number is not None:
            duplicate = first.setdefault(number, line)
            what = 'id' if duplicate == line and not any(x['id'] == number for x in records) else 'duplicate'
        records.append({'line': line, 'kind': what, 'fields': fields, 'id': number, 'first': duplicate})
        line += lines
    def number():
        return r.randrange(1, 1600)
    path = os.path.join(directory, 'list.' + kind)
    options = []
    header = None
    if kind in ('csv', 'sep', 'tsv', 'utf16', 'windows', 'gz', 'zst', 'stdin', 'headless'):
        delimiter = {'sep': ';', 'tsv': '\t', 'windows': ';'}.get(kind, ',')
        end = '\r\n' if kind in ('csv', 'windows') else '\n'
        text = ''
        if kind == 'sep':
            text += 'sep=;' + end
            line += 1
        if kind != 'headless':
            header = HEADER
            text += delimiter.join(field(h, delimiter, r) for h in header) + end
            line += 1
        else:
            options += ['--column', '2', '--header', 'no', '--input-format', 'csv']
        for _ in range(r.randrange(300, 900)):
            what = r.random()
            if what < 0.03:
                text += end
                add('blank', [''])
                continue
            if what < 0.05:
                text += delimiter * 3 + end
                add('blank', [''] * 4)
                continue
            fields = [words(r) for _ in range(r.choice([5, 5, 5, 2, 3, 8]))]
            n = None
            if what < 0.12:
                fields[1] = r.choice(STRANGE + [''])
                if fields[1] == '' and not any(fields):
                    fields[0] = 'x'
            else:
                n = number()
                fields[1] = spelled(r, n)
            if what >= 0.95:
                fields = fields[:1]
                n = None
                fields[0] = fields[0] or 'lonely'
            written = delimiter.join(field(f, delimiter, r) for f in fields)
            text += written + end
            add('rejected', fields, n, 1 + written.count('\n'))
        encoding = {'utf16': 'utf-16', 'windows': 'cp1252'}.get(kind, 'utf-8')
        data = text.encode(encoding)
        if kind == 'gz':
            data = gzip.compress(data)
        open(path, 'wb').write(data)
        if kind == 'zst':
            os.rename(path, path + '.plain')
            subprocess.run(['zstd', '-q', path + '.plain', '-o', path], check=True)
    elif kind == 'lines':
        text = ''
        for _ in range(500):
            what = r.random()
            if what < 0.05:
                text += '\n'
                add('blank', [''])
            elif what < 0.1:
                value = r.choice(STRANGE)
                text += value + '\n'
                add('rejected', [value])
            else:
                n = number()
                value = spelled(r, n)
                text += value + '\n'
                add('rejected', [value], n)
        open(path, 'w').write(text)
        options += ['--input-format', 'lines', '--header', 'no']
    elif kind in ('pasted', 'query'):
        rows = []
        for _ in range(60):
            items = []
            here = line
            for _ in range(8):
                if kind == 'query':
                    line = len(records) + 1
                if r.random() < 0.1:
                    value = r.choice(['abc', '12x', '-'])
                    items.append("'" + value + "'")
                    add('rejected', [value], None, 0)
                else:
                    n = number()
                    items.append(str(n) if r.random() < 0.5 else "'%d'" % n)
                    add('rejected', [str(n)], n, 0)
            rows.append(', '.join(items))
            line = here + 1
        if kind == 'query':
            text = 'select id as firm_root_id, status, note, amount, born from thing where id in (' + ',\n'.join(rows) + ')'
            open(path, 'w').write(text)
            options = ['--query', path]
        else:
            open(path, 'w').write(',\n'.join(rows) + '\n')
            options += ['--input-format', 'list']
    elif kind == 'sql':
        values = [r.choice(STRANGE) if r.random() < 0.1 else str(number()) for _ in range(400)]
        for value in values:
            add('rejected', [value], int(value) if value.isdigit() and len(value) < 20 else None)
        options = ['--ids', 'sql:select v from (values ' + ', '.join("(%d, '%s')" % p for p in enumerate(values)) + ') x (n, v) order by n']
    elif kind == 'xlsx':
        import openpyxl
        book = openpyxl.Workbook()
        book.active.append(['nothing'])
        sheet = book.create_sheet('List')
        header = HEADER
        sheet.append(header)
        line = 2
        row = 2
        for _ in range(400):
            if r.random() < 0.03:
                add('blank', [''])
                row += 1
                continue
            n = number()
            strange = r.random() < 0.08
            fields = [words(r), r.choice(STRANGE) if strange else n, r.choice([7, 1.25, -3, 'text', '007', True, None]), None, words(r)]
            if r.random() < 0.1:
                fields = fields[:2]
            shown = []
            for column, value in enumerate(fields):
                if value is not None and value != '':
                    cell = sheet.cell(row, column + 1, value)
                    if isinstance(value, str):
                        cell.data_type = 's'
                shown.append('' if value is None else ('TRUE' if value else 'FALSE') if isinstance(value, bool) else str(value))
            add('rejected', shown, None if strange else n)
            row += 1
        book.save(path)
        while records[-1]['kind'] == 'blank':
            records.pop()  # rows that are not there, and nothing behind them
        options = ['--sheet', 'List']
    if '--ids' not in options and '--query' not in options:
        options += ['--ids', '-' if kind == 'stdin' else path]
    json.dump({'header': header, 'records': records}, open(os.path.join(directory, 'model.json'), 'w'))
    print('\0'.join(options), end='')

def check(kind, directory, out, mode):
    model = json.load(open(os.path.join(directory, 'model.json')))
    csv.field_size_limit(1 << 30)
    answer = {}
    with open(out + '/results.csv', newline='', encoding='utf-8') as file:
        rows = csv.reader(file)
        columns = next(rows)
        for row in rows:
            answer.setdefault(int(row[0]), []).append(row)
    with open(out + '/rejected.csv', newline='', encoding='utf-8') as file:
        reasons = {}
        for row in list(csv.reader(file))[1:]:
            reasons.setdefault(int(row[0]), []).append(row[2])
    width = max(len(x['fields']) for x in model['records'])
    header = list(model['header'] or [])
    width = max(width, len(header))
    names = [header[i] if i < len(header) and header[i] else None for i in range(width)]
    if model['header'] is None:
        id_column = 1 if kind == 'headless' else 0
        names[id_column] = 'id'
    names = [n or 'column_%d' % (i + 1) for i, n in enumerate(names)]
    taken = {n.lower() for n in names}
    for name in ['status', 'reason'] + columns:
        free, n = name, 1
        while free.lower() in taken:
            free = 'result_' + name + ('' if n == 1 else '_%d' % n)
            n += 1
        taken.add(free.lower())
        names.append(free)
    expected = [names]
    for x in model['records']:
        own = x['fields'] + [''] * (width - len(x['fields']))
        if x['kind'] in ('id', 'duplicate'):
            found = answer.get(x['id'], [])
            rows = found[:1] if mode == 'first' else found
            status, reason = ('found' if found else 'missing'), ''
            if x['kind'] == 'duplicate':
                status, reason = 'duplicate', 'first on line %d%s' % (x['first'], '' if found else ', missing')
            for row in rows or [[''] * len(columns)]:
                expected.append(own + [status, reason] + row)
        else:
            reason = reasons[x['line']].pop(0) if x['kind'] == 'rejected' else ''
            expected.append(own + [x['kind'], reason] + [''] * len(columns))
    assert not any(reasons.values()), reasons
    with open(out + '/merged.csv', newline='', encoding='utf-8') as file:
        merged = list(csv.reader(file))
    for i, (have, want) in enumerate(zip(merged, expected)):
        assert have == want, 'record %d\nis   %r\nnot  %r' % (i, have, want)
    assert len(merged) == len(expected), (len(merged), len(expected))
    import openpyxl
    sheet = openpyxl.load_workbook(out + '/merged.xlsx', read_only=True)['Merged']
    ids = {names.index(n) for n in names if n.endswith('firm_root_id') or n == 'id'}
    def undo(text):
        return re.sub('_x([0-9A-F]{4})_', lambda m: chr(int(m.group(1), 16)), text)
    count = 0
    for i, row in enumerate(sheet.iter_rows()):
        count += 1
        for j, want in enumerate(expected[i]):
            cell = row[j] if j < len(row) else None
            value = None if cell is None else cell.value
            place = (i, j, value, want)
            if value is None:
                assert want == '', place
            elif isinstance(value, str):
                assert undo(value) == want, place
            elif hasattr(value, 'strftime'):
                assert value.strftime('%Y-%m-%d') == want, place
            else:
                assert j not in ids, place
                decimals = len(cell.number_format.partition('.')[2])
                assert '%.*f' % (decimals, value) == want, place
    assert count == len(expected), (count, len(expected))
    statuses = [row[width] for row in merged[1:]]
    print(' '.join('%s=%d' % (s, statuses.count(s)) for s in ('found', 'missing', 'duplicate', 'rejected', 'blank')))

if sys.argv[1] == 'make':
    make(sys.argv[2], int(sys.argv[3]), sys.argv[4])
else:
    check(sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5])
)py";

constexpr const char* kMergedQuery =
    "select id as firm_root_id, status, note, amount, born from thing where id in ({ID_PLACEHOLDER})";

// IDs 1 to 1500, of which each has none to three rows.
PostgresServer& merge_server() {
  static PostgresServer shared;
  static const bool filled = [] {
    shared.execute(
        "create table thing (id bigint, status text, note text, amount numeric, born date);"
        "insert into thing select n, 'row ' || r, case n % 5 when 0 then null when 1 then '' when 2 then "
        "e'a, \"b\"\\nc' when 3 then '=1+1' else 'note' end, n / 8.0, date '2020-01-01' + n "
        "from generate_series(1, 1500) n, generate_series(1, n % 4) r order by md5(n::text || r);"
        "create index on thing (id); analyze thing");
    return true;
  }();
  (void)filled;
  return shared;
}

class MergedWith : public testing::TestWithParam<const char*> {
 protected:
  ProcessResult join(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all = {directory_.write("join.py", kJoin).string()};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run_process("/usr/bin/python3", all);
  }

  // Options, one behind the other, that read the list of `seed`.
  std::vector<std::string> make(std::uint64_t seed) const {
    const ProcessResult made = join({"make", GetParam(), std::to_string(seed), directory_.path().string()});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    std::vector<std::string> options(1);
    for (const char c : made.out) c == '\0' ? void(options.emplace_back()) : void(options.back() += c);
    return options;
  }

  TempDir directory_;
};

TEST_P(MergedWith, IsTheJoin) {
  const std::string kind = GetParam();
  const std::uint64_t seed = test_seed();
  const bool has_zstd = fs::exists("/usr/bin/zstd");
  if (kind == "zst" && !has_zstd) GTEST_SKIP() << "NOT TESTED without zstd";
  for (long round = 0; round < effort(2, 20); ++round) {
    SCOPED_TRACE("FIRMQUERY_TEST_SEED=" + std::to_string(seed) + ", round " + std::to_string(round));
    const std::vector<std::string> list = make(seed + static_cast<std::uint64_t>(round));
    const bool first = round % 2 == 1;
    const std::string out = directory_ / "out";
    fs::remove_all(out);
    std::vector<std::string> arguments = {"run",
                                          "--dsn",
                                          merge_server().dsn(),
                                          "--out",
                                          out,
                                          "--quiet",
                                          "--format",
                                          "xlsx,csv",
                                          first ? "--merge-first" : "--merge",
                                          "--accept-rejected"};
    if (kind == "query") arguments.insert(arguments.end(), {"--key", "firm_root_id"});
    if (kind != "query") arguments.insert(arguments.end(), {"--sql", kMergedQuery});
    if (kind == "sql") arguments.insert(arguments.end(), {"--ids-dsn", merge_server().dsn()});
    arguments.insert(arguments.end(), list.begin(), list.end());
    ProcessOptions options;
    if (kind == "stdin") options.input = read_text(directory_ / "list.stdin");
    const ProcessResult ran = run_process(FIRMQUERY_BINARY, arguments, options);
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    const ProcessResult checked =
        join({"check", kind, directory_.path().string(), out, first ? "first" : "each"});
    ASSERT_EQ(checked.exit_code, 0) << checked.err;
    EXPECT_THAT(checked.out, Not(HasSubstr("found=0")));
    EXPECT_THAT(checked.out, Not(HasSubstr("duplicate=0")));
    const ProcessResult verified = run_process(FIRMQUERY_BINARY, {"verify", out});
    EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
    EXPECT_THAT(verified.out, HasSubstr("merged.xlsx holds"));
    EXPECT_THAT(verified.out, HasSubstr("merged.csv holds"));
  }
}

INSTANTIATE_TEST_SUITE_P(Lists, MergedWith,
                         testing::Values("csv", "sep", "tsv", "headless", "lines", "pasted", "query", "sql",
                                         "stdin", "utf16", "windows", "gz", "zst", "xlsx"),
                         [](const auto& each) { return std::string(each.param); });

class Merged : public testing::Test {
 protected:
  Job job(const std::string& ids, const std::string& out = "out") const {
    Job job = make_job(directory_, merge_server().dsn(), ids, kMergedQuery, out);
    job.merge = Merge::each_row;
    return job;
  }
  // Without looking at its files.
  static Result<RunOutcome> outcome_of(const Job& job) {
    Progress progress;
    SilentLog log;
    return run_job(job, progress, log, {});
  }
  static std::vector<std::string> files(const Report& report) {
    std::vector<std::string> names;
    for (const FileReport& file : report.files) names.push_back(file.name);
    return names;
  }

  TempDir directory_;
};

TEST_F(Merged, IsLeftOutUnlessAskedFor) {
  Job plain = job("1\n2\n");
  plain.merge = Merge::off;
  const Outcome outcome = run(plain);
  ASSERT_TRUE(outcome.result);
  EXPECT_THAT(files(outcome.report()), Not(testing::Contains(HasSubstr("merged"))));
  EXPECT_FALSE(fs::exists(plain.out / "merged.csv"));
}

TEST_F(Merged, ComesInTheFormatsThatAreTables) {
  Job wanted = job("1\n4\n2\n4\nx\n");
  wanted.formats = {"csv", "tsv", "jsonl", "xlsx"};
  wanted.compress = Compression::gzip;
  wanted.spreadsheet_safe = true;
  const auto outcome = outcome_of(wanted);
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  EXPECT_THAT(files(outcome->report),
              testing::IsSupersetOf({"merged.csv.gz", "merged.tsv.gz", "merged.xlsx"}));
  EXPECT_EQ(outcome->report.files.back().rows, 6u) << "1, 4, 2 twice, 4 again and the reject";
  const auto reader = RunReader::open(wanted.out);
  ASSERT_TRUE(reader);
  for (const ResultFile& file : reader->result_files(Artifact::merged)) {
    const auto rows = reader->merged(file);
    ASSERT_TRUE(rows) << rows.error().to_string();
    EXPECT_EQ((*rows)->columns()[1], "status");
    std::string all;
    while ((*rows)->next().value()) all += (*rows)->csv();
    EXPECT_EQ(all,
              "1,found,,1,row 1,\"\",0.12500000000000000000,2020-01-02\n"
              "4,missing,,,,,,\n"
              "2,found,,2,row 1,\"a, \"\"b\"\"\nc\",0.25000000000000000000,2020-01-03\n"
              "2,found,,2,row 2,\"a, \"\"b\"\"\nc\",0.25000000000000000000,2020-01-03\n"
              "4,duplicate,\"first on line 2, missing\",,,,,\n"
              "x,rejected,not_an_integer,,,,,\n")
        << file.name();
  }
  Job lines = job("1\n", "lines");
  lines.formats = {"jsonl"};
  ASSERT_TRUE(outcome_of(lines));
  EXPECT_THAT(read_text(lines.out / "merged.csv"), HasSubstr("1,found"));
}

TEST_F(Merged, AListThatIsTooWideForASheetComesAsText) {
  Job wide = job("firm_root_id,name\n1,a\n2" + std::string(20'000, ',') + "b\n");
  wide.clean.format = InputFormat::csv;
  wide.clean.header = HeaderMode::present;
  wide.formats = {"xlsx"};
  const auto outcome = outcome_of(wide);
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  EXPECT_FALSE(fs::exists(wide.out / "merged.xlsx"));
  const std::string merged = read_text(wide.out / "merged.csv");
  EXPECT_NE(merged.find(",column_20001,status,reason,result_firm_root_id,"), std::string::npos);
  EXPECT_NE(merged.find("\n2" + std::string(20'000, ',') + "b,found,,2,row 1"), std::string::npos);
  EXPECT_THAT(outcome->report.warnings, testing::Contains(HasSubstr("a sheet has room for 16384")));
}

// Everything is read, and nothing gets its name; with the list as it was, the run can be gone on with.
TEST_F(Merged, AListThatChangedIsRefused) {
  const std::string ids = numbers(1, 1500) + "7\nabc\n";
  const Job whole = job(ids, "whole");
  ASSERT_TRUE(run(whole).result);
  const std::string changes[] = {
      numbers(1, 1500) + "7\nabd\n",    // another reject
      numbers(1, 1500) + "8\nabc\n",    // another repeat
      numbers(2, 1501) + "7\nabc\n",    // another ID
      numbers(1, 1500) + "abc\n7\n",    // another order
      numbers(1, 1500) + "7\nabc\n\n",  // one more line
      numbers(1, 1500),
      "",
  };
  for (const std::string& change : changes) {
    SCOPED_TRACE(change.substr(change.size() - std::min<std::size_t>(change.size(), 12)));
    fs::remove_all(directory_ / "changed");
    Job job = this->job(ids, "changed");
    const Outcome outcome = run_halting(
        job, [](const Progress& progress) { return progress.phase == Phase::querying; },
        [&] { directory_.write("changed.ids", change); });
    ASSERT_FALSE(outcome.result);
    EXPECT_EQ(outcome.result.error().kind, ErrorKind::usage);
    EXPECT_THAT(outcome.result.error().to_string(), HasSubstr("the list changed while the run worked on it"));
    EXPECT_THAT(outcome.result.error().to_string(), HasSubstr("firmquery resume"));
    for (const char* name : {"results.csv", "missing.csv", "merged.csv", "manifest.json", ".merged.csv.part"})
      EXPECT_FALSE(fs::exists(job.out / name)) << name;
    job.ids_path = directory_.write("changed.ids", ids);
    job.resume = true;
    const Outcome resumed = run(job);
    ASSERT_TRUE(resumed.result) << resumed.result.error().to_string();
    EXPECT_EQ(resumed.report().status, "complete");
    EXPECT_TRUE(read_text(job.out / "merged.csv") == read_text(whole.out / "merged.csv"));
  }
}

TEST_F(Merged, APartialRunSaysWhatIsUnresolved) {
  merge_server().execute(
      "create table if not exists ill (id bigint); truncate ill; insert into ill values (6), (900);"
      "create or replace function stumble(id bigint) returns bigint language plpgsql stable as $$ begin "
      "if exists (select from ill i where i.id = stumble.id) then "
      "raise exception 'out of memory' using errcode = '53200'; end if; return id; end $$");
  Job job = this->job(numbers(1, 1600) + "6\n");
  job.sql = "select id as firm_root_id, status, stumble(id) from thing where id in ({ID_PLACEHOLDER})";
  job.formats = {"csv", "xlsx"};
  job.max_retries = 1;
  job.retry_delay = std::chrono::duration<double>(0.01);
  const Outcome outcome = run(job);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.report().status, "partial");
  const std::string partial = read_text(job.out / "merged.csv");
  for (const char* line : {"\n5,found,,5,row 1,5\n6,unresolved,,,,\n7,found,", "\n900,missing,,,,\n",
                           "\n6,duplicate,\"first on line 6, unresolved\",,,\n"})
    EXPECT_NE(partial.find(line), std::string::npos) << line;
  merge_server().execute("truncate ill");
  job.resume = true;
  job.formats = {"csv"};
  const Outcome whole = run(job);
  ASSERT_TRUE(whole.result) << whole.result.error().to_string();
  EXPECT_EQ(whole.report().status, "complete");
  const std::string merged = read_text(job.out / "merged.csv");
  for (const char* line :
       {"\n6,found,,6,row 1,6\n", "\n6,found,,6,row 2,6\n", "\n6,duplicate,first on line 6,6,row 1,6\n",
        "\n6,duplicate,first on line 6,6,row 2,6\n"})
    EXPECT_NE(merged.find(line), std::string::npos) << line;
  EXPECT_EQ(merged.find("unresolved"), std::string::npos);
  EXPECT_FALSE(fs::exists(job.out / "merged.xlsx")) << "of the earlier end, and not asked for any more";
}

TEST_F(Merged, AnAlteredFileShows) {
  const Job job = this->job("1\n2\n4\n");
  ASSERT_TRUE(run(job).result);
  std::string text = read_text(job.out / "merged.csv");
  const std::size_t at = text.find("4,missing");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 9, "4,blank,,");
  directory_.write("out/merged.csv", text);
  const auto verification = verify_run(job.out);
  ASSERT_TRUE(verification);
  EXPECT_THAT(verification->failures, testing::Contains(HasSubstr("merged.csv has the SHA-256")));
  EXPECT_THAT(verification->failures, testing::Contains(HasSubstr("merged.csv: ")));
}

// Whatever the rows are, and however many an ID has.
TEST_F(Merged, MemoryIsFlat) {
  const auto peak = [&](const std::string& sql, const std::string& ids, const std::string& out) {
    Job job = this->job(ids, out);
    job.sql = sql;
    const auto outcome = outcome_of(job);
    EXPECT_TRUE(outcome) << outcome.error().to_string();
    fs::remove_all(job.out);
    return peak_rss_bytes();
  };
  const auto of_width = [&](const std::string& width) {
    return "select id as firm_root_id, repeat('x', " + width +
           ") as pad from (select generate_series(1, 30000)::bigint as id) s where id in ({ID_PLACEHOLDER})";
  };
  const std::string ids = numbers(1, 30'000);
  const std::uint64_t before = peak(of_width("1500"), ids, "narrow");  // 45 MB, more than is held at once
  EXPECT_LT(peak(of_width("6000"), ids, "wide") - before, 8u << 20);
  // One ID with 200,000 rows, which do not follow each other, and between them those of another.
  const std::string many =
      "select (n % 2 + 1)::bigint as firm_root_id, repeat('y', 400) as pad from generate_series(1, 400000) n "
      "where "
      "(n % 2 + 1) in ({ID_PLACEHOLDER})";
  EXPECT_LT(peak(many, "1\n2\n", "many") - before, 8u << 20);
}

}  // namespace
}  // namespace firmquery::test
