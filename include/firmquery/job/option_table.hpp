// The one table of options. An option that is not in it does not exist. Code reads one by a typed handle
// (options.hpp); look-ups by name are for names that somebody has typed.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "firmquery/job/option_spec.hpp"

namespace firmquery {

// Scopes that many have.
inline constexpr unsigned kInput = kRun | kClean | kConfig;
inline constexpr unsigned kJob = kRun | kConfig;
inline constexpr unsigned kAnyRun = kJob | kResume;
inline constexpr unsigned kEverywhere =
    kRun | kClean | kVerify | kConfig | kResume | kKeep | kDiff | kHistory;
inline constexpr double kMost = 1e12;

// Within a group the most used come first: the help keeps this order.
inline constexpr auto kOptionTable = std::to_array<OptionSpec>({
    {"ids", "input.ids", "", ValueKind::path, "PATH", "", 0, 0, "", kInput | kResume, OptionGroup::input,
     "list of IDs: CSV, TSV, plain lines or a pasted list, also as .gz or .zst, or an XLSX workbook; - is "
     "standard input; \"sql:SELECT ...\" is a query"},
    {"ids-dsn", "input.ids_dsn", "", ValueKind::text, "DSN", "", 0, 0, "", kInput | kResume,
     OptionGroup::input, "server of a query of IDs; local: is the private local PostgreSQL"},
    {"column", "input.column", "", ValueKind::text, "NAME|N", "", 0, 0, "", kInput, OptionGroup::input,
     "column that holds the ID; default: the key's name, else the only or first"},
    {"sheet", "input.sheet", "", ValueKind::text, "NAME|N", "", 0, 0, "", kInput, OptionGroup::input,
     "sheet of a workbook that holds the list; default: the first"},
    {"id-type", "input.id_type", "", ValueKind::choice, "TYPE", "auto", 0, 0, "auto|int|text|uuid|numeric",
     kInput, OptionGroup::input, "auto: the type of the key column on the server (text for clean)"},
    {"input-format", "input.format", "", ValueKind::choice, "FORMAT", "auto", 0, 0, "auto|lines|csv|tsv|list",
     kInput, OptionGroup::input, "how the list is written"},
    {"encoding", "input.encoding", "", ValueKind::choice, "NAME", "auto", 0, 0,
     "auto|utf-8|utf-16le|utf-16be|windows-1252", kInput, OptionGroup::input,
     "how the list's characters are written"},
    {"header", "input.header", "", ValueKind::choice, "WHEN", "auto", 0, 0, "auto|yes|no", kInput,
     OptionGroup::input, "whether the first line names the columns"},
    {"comment", "input.comment", "", ValueKind::text, "TEXT", "", 0, 0, "", kInput, OptionGroup::input,
     "lines that start with this are skipped"},
    {"allow-suspect", "input.allow_suspect", "", ValueKind::boolean, "", "false", 0, 0, "", kInput,
     OptionGroup::input, "keep IDs that look damaged by a spreadsheet (1.23E+12, 123.0)"},
    {"allow-lossy", "input.allow_lossy", "", ValueKind::boolean, "", "false", 0, 0, "", kInput,
     OptionGroup::input,
     "take numbers of a workbook as they stand that have more than 15 digits or an exponent"},
    {"accept-rule", "input.accept_rules", "", ValueKind::rules, "RULE", "", 0, 0, "", kInput,
     OptionGroup::input,
     "read each ID as if it were written so, as missing.csv suggests: pad:10, strip-separators, upper, ...; "
     "repeatable, applied in order"},
    {"strict-input", "input.strict", "", ValueKind::boolean, "", "false", 0, 0, "", kJob, OptionGroup::input,
     "a list that cannot be found in the key column, by its widths or characters, is an error"},
    {"thousands", "input.thousands", "", ValueKind::choice, "MARK", "", 0, 0, "point|comma|apostrophe|space",
     kInput, OptionGroup::input, "mark between groups of three digits (. reads 1.234.567)"},
    {"decimal", "input.decimal", "", ValueKind::choice, "MARK", "", 0, 0, "point|comma", kInput,
     OptionGroup::input, "mark before a fraction (, reads the whole number 10,00)"},
    {"allow-empty", "input.allow_empty", "", ValueKind::boolean, "", "false", 0, 0, "", kInput,
     OptionGroup::input, "a list without an ID is no error"},
    {"accept-rejected", "input.accept_rejected", "", ValueKind::boolean, "", "false", 0, 0, "", kInput,
     OptionGroup::input, "a list of which more than half is rejected is no error"},
    {"max-input-ids", "application.max_input_ids", "", ValueKind::integer, "N", "1000000", 1, kMost, "",
     kInput, OptionGroup::input, "guard rail: more unique IDs than this is an error"},
    {"warning-threshold", "application.warning_threshold", "", ValueKind::integer, "N", "900000", 1, kMost,
     "", kInput, OptionGroup::input, "more unique IDs than this is a warning"},

    {"query", "query.file", "", ValueKind::path, "FILE", "", 0, 0, "", kJob, OptionGroup::query,
     "SQL template; {ID_PLACEHOLDER} stands inside IN (...); without one and without --ids the list in it is "
     "lifted out; - is standard input"},
    {"sql", "query.sql", "", ValueKind::text, "TEXT", "", 0, 0, "", kJob, OptionGroup::query,
     "the SQL template itself"},
    {"key", "query.key", "", ValueKind::text, "NAME", "firm_root_id", 0, 0, "", kInput | kHistory,
     OptionGroup::query, "result column that carries the ID"},

    {"dsn", "database.dsn", "", ValueKind::text, "DSN", "", 0, 0, "", kAnyRun | kVerify | kKeep,
     OptionGroup::server,
     "libpq URI or key=value, or local: for the private local PostgreSQL; default: PG* variables, "
     "DATABASE_URL, "
     "COCKROACH_URL"},
    {"strategy", "processing.strategy", "", ValueKind::choice, "NAME", "auto", 0, 0,
     "auto|temp-table|staging-table|array|in-list|scan", kAnyRun, OptionGroup::server,
     "how the IDs reach the server"},
    {"connections", "database.max_connections", "", ValueKind::integer, "N", "2", 1, 64, "", kJob,
     OptionGroup::server, "sessions used at once"},

    {"db", "verify.db", "", ValueKind::boolean, "", "false", 0, 0, "", kVerify, OptionGroup::server,
     "ask the server again, too, for a sample of the missing and the found IDs"},

    {"time-zone", "database.time_zone", "", ValueKind::text, "NAME", "UTC", 0, 0, "", kInput,
     OptionGroup::server, "time zone in which times are written, and read where the query gives none"},
    {"date-order", "database.date_order", "", ValueKind::choice, "ORDER", "mdy", 0, 0, "mdy|dmy|ymd", kInput,
     OptionGroup::server, "how dates like 01/02/2024 in the query are read; they are written as 2024-01-02"},
    {"row-security", "database.row_security", "", ValueKind::choice, "WHEN", "off", 0, 0, "on|off", kInput,
     OptionGroup::server,
     "off: rows that row-level security hides from the role are an error; on: they count as missing"},

    {"clean-staging", "doctor.clean_staging", "", ValueKind::text, "AGE", "", 0, 0, "", kDoctor,
     OptionGroup::server,
     "drop staging tables of this role that runs older than AGE have left, and that no run uses: 90s, 30min, "
     "1h, "
     "2d; or the one of that name"},

    {"query-timeout", "database.query_timeout", "", ValueKind::seconds, "S", "300", 0.1, 604800, "",
     kAnyRun | kVerify, OptionGroup::limits, "seconds one statement may take"},
    {"lock-timeout", "database.lock_timeout", "", ValueKind::seconds, "S", "30", 0.1, 604800, "", kAnyRun,
     OptionGroup::limits, "seconds a statement waits for a locked table; at most half of its time"},
    {"connect-timeout", "database.connection_timeout", "PGCONNECT_TIMEOUT", ValueKind::integer, "S", "30", 1,
     3600, "", kAnyRun | kVerify | kKeep, OptionGroup::limits, "seconds a connection may take"},
    {"max-retries", "processing.max_retries", "", ValueKind::integer, "N", "2", 0, 100, "", kAnyRun | kVerify,
     OptionGroup::limits, "retries of each unit of work"},
    {"retry-delay", "processing.retry_delay", "", ValueKind::seconds, "S", "5", 0, 3600, "",
     kAnyRun | kVerify, OptionGroup::limits,
     "seconds before the first retry; doubles, with jitter, up to a cap"},
    {"retry-budget", "processing.retry_budget", "", ValueKind::seconds, "S", "900", 0, 604800, "", kAnyRun,
     OptionGroup::limits, "seconds that failed attempts and the pauses after them may take in the whole run"},
    {"max-statement-seconds", "processing.max_statement_seconds", "", ValueKind::seconds, "S", "", 0.1,
     604800, "", kAnyRun, OptionGroup::limits,
     "statements that read the tables take smaller ranges rather than more seconds than this"},
    {"pace", "processing.pace", "", ValueKind::integer, "ROWS", "", 1, kMost, "", kAnyRun,
     OptionGroup::limits, "rows per second that are read at most, over all connections"},
    {"chunk-size", "processing.chunk_size", "", ValueKind::integer, "N", "250", 1, 10000, "", kJob,
     OptionGroup::limits, "IDs in one IN-list statement"},
    {"max-query-length", "processing.max_query_length", "", ValueKind::integer, "N", "15000", 200, 1000000,
     "", kJob, OptionGroup::limits, "characters in one IN-list statement"},
    {"snapshot", "processing.snapshot", "", ValueKind::choice, "WHEN", "on", 0, 0, "on|off", kAnyRun,
     OptionGroup::limits, "read everything at one instant"},
    {"recheck", "processing.recheck", "", ValueKind::integer, "N|off", "10000", 1, kMost, "off",
     kAnyRun | kVerify, OptionGroup::limits,
     "when all is read, so many missing IDs at most are asked for again in another way, and a tenth as many "
     "found ones; off: none"},
    {"deadline", "processing.deadline", "", ValueKind::text, "S|TIME", "", 0, 0, "", kAnyRun,
     OptionGroup::limits,
     "everything is to be read within S seconds of the start, or before TIME (06:00, or RFC 3339): a run "
     "that is not "
     "likely to is refused (exit 4), and one that has not is stopped there, to be resumed"},
    {"late", "processing.late", "", ValueKind::choice, "WHAT", "", 0, 0, "refuse|warn", kAnyRun,
     OptionGroup::limits,
     "when the run is not likely to end in time; default: refuse for --deadline, warn for a Kerberos ticket "
     "or "
     "CockroachDB's garbage collection window that ends sooner"},
    {"thread-count", "processing.thread_count", "", ValueKind::integer, "N", "", 1, 64, "", kNoFlag,
     OptionGroup::limits, "upper limit of connections: each has one thread"},

    {"out", "", "", ValueKind::path, "DIR", "", 0, 0, "", kRun | kClean | kConfig | kDemo | kDiff,
     OptionGroup::output, "directory for the results; must be new or empty"},
    {"resume", "", "", ValueKind::boolean, "", "false", 0, 0, "", kStart, OptionGroup::output,
     "go on with the unfinished run of this job, or in --out DIR, if list, query and target are the same; "
     "else begin one"},
    {"on-overlap", "processing.on_overlap", "", ValueKind::choice, "WHAT", "fail", 0, 0, "fail|wait|skip",
     kStart | kConfig | kResume, OptionGroup::output,
     "while another run of the job file or in DIR is in progress"},
    {"format", "", "", ValueKind::choices, "LIST", "csv", 0, 0, "csv|tsv|jsonl|xlsx", kJob,
     OptionGroup::output, "formats of the results; several at once"},
    {"compress", "output.compress", "", ValueKind::choice, "HOW", "none", 0, 0, "none|gzip|zstd", kJob,
     OptionGroup::output, "compression of text formats"},
    {"near-misses", "output.near_misses", "", ValueKind::integer, "N|off", "10000", 1, kMost, "off", kAnyRun,
     OptionGroup::output,
     "when all is read, so many missing IDs at most are looked up in other spellings, which missing.csv "
     "suggests; off: none"},
    {"spreadsheet-safe", "output.spreadsheet_safe", "", ValueKind::boolean, "", "false", 0, 0, "", kJob,
     OptionGroup::output,
     "put an apostrophe before fields of the CSV files that a spreadsheet would take for a formula"},
    {"redact-ids", "output.redact_ids", "", ValueKind::boolean, "", "false", 0, 0, "", kAnyRun,
     OptionGroup::output, "leave the IDs and raw texts out of report.html"},
    {"merge", "output.merge", "", ValueKind::boolean, "", "false", 0, 0, "", kJob, OptionGroup::output,
     "the list back in its own order, with the answer beside each line: merged.csv"},
    {"merge-first", "output.merge_first", "", ValueKind::boolean, "", "false", 0, 0, "", kJob,
     OptionGroup::output, "the same, with the first row of each ID alone"},
    {"fail-on", "output.fail_on", "", ValueKind::thresholds, "COUNT>N", "", 0, 0, "", kAnyRun,
     OptionGroup::output,
     "exit 1 when missing, new, resolved, duplicates or rejected exceed N or P%, or age N runs or Nd days; "
     "repeatable; quote it"},
    {"baseline", "output.baseline", "", ValueKind::path, "FILE", "", 0, 0, "", kAnyRun, OptionGroup::output,
     "CSV of missing IDs that are accepted until a date, which no threshold counts; history --accept-until "
     "writes one"},
    {"job", "application.job", "", ValueKind::text, "NAME", "", 0, 0, "", kKeep | kAnyRun,
     OptionGroup::output,
     "job that the run is one of: keep compares runs of the same job (default: \"default\"); a label of the "
     "metrics"},
    {"on-finish", "output.on_finish", "", ValueKind::text, "COMMAND", "", 0, 0, "",
     kStart | kConfig | kResume, OptionGroup::output,
     "program, and its arguments, that is started when the run has ended, however; no shell reads it"},
    {"metrics-file", "output.metrics_file", "", ValueKind::path, "FILE", "", 0, 0, "",
     kStart | kConfig | kResume, OptionGroup::output,
     "figures for the textfile collector of Prometheus' node_exporter: a name ending in .prom"},
    {"audit-file", "output.audit_file", "", ValueKind::path, "FILE", "", 0, 0, "",
     kStart | kConfig | kResume | kVerify, OptionGroup::output,
     "append each line of the run's audit log to a file of all runs as well; verify: compare with it"},
    {"audit-syslog", "output.audit_syslog", "", ValueKind::boolean, "", "false", 0, 0, "",
     kStart | kConfig | kResume, OptionGroup::output,
     "send each line of the run's audit log to syslog or journald as well (authpriv.info)"},
    {"keep-runs", "output.keep_runs", "", ValueKind::integer, "N", "", 1, kMost, "",
     kStart | kConfig | kResume | kHistory, OptionGroup::output,
     "after a complete run of a job file, remove older complete runs of it but for the N newest"},
    {"keep-days", "output.keep_days", "", ValueKind::integer, "D", "", 1, 36500, "",
     kStart | kConfig | kResume | kHistory, OptionGroup::output,
     "the same for those older than D days; with both, a run goes where both say so"},
    {"default-directory", "output.default_directory", "", ValueKind::path, "DIR", "./output", 0, 0, "",
     kNoFlag, OptionGroup::output, "parent of run directories that --out does not name"},
    {"filename-pattern", "output.filename_pattern", "", ValueKind::text, "TEXT", "firm_query_{timestamp}", 0,
     0, "", kNoFlag, OptionGroup::output, "name of such a run directory; {timestamp} is the UTC time"},

    {"candidates", "compare.candidates", "", ValueKind::text, "LIST", "", 0, 0, "", kCompare,
     OptionGroup::server,
     "strategies to compare, each with its size and connections: temp-table,array@4,in-list:1000; the first "
     "is always "
     "in-list:250; default: temp-table,array,auto"},
    {"sample", "compare.sample", "", ValueKind::integer, "N|all", "100000", 1, kMost, "all", kCompare,
     OptionGroup::limits, "so many IDs of the list, spread evenly"},
    {"budget", "compare.budget", "", ValueKind::seconds, "S", "60", 0, 604800, "", kCompare,
     OptionGroup::limits, "seconds for the turns in which they are timed; one turn at least is taken"},
    {"markdown", "compare.markdown", "", ValueKind::boolean, "", "false", 0, 0, "", kCompare,
     OptionGroup::output, "the tables as Markdown"},
    {"html", "compare.html", "", ValueKind::path, "FILE", "", 0, 0, "", kCompare, OptionGroup::output,
     "a page with bars as well"},
    {"exit-code", "diff.exit_code", "", ValueKind::boolean, "", "false", 0, 0, "", kDiff, OptionGroup::output,
     "exit 1 where the runs differ, 2 where they cannot be compared, as diff does"},
    {"ids-only", "diff.ids_only", "", ValueKind::boolean, "", "false", 0, 0, "", kDiff, OptionGroup::output,
     "do not compare rows"},
    {"ignore-columns", "diff.ignore_columns", "", ValueKind::text, "LIST", "", 0, 0, "", kDiff,
     OptionGroup::output, "columns of the results that are not compared, separated by commas"},
    {"ages", "history.ages", "", ValueKind::boolean, "", "false", 0, 0, "", kHistory, OptionGroup::output,
     "since when, and in how many runs without a break, each ID has been missing"},
    {"accept-until", "history.accept_until", "", ValueKind::text, "DATE", "", 0, 0, "", kHistory,
     OptionGroup::output,
     "with --ages: print a baseline instead, in which each of them is accepted until then: 2026-12-31"},
    {"dry-run", "history.dry_run", "", ValueKind::boolean, "", "false", 0, 0, "", kHistory,
     OptionGroup::output, "list what --keep-runs and --keep-days would remove, and touch nothing"},

    {"progress", "", "", ValueKind::choice, "WHEN", "auto", 0, 0, "auto|always|never|json",
     kRun | kClean | kConfig | kResume, OptionGroup::display, "progress on standard error"},
    {"quiet", "", "", ValueKind::boolean, "", "false", 0, 0, "", kEverywhere, OptionGroup::display,
     "errors only on standard error"},
    {"json", "", "", ValueKind::boolean, "", "false", 0, 0, "", kEverywhere, OptionGroup::display,
     "the report on standard output"},
    {"log-format", "", "", ValueKind::choice, "FORMAT", "text", 0, 0, "text|json",
     kRun | kClean | kConfig | kResume, OptionGroup::display, "form of log lines"},
    {"log-file", "", "", ValueKind::path, "FILE", "", 0, 0, "", kRun | kClean | kConfig | kResume,
     OptionGroup::display, "append the log to a file as well"},

    {"host", "database.host", "PGHOST", ValueKind::text, "HOST", "", 0, 0, "", kNoFlag,
     OptionGroup::connection, "server, or several"},
    {"port", "database.port", "PGPORT", ValueKind::ports, "PORT", "", 0, 0, "", kNoFlag,
     OptionGroup::connection, "port, or one for each host"},
    {"database", "database.database", "PGDATABASE", ValueKind::text, "NAME", "", 0, 0, "", kNoFlag,
     OptionGroup::connection, "name of the database"},
    {"user", "database.user", "PGUSER", ValueKind::text, "NAME", "", 0, 0, "", kNoFlag,
     OptionGroup::connection, "name of the role"},
    {"sslmode", "database.sslmode", "PGSSLMODE", ValueKind::choice, "MODE", "", 0, 0,
     "disable|allow|prefer|require|verify-ca|verify-full", kNoFlag, OptionGroup::connection,
     "as libpq's sslmode"},
    {"sslrootcert", "database.sslrootcert", "PGSSLROOTCERT", ValueKind::path, "FILE", "", 0, 0, "", kNoFlag,
     OptionGroup::connection, "certificate authority of the server"},
    {"service", "database.service", "PGSERVICE", ValueKind::text, "NAME", "", 0, 0, "", kNoFlag,
     OptionGroup::connection, "entry of the libpq service file"},
    {"passfile", "database.passfile", "PGPASSFILE", ValueKind::path, "FILE", "", 0, 0, "", kNoFlag,
     OptionGroup::connection, "libpq password file"},
    {"password-file", "database.password_file", "", ValueKind::path, "FILE", "", 0, 0, "", kNoFlag,
     OptionGroup::connection, "file whose first line is the password; mode 0600"},

    {"principal", "kerberos.principal", "", ValueKind::text, "NAME", "", 0, 0, "", kJob,
     OptionGroup::kerberos, "who signs in: name@REALM; its first part is the role when none is named"},
    {"keytab", "kerberos.keytab", "KRB5_CLIENT_KTNAME", ValueKind::path, "FILE", "", 0, 0, "", kJob,
     OptionGroup::kerberos, "keys of the principal, from which tickets are got and renewed"},
    {"ticket-cache", "kerberos.ticket_cache", "KRB5CCNAME", ValueKind::text, "CACHE", "", 0, 0, "", kJob,
     OptionGroup::kerberos,
     "credential cache to sign in with; with a keytab, its tickets are kept there as well"},
    {"spn", "kerberos.spn", "", ValueKind::text, "SPN", "", 0, 0, "", kJob, OptionGroup::kerberos,
     "service/host@REALM that the server must be; the service is what the ticket is asked for"},
    {"require-auth", "kerberos.require_auth", "", ValueKind::choice, "METHOD", "any", 0, 0, "any|gss", kJob,
     OptionGroup::kerberos, "gss: fail when the server lets the role in without Kerberos"},
    {"krb5-conf", "kerberos.krb5_conf", "KRB5_CONFIG", ValueKind::path, "FILE", "", 0, 0, "", kJob,
     OptionGroup::kerberos, "Kerberos configuration; default: /etc/krb5.conf"},
    {"renew-before", "kerberos.renew_before", "", ValueKind::integer, "S", "300", 1, 86400, "", kNoFlag,
     OptionGroup::kerberos, "seconds before a ticket ends when it is replaced; at most a third of its life"},
    {"jaas-conf", "kerberos.jaas_conf", "", ValueKind::text, "FILE", "", 0, 0, "", kNoFlag,
     OptionGroup::kerberos, "accepted and unused"},

    {"application-name", "application.name", "PGAPPNAME", ValueKind::text, "TEXT", "firmquery", 0, 0, "",
     kNoFlag, OptionGroup::labels, "name the server sees"},
    {"application-version", "application.version", "", ValueKind::text, "TEXT", "", 0, 0, "", kNoFlag,
     OptionGroup::labels, "of the job file; a label only"},
});

constexpr std::span<const OptionSpec> option_table() {
  return kOptionTable;
}
// By its dashed name; null where there is none.
const OptionSpec* find_option(std::string_view name);
// By nested path or by flat name.
const OptionSpec* find_option_by_yaml(std::string_view dotted);

}  // namespace firmquery
