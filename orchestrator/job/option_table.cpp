#include "firmquery/job/option_table.hpp"

#include <algorithm>
#include <array>

namespace firmquery {
namespace {

using enum ValueKind;
constexpr unsigned kInput = kRun | kClean | kConfig;
constexpr unsigned kJob = kRun | kConfig;
constexpr unsigned kAnyRun = kJob | kResume;
constexpr unsigned kEverywhere = kRun | kClean | kVerify | kConfig | kResume | kKeep;
constexpr double kMost = 1e12;

// Within a group the most used come first: the help keeps this order.
constexpr auto kOptions = std::to_array<OptionSpec>({
    {"ids", "input.ids", "", path, "PATH", "", 0, 0, "", kInput | kResume, Group::input,
     "list of IDs: CSV, TSV, plain lines or a pasted list; - is standard input; \"sql:SELECT ...\" is a "
     "query"},
    {"ids-dsn", "input.ids_dsn", "", text, "DSN", "", 0, 0, "", kInput | kResume, Group::input,
     "server of a query of IDs; local: is the private local PostgreSQL"},
    {"column", "input.column", "", text, "NAME|N", "", 0, 0, "", kInput, Group::input,
     "column that holds the ID; default: the key's name, else the only or first"},
    {"id-type", "input.id_type", "", choice, "TYPE", "auto", 0, 0, "auto|int|text|uuid|numeric", kInput,
     Group::input, "auto: the type of the key column on the server (text for clean)"},
    {"input-format", "input.format", "", choice, "FORMAT", "auto", 0, 0, "auto|lines|csv|tsv|list", kInput,
     Group::input, "how the list is written"},
    {"encoding", "input.encoding", "", choice, "NAME", "auto", 0, 0,
     "auto|utf-8|utf-16le|utf-16be|windows-1252", kInput, Group::input,
     "how the list's characters are written"},
    {"header", "input.header", "", choice, "WHEN", "auto", 0, 0, "auto|yes|no", kInput, Group::input,
     "whether the first line names the columns"},
    {"comment", "input.comment", "", text, "TEXT", "", 0, 0, "", kInput, Group::input,
     "lines that start with this are skipped"},
    {"allow-suspect", "input.allow_suspect", "", boolean, "", "false", 0, 0, "", kInput, Group::input,
     "keep IDs that look damaged by a spreadsheet (1.23E+12, 123.0)"},
    {"thousands", "input.thousands", "", choice, "MARK", "", 0, 0, "point|comma|apostrophe|space", kInput,
     Group::input, "mark between groups of three digits (. reads 1.234.567)"},
    {"decimal", "input.decimal", "", choice, "MARK", "", 0, 0, "point|comma", kInput, Group::input,
     "mark before a fraction (, reads the whole number 10,00)"},
    {"allow-empty", "input.allow_empty", "", boolean, "", "false", 0, 0, "", kInput, Group::input,
     "a list without an ID is no error"},
    {"accept-rejected", "input.accept_rejected", "", boolean, "", "false", 0, 0, "", kInput, Group::input,
     "a list of which more than half is rejected is no error"},
    {"max-input-ids", "application.max_input_ids", "", integer, "N", "1000000", 1, kMost, "", kInput,
     Group::input, "guard rail: more unique IDs than this is an error"},
    {"warning-threshold", "application.warning_threshold", "", integer, "N", "900000", 1, kMost, "", kInput,
     Group::input, "more unique IDs than this is a warning"},

    {"query", "query.file", "", path, "FILE", "", 0, 0, "", kJob, Group::query,
     "SQL template; {ID_PLACEHOLDER} stands inside IN (...)"},
    {"sql", "query.sql", "", text, "TEXT", "", 0, 0, "", kJob, Group::query, "the SQL template itself"},
    {"key", "query.key", "", text, "NAME", "firm_root_id", 0, 0, "", kInput, Group::query,
     "result column that carries the ID"},

    {"dsn", "database.dsn", "", text, "DSN", "", 0, 0, "", kAnyRun | kKeep, Group::server,
     "libpq URI or key=value, or local: for the private local PostgreSQL; default: PG* variables, "
     "DATABASE_URL, "
     "COCKROACH_URL"},
    {"strategy", "processing.strategy", "", choice, "NAME", "auto", 0, 0,
     "auto|temp-table|staging-table|array|in-list|scan", kAnyRun, Group::server, "how the IDs reach the server"},
    {"connections", "database.max_connections", "", integer, "N", "2", 1, 64, "", kJob, Group::server,
     "sessions used at once"},

    {"time-zone", "database.time_zone", "", text, "NAME", "UTC", 0, 0, "", kInput, Group::server,
     "time zone in which times are written, and read where the query gives none"},
    {"date-order", "database.date_order", "", choice, "ORDER", "mdy", 0, 0, "mdy|dmy|ymd", kInput,
     Group::server, "how dates like 01/02/2024 in the query are read; they are written as 2024-01-02"},
    {"row-security", "database.row_security", "", choice, "WHEN", "off", 0, 0, "on|off", kInput,
     Group::server,
     "off: rows that row-level security hides from the role are an error; on: they count as missing"},

    {"clean-staging", "doctor.clean_staging", "", text, "AGE", "", 0, 0, "", kDoctor, Group::server,
     "drop staging tables of this role that runs older than AGE have left, and that no run uses: 90s, 30min, "
     "1h, "
     "2d; or the one of that name"},

    {"query-timeout", "database.query_timeout", "", seconds, "S", "300", 0.1, 604800, "", kAnyRun,
     Group::limits, "seconds one statement may take"},
    {"lock-timeout", "database.lock_timeout", "", seconds, "S", "30", 0.1, 604800, "", kAnyRun, Group::limits,
     "seconds a statement waits for a locked table; at most half of its time"},
    {"connect-timeout", "database.connection_timeout", "PGCONNECT_TIMEOUT", integer, "S", "30", 1, 3600, "",
     kAnyRun | kKeep, Group::limits, "seconds a connection may take"},
    {"max-retries", "processing.max_retries", "", integer, "N", "2", 0, 100, "", kAnyRun, Group::limits,
     "retries of each unit of work"},
    {"retry-delay", "processing.retry_delay", "", seconds, "S", "5", 0, 3600, "", kAnyRun, Group::limits,
     "seconds before the first retry; doubles, with jitter, up to a cap"},
    {"retry-budget", "processing.retry_budget", "", seconds, "S", "900", 0, 604800, "", kAnyRun,
     Group::limits, "seconds that failed attempts and the pauses after them may take in the whole run"},
    {"max-statement-seconds", "processing.max_statement_seconds", "", seconds, "S", "", 0.1, 604800, "",
     kAnyRun, Group::limits,
     "statements that read the tables take smaller ranges rather than more seconds than this"},
    {"pace", "processing.pace", "", integer, "ROWS", "", 1, kMost, "", kAnyRun, Group::limits,
     "rows per second that are read at most, over all connections"},
    {"chunk-size", "processing.chunk_size", "", integer, "N", "250", 1, 10000, "", kJob, Group::limits,
     "IDs in one IN-list statement"},
    {"max-query-length", "processing.max_query_length", "", integer, "N", "15000", 200, 1000000, "", kJob,
     Group::limits, "characters in one IN-list statement"},
    {"snapshot", "processing.snapshot", "", choice, "WHEN", "on", 0, 0, "on|off", kAnyRun, Group::limits,
     "read everything at one instant"},
    {"thread-count", "processing.thread_count", "", integer, "N", "", 1, 64, "", kNoFlag, Group::limits,
     "upper limit of connections: each has one thread"},

    {"out", "", "", path, "DIR", "", 0, 0, "", kRun | kClean | kConfig | kDemo, Group::output,
     "directory for the results; must be new or empty"},
    {"resume", "", "", boolean, "", "false", 0, 0, "", kStart, Group::output,
     "go on with the unfinished run of this job, or in --out DIR, if list, query and target are the same; "
     "else begin one"},
    {"on-overlap", "processing.on_overlap", "", choice, "WHAT", "fail", 0, 0, "fail|wait|skip",
     kStart | kConfig | kResume, Group::output, "while another run of the job file or in DIR is in progress"},
    {"format", "", "", choices, "LIST", "csv", 0, 0, "csv|xlsx|jsonl", kJob, Group::output,
     "formats of the results"},
    {"compress", "output.compress", "", choice, "HOW", "none", 0, 0, "none|gzip|zstd", kJob, Group::output,
     "compression of text formats"},
    {"spreadsheet-safe", "output.spreadsheet_safe", "", boolean, "", "false", 0, 0, "", kJob, Group::output,
     "put an apostrophe before fields of the CSV files that a spreadsheet would take for a formula"},
    {"fail-on", "output.fail_on", "", thresholds, "COUNT>N", "", 0, 0, "", kAnyRun, Group::output,
     "exit 1 when missing, duplicates or rejected exceed N or P%; repeatable; quote it"},
    {"job", "keep.job", "", text, "NAME", "", 0, 0, "", kKeep, Group::output,
     "job that the run is one of: runs of the same job are compared; default: \"default\""},
    {"default-directory", "output.default_directory", "", path, "DIR", "./output", 0, 0, "", kNoFlag,
     Group::output, "parent of run directories that --out does not name"},
    {"filename-pattern", "output.filename_pattern", "", text, "TEXT", "firm_query_{timestamp}", 0, 0, "",
     kNoFlag, Group::output, "name of such a run directory; {timestamp} is the UTC time"},

    {"progress", "", "", choice, "WHEN", "auto", 0, 0, "auto|always|never|json",
     kRun | kClean | kConfig | kResume, Group::display, "progress on standard error"},
    {"quiet", "", "", boolean, "", "false", 0, 0, "", kEverywhere, Group::display,
     "errors only on standard error"},
    {"json", "", "", boolean, "", "false", 0, 0, "", kEverywhere, Group::display,
     "the report on standard output"},
    {"log-format", "", "", choice, "FORMAT", "text", 0, 0, "text|json", kRun | kClean | kConfig | kResume,
     Group::display, "form of log lines"},
    {"log-file", "", "", path, "FILE", "", 0, 0, "", kRun | kClean | kConfig | kResume, Group::display,
     "append the log to a file as well"},

    {"host", "database.host", "PGHOST", text, "HOST", "", 0, 0, "", kNoFlag, Group::connection,
     "server, or several"},
    {"port", "database.port", "PGPORT", ports, "PORT", "", 0, 0, "", kNoFlag, Group::connection,
     "port, or one for each host"},
    {"database", "database.database", "PGDATABASE", text, "NAME", "", 0, 0, "", kNoFlag, Group::connection,
     "name of the database"},
    {"user", "database.user", "PGUSER", text, "NAME", "", 0, 0, "", kNoFlag, Group::connection,
     "name of the role"},
    {"sslmode", "database.sslmode", "PGSSLMODE", choice, "MODE", "", 0, 0,
     "disable|allow|prefer|require|verify-ca|verify-full", kNoFlag, Group::connection, "as libpq's sslmode"},
    {"sslrootcert", "database.sslrootcert", "PGSSLROOTCERT", path, "FILE", "", 0, 0, "", kNoFlag,
     Group::connection, "certificate authority of the server"},
    {"service", "database.service", "PGSERVICE", text, "NAME", "", 0, 0, "", kNoFlag, Group::connection,
     "entry of the libpq service file"},
    {"passfile", "database.passfile", "PGPASSFILE", path, "FILE", "", 0, 0, "", kNoFlag, Group::connection,
     "libpq password file"},
    {"password-file", "database.password_file", "", path, "FILE", "", 0, 0, "", kNoFlag, Group::connection,
     "file whose first line is the password; mode 0600"},

    {"principal", "kerberos.principal", "", text, "NAME", "", 0, 0, "", kJob, Group::kerberos,
     "who signs in: name@REALM; its first part is the role when none is named"},
    {"keytab", "kerberos.keytab", "KRB5_CLIENT_KTNAME", path, "FILE", "", 0, 0, "", kJob, Group::kerberos,
     "keys of the principal, from which tickets are got and renewed"},
    {"ticket-cache", "kerberos.ticket_cache", "KRB5CCNAME", text, "CACHE", "", 0, 0, "", kJob,
     Group::kerberos, "credential cache to sign in with; with a keytab, its tickets are kept there as well"},
    {"spn", "kerberos.spn", "", text, "SPN", "", 0, 0, "", kJob, Group::kerberos,
     "service/host@REALM that the server must be; the service is what the ticket is asked for"},
    {"require-auth", "kerberos.require_auth", "", choice, "METHOD", "any", 0, 0, "any|gss", kJob,
     Group::kerberos, "gss: fail when the server lets the role in without Kerberos"},
    {"krb5-conf", "kerberos.krb5_conf", "KRB5_CONFIG", path, "FILE", "", 0, 0, "", kJob, Group::kerberos,
     "Kerberos configuration; default: /etc/krb5.conf"},
    {"renew-before", "kerberos.renew_before", "", integer, "S", "300", 1, 86400, "", kNoFlag, Group::kerberos,
     "seconds before a ticket ends when it is replaced; at most a third of its life"},
    {"jaas-conf", "kerberos.jaas_conf", "", text, "FILE", "", 0, 0, "", kNoFlag, Group::kerberos,
     "accepted and unused"},

    {"application-name", "application.name", "PGAPPNAME", text, "TEXT", "firmquery", 0, 0, "", kNoFlag,
     Group::labels, "name the server sees"},
    {"application-version", "application.version", "", text, "TEXT", "", 0, 0, "", kNoFlag, Group::labels,
     "of the job file; a label only"},
});

}  // namespace

std::string_view heading_of(Group group) {
  switch (group) {
    case Group::input:
      return "Input";
    case Group::query:
      return "Query";
    case Group::server:
      return "Server";
    case Group::limits:
      return "Limits";
    case Group::output:
      return "Output";
    case Group::display:
      return "Display and logs";
    case Group::connection:
      return "Connection";
    case Group::kerberos:
      return "Kerberos";
    case Group::labels:
      return "Labels";
  }
  return "";
}

std::span<const OptionSpec> option_table() {
  return kOptions;
}

const OptionSpec* find_option(std::string_view name) {
  const auto found =
      std::find_if(kOptions.begin(), kOptions.end(), [&](const auto& spec) { return spec.name == name; });
  return found == kOptions.end() ? nullptr : &*found;
}

const OptionSpec* find_option_by_yaml(std::string_view dotted) {
  const auto matches = [&](const OptionSpec& spec) {
    return dotted == spec.yaml || (spec.scope != kNoFlag && dotted == flat_key(spec));
  };
  const auto found = std::find_if(kOptions.begin(), kOptions.end(), matches);
  return found == kOptions.end() ? nullptr : &*found;
}

std::string flag_name(const OptionSpec& spec) {
  return "--" + std::string(spec.name);
}

std::string flat_key(const OptionSpec& spec) {
  std::string key(spec.name);
  std::replace(key.begin(), key.end(), '-', '_');
  return key;
}

std::string environment_name(const OptionSpec& spec) {
  std::string name = "FIRMQUERY_" + flat_key(spec);
  for (char& c : name) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return name;
}

}  // namespace firmquery
