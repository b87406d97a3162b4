#include "commands.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <exception>

#include "arguments.hpp"
#include "demo_command.hpp"
#include "doctor_command.hpp"
#include "firmquery/job/options.hpp"
#include "firmquery/job/variables.hpp"
#include "firmquery/output/exceptions.hpp"
#include "help.hpp"
#include "messages.hpp"
#include "plan_command.hpp"
#include "process_surroundings.hpp"
#include "screen.hpp"

namespace firmquery::cli {
namespace {

int print_help(std::string_view text) {
  return write_all(1, text) ? 0 : exit_code(ErrorKind::usage);
}

int run_help(const CommandLine& line) {
  if (line.operands.empty()) return print_help(main_help());
  const CommandSpec* spec = find_command(line.operands.front());
  if (spec != nullptr) return print_help(command_help(*spec));
  Screen screen;
  return report_error(screen, unknown_command(line.operands.front()));
}

constexpr auto kCommands = std::to_array<CommandSpec>({
    {.name = "run",
     .subcommands = {},
     .operands = "[JOB.yaml]",
     .operands_max = 1,
     .scope = kRun | kStart,
     .summary = "Fetch the rows of a list of IDs and the list of those without a row.",
     .details =
         "The server is that of --dsn, a job file, PG* variables, DATABASE_URL or COCKROACH_URL; "
         "--dsn local: is the private local PostgreSQL. The run directory gets results.csv, missing.csv, "
         "rejected.csv, duplicates.csv, report.json and manifest.json. Relative paths in a job file are "
         "taken from its folder. With --resume the same command can be started every night: the newest "
         "unfinished run of the job is gone on with if list, query and target are the same.\n",
     .examples = "  firmquery run --ids ids.csv --query firms.sql --dsn 'host=db dbname=firms'\n"
                 "  firmquery run job.yaml --fail-on 'missing>0' --fail-on 'rejected>1%'\n"
                 "  cut -f3 export.tsv | firmquery run --ids - --query firms.sql --json\n",
     .run = run_run},
    {.name = "resume",
     .subcommands = {},
     .operands = "DIR",
     .operands_min = 1,
     .operands_max = 1,
     .scope = kResume,
     .summary = "Finish an interrupted or partial run.",
     .details =
         "The run's own list, query, key and target are used again, and must not have changed. What is in "
         "its journal is not read again. On CockroachDB the rest is read at the run's own instant, as "
         "long as the server can go back to it; on PostgreSQL at a new one, and the report has both.\n",
     .examples = "  firmquery resume results\n"
                 "  firmquery resume results --pace 10000\n",
     .run = run_resume},
    {.name = "clean",
     .subcommands = {},
     .operands = {},
     .scope = kClean,
     .summary = "Clean and profile a list of IDs, without a database.",
     .details =
         "The sorted unique IDs go to standard output, the profile to standard error. With --out, "
         "ids.csv, rejected.csv, duplicates.csv and report.json go to a directory instead. --json prints "
         "report.json on standard output in place of the IDs.\n",
     .examples = "  firmquery clean --ids list.csv > ids.txt\n"
                 "  firmquery clean --ids export.csv --column customer --id-type int --out cleaned\n"
                 "  cut -f2 list.tsv | firmquery clean --ids - --quiet > ids.txt\n",
     .run = run_clean},
    {.name = "plan",
     .subcommands = {},
     .operands = "[JOB.yaml]",
     .operands_max = 1,
     .scope = kRun,
     .summary = "Dry run: what run would do on this server, with this list; writes nothing.",
     .details =
         "Cleans the list, connects, and prints the server's capabilities, the key column, the strategy "
         "and why, the first range's SQL and its EXPLAIN, and warnings: a full scan, a missing index, "
         "differing types. --json prints the same as one object.\n",
     .examples = "  firmquery plan --ids ids.csv --query firms.sql --dsn 'host=db dbname=firms'\n"
                 "  firmquery plan job.yaml --strategy array --json\n",
     .run = run_plan},
    {.name = "compare",
     .subcommands = {},
     .operands = "[JOB.yaml]",
     .operands_max = 1,
     .scope = kRun | kCompare,
     .summary = "Which strategy is the fastest here: measured, on this server, with this list.",
     .details = "Takes the options of run. All candidates read the same IDs, are proved to give the same "
                "rows (else it exits "
                "with 3), and are timed in turn until the answer is clear or --budget is spent: IN-lists of "
                "250 IDs are what "
                "they are compared with. The table says what each costs, and what to write into the job "
                "file. Rows are read "
                "and thrown away; one strategy runs at a time, and --pace and --max-statement-seconds hold "
                "here, too. Ctrl-C "
                "leaves the table so far.\n",
     .examples =
         "  firmquery compare job.yaml\n"
         "  firmquery compare job.yaml --sample 20000 --candidates temp-table,temp-table@4,in-list:1000\n"
         "  firmquery compare job.yaml --budget 600 --html comparison.html --markdown > comparison.md\n",
     .run = run_compare},
    {.name = "doctor",
     .subcommands = {},
     .operands = "[JOB.yaml]",
     .operands_max = 1,
     .scope = kRun | kDoctor,
     .summary = "Can this run work? Each check ok, warn or fail, with the remedy.",
     .details =
         "Takes the options of run; what is left out is not checked. Exits 0 when nothing failed, else "
         "with the code of the first failure. With --clean-staging it checks nothing, and drops the "
         "staging tables of this role that runs older than AGE have left; tables in use stay.\n",
     .examples = "  firmquery doctor --ids ids.csv --query firms.sql --dsn 'host=db dbname=firms'\n"
                 "  firmquery doctor --dsn 'host=db dbname=firms'\n"
                 "  firmquery doctor job.yaml --clean-staging 2d\n",
     .run = run_doctor},
    {.name = "verify",
     .subcommands = {},
     .operands = "DIR",
     .operands_min = 1,
     .operands_max = 1,
     .scope = kVerify,
     .summary = "Re-check a finished run: its files and, on request, its server.",
     .details =
         "Exits 0 when everything holds, 3 when something does not, 2 when DIR is not a run. It needs no "
         "server, but with --db, which asks the run's own again for some of the missing and found IDs, in "
         "another way: at the run's instant where CockroachDB can still go back to it; else as things are "
         "now, where what differs may have changed since and is shown, but is no failure.\n",
     .examples = "  firmquery verify results\n"
                 "  firmquery verify results --db\n"
                 "  firmquery verify results --db --recheck 100000 --json\n",
     .run = run_verify},
    {.name = "diff",
     .subcommands = {},
     .operands = "DIR_A DIR_B",
     .operands_min = 2,
     .operands_max = 2,
     .scope = kDiff,
     .summary = "What changed between two runs: missing IDs, the list, rows.",
     .details =
         "An ID is new when both runs asked for it and it is missing only now, resolved when it was missing "
         "and is found now. IDs that only one run asked for are counted apart, so one that was taken off the "
         "list is not resolved. Rows are compared for the IDs of both lists, by the columns of both results. "
         "With --out, diff.csv has every change and diff.json the counts. Exits 0, or with --exit-code as "
         "diff does: 0 same, 1 different, 2 trouble.\n",
     .examples = "  firmquery diff monday tuesday\n"
                 "  firmquery diff monday tuesday --out changes --ignore-columns updated_at\n"
                 "  firmquery diff monday tuesday --ids-only --exit-code --quiet\n",
     .run = run_diff},
    {.name = "history",
     .subcommands = {},
     .operands = "[JOB.yaml]",
     .operands_max = 1,
     .scope = kHistory,
     .summary = "The runs of a job, and how long each ID has been missing.",
     .details =
         "The runs of a job are those in its default_directory that were started with the same job file, "
         "filename_pattern and key. Each is compared with the complete run before it, as diff compares them. "
         "--ages prints since when each ID has been missing, and in how many complete runs without a break, "
         "as CSV. With --accept-until DATE it prints a baseline in place of that: a list for run --baseline, "
         "of misses that no threshold counts until then. --keep-runs and --keep-days remove older complete "
         "runs "
         "now; --dry-run lists them.\n",
     .examples = "  firmquery history nightly.yaml\n"
                 "  firmquery history nightly.yaml --ages > ages.csv\n"
                 "  firmquery history nightly.yaml --ages --accept-until 2026-12-31 > baseline.csv\n"
                 "  firmquery history nightly.yaml --keep-runs 30 --dry-run\n"
                 "  firmquery history nightly.yaml --json\n",
     .run = run_history},
    {.name = "keep",
     .subcommands = {},
     .operands = "DIR",
     .operands_min = 1,
     .operands_max = 1,
     .scope = kKeep,
     .summary = "Keep a finished run in a database, to compare it with others by SQL.",
     .details =
         "Verifies the run, then loads it into the tables of the extension firm_staging in one "
         "transaction: run, missing, rejected and result of the schema firmquery. The views "
         "newly_missing, recovered and missing_streak there compare the runs of a job. Where nothing "
         "names a server, the private local PostgreSQL is used if it is there. Exits 2 when the run is "
         "kept already, is not finished, or the extension is not in the database; 3 when the files are "
         "not those of the manifest.\n",
     .examples = "  firmquery keep results --job nightly\n"
                 "  firmquery local psql -c 'select * from firmquery.newly_missing'\n",
     .run = run_keep},
    {.name = "local",
     .subcommands = "start|stop|status|psql",
     .operands = "[psql arguments]",
     .passes_operands = true,
     .summary = "Start, stop or use the private local PostgreSQL.",
     .details =
         "It listens on a Unix socket in its own directory only (FIRMQUERY_LOCAL_DIR names another one). "
         "What follows psql is given to psql.\n",
     .examples = "  firmquery local start\n"
                 "  firmquery local psql -c 'select version()'\n"
                 "  firmquery local stop\n",
     .run = run_local},
    {.name = "demo",
     .subcommands = {},
     .operands = {},
     .scope = kDemo,
     .summary = "Run the main job on sample data in the private local PostgreSQL, and check it.",
     .details = {},
     .examples = "  firmquery demo\n"
                 "  firmquery demo --out demo-results\n",
     .run = run_demo},
    {.name = "config",
     .subcommands = "show|check|init",
     .operands = "[FILE.yaml]",
     .operands_max = 1,
     .scope = kConfig,
     .summary = "Show the effective options and their origins, check a job file, or write one.",
     .details = "show    every option, its value and where that comes from\n"
                "check   reads a job file and its query, connects to nothing\n"
                "init    prints a commented job file, or writes it to FILE.yaml\n",
     .examples = "  firmquery config show job.yaml --chunk-size 500\n"
                 "  firmquery config check job.yaml\n"
                 "  firmquery config init job.yaml\n",
     .run = run_config},
    {.name = "help",
     .subcommands = {},
     .operands = "[COMMAND]",
     .operands_max = 2,
     .summary = "Print the help, or that of a command.",
     .details = {},
     .examples = "  firmquery help run\n",
     .run = run_help},
    {.name = "version",
     .subcommands = {},
     .operands = {},
     .summary = "Print the version.",
     .details = {},
     .examples = "  firmquery --version\n",
     .run = run_version},
});

// 0, or the exit code of a variable that is an option misspelt.
int check_variables(const CommandLine& line, Screen& screen) {
  const StrayVariables stray = stray_variables(process_surroundings());
  if (!line.says(options::quiet)) {
    for (const std::string& warning : stray.warnings) report_warning(screen, warning);
  }
  return report_errors(screen, stray.errors);
}

int dispatch(const CommandLine& line, Screen& screen) {
  if (line.help) {
    const CommandSpec* spec = find_command(line.command);
    return print_help(spec == nullptr ? main_help() : command_help(*spec));
  }
  if (line.version) return run_version(line);
  const CommandSpec* spec = find_command(line.command);
  if (spec != nullptr && spec->scope != 0) {
    if (const int exit = check_variables(line, screen); exit != 0) return exit;
  }
  if (spec != nullptr) return spec->run(line);
  write_all(2, main_help());
  return exit_code(ErrorKind::usage);
}

bool asks_for_json(const std::vector<std::string>& words) {
  const OptionSpec& spec = options::json.spec();
  const auto variable = process_surroundings().variable(environment_name(spec));
  bool json = variable && check_value(spec, *variable, {}).value_or("false") == "true";
  for (const std::string& word : words) {
    if (word == "--json" || word == "--json=true") json = true;
    if (word == "--json=false") json = false;
  }
  return json;
}

}  // namespace

std::span<const CommandSpec> command_table() {
  return kCommands;
}

int run_program(int argc, char** argv) {
  const Words words = take_words(argc, argv);
  Screen screen;
  // Also when quiet: nobody else says it.
  if (words.password) {
    report_warning(
        screen,
        "the command line holds a password, which shell histories keep and every user of this machine "
        "may have seen; use ~/.pgpass, PGPASSWORD or a service file");
  }
  try {
    std::vector<const char*> pointers;
    for (const std::string& word : words.texts) pointers.push_back(word.c_str());
    screen.expect_json(asks_for_json(words.texts));  // of an end before the options are known
    auto line = parse_command_line(argc, pointers.data());
    if (!line) return report_error(screen, line.error());
    return dispatch(*line, screen);
  } catch (const std::exception& error) {
    return report_error(screen, as_error(error));
  }
}

}  // namespace firmquery::cli
