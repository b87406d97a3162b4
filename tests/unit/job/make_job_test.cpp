#include "firmquery/job/make_job.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "../orchestrator/job/expand_pattern.hpp"
#include "firmquery/db/kerberos.hpp"
#include "firmquery/job/options.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using test::TempDir;
using Variables = std::map<std::string, std::string>;
using Overrides = std::vector<std::pair<std::string, std::string>>;

class MakeJob : public testing::Test {
 protected:
  Job build(Flags flags, const std::string& yaml = "", const Variables& variables = {}) {
    const std::string file = yaml.empty() ? "" : directory_.write("job.yaml", yaml).string();
    Surroundings surroundings;
    surroundings.environment.insert(variables.begin(), variables.end());
    surroundings.paths_as_typed = true;
    settings_ = resolve_settings({flags, file}, surroundings);
    auto made = make_job(settings_, surroundings, Need::nothing);
    errors_ = made ? std::vector<Error>() : made.error();
    notices_ = made ? made->notices : std::vector<std::string>();
    return made ? made->job : Job();
  }
  bool noticed(const std::string& text) const {
    return std::any_of(notices_.begin(), notices_.end(),
                       [&](const auto& notice) { return notice.find(text) != std::string::npos; });
  }

  TempDir directory_;
  Settings settings_;
  std::vector<Error> errors_;
  std::vector<std::string> notices_;
};

TEST_F(MakeJob, DefaultsAreThoseOfTheContract) {
  const Job job = build({});
  ASSERT_TRUE(errors_.empty()) << errors_[0].to_string();
  EXPECT_TRUE(job.id_type_auto);
  EXPECT_EQ(job.key, "firm_root_id");
  EXPECT_EQ(job.connections, 2u);
  EXPECT_EQ(job.strategy, StrategyKind::automatic);
  EXPECT_EQ(job.in_list.max_ids, 250u);
  EXPECT_EQ(job.in_list.max_chars, 15000u);
  EXPECT_EQ(job.query_timeout.count(), 300);
  EXPECT_EQ(job.connect.connect_timeout.count(), 30);
  EXPECT_EQ(job.max_retries, 2u);
  EXPECT_EQ(job.retry_delay.count(), 5);
  EXPECT_EQ(job.max_input_ids, 1000000u);
  EXPECT_EQ(job.warning_threshold, 900000u);
  EXPECT_EQ(job.formats, std::vector<std::string>{"csv"});
  EXPECT_EQ(job.compress, Compression::none);
  EXPECT_TRUE(job.snapshot);
  EXPECT_EQ(job.recheck, 10'000u);
  EXPECT_EQ(job.target, ServerChoice::none);
  EXPECT_EQ(job.out.parent_path(), "./output");
}

TEST_F(MakeJob, FlagsReachTheJob) {
  const Job job = build({{options::strategy, {"in-list"}},
                         {options::id_type, {"uuid"}},
                         {options::encoding, {"utf-16be"}},
                         {options::input_format, {"tsv"}},
                         {options::header, {"no"}},
                         {options::column, {"3"}},
                         {options::sheet, {"2"}},
                         {options::allow_lossy, {"true"}},
                         {options::comment, {"#"}},
                         {options::query_timeout, {"0.5"}},
                         {options::out, {"here"}},
                         {options::fail_on, {"missing>0", "rejected>1%"}},
                         {options::allow_suspect, {"true"}},
                         {options::key, {"k"}},
                         {options::ids, {"-"}}});
  ASSERT_TRUE(errors_.empty()) << errors_[0].to_string();
  EXPECT_EQ(job.strategy, StrategyKind::in_list);
  EXPECT_FALSE(job.id_type_auto);
  EXPECT_EQ(job.clean.type, IdType::uuid);
  EXPECT_EQ(job.clean.encoding, InputEncoding::utf16be);
  EXPECT_EQ(job.clean.format, InputFormat::tsv);
  EXPECT_EQ(job.clean.header, HeaderMode::absent);
  EXPECT_EQ(job.clean.column, "3");
  EXPECT_EQ(job.clean.sheet, "2");
  EXPECT_TRUE(job.clean.allow_lossy);
  EXPECT_EQ(job.clean.comment, "#");
  EXPECT_EQ(job.clean.key_name, "k");
  EXPECT_EQ(job.clean.source_name, "standard input");
  EXPECT_TRUE(job.clean.rules.allow_suspect);
  EXPECT_EQ(job.query_timeout.count(), 0.5);
  EXPECT_EQ(job.out, "here");
  ASSERT_EQ(job.fail_on.size(), 2u);
  EXPECT_TRUE(job.fail_on[1].percent);
}

TEST_F(MakeJob, ASheetIsNamedInAJobFileAndTheEnvironmentToo) {
  const Job of_file = build({}, "input: {sheet: 'Firms of 2024', allow_lossy: true}\n");
  EXPECT_EQ(of_file.clean.sheet, "Firms of 2024");
  EXPECT_TRUE(of_file.clean.allow_lossy);
  EXPECT_EQ(build({}, "", {{"FIRMQUERY_SHEET", "3"}}).clean.sheet, "3");
  EXPECT_FALSE(build({}).clean.allow_lossy);
}

TEST_F(MakeJob, TheSecondProofHasABoundOrIsOff) {
  EXPECT_EQ(build({{options::recheck, {"500"}}}).recheck, 500u);
  EXPECT_EQ(build({{options::recheck, {"OFF"}}}).recheck, 0u);
  EXPECT_EQ(build({}, "processing: {recheck: off}\n").recheck, 0u);
  EXPECT_EQ(build({}, "", {{"FIRMQUERY_RECHECK", "7"}}).recheck, 7u);
  for (const char* wrong : {"0", "-1", "no", "1.5", ""}) {
    const auto checked = check_value(options::recheck.spec(), wrong, "--recheck");
    ASSERT_FALSE(checked) << wrong;
    EXPECT_EQ(checked.error().message,
              std::string("\"") + wrong + "\" is not a whole number from 1 to 1000000000000, or off");
  }
}

TEST_F(MakeJob, RulesOfSpellingAreCheckedAndKeepTheirOrder) {
  const Job job = build({{options::accept_rule, {"strip-separators", "pad:10"}}});
  ASSERT_TRUE(errors_.empty()) << errors_[0].to_string();
  ASSERT_EQ(job.clean.accept_rules.size(), 2u);
  EXPECT_EQ(job.clean.accept_rules[0].name(), "strip-separators");
  EXPECT_EQ(job.clean.accept_rules[1].name(), "pad:10");
  const Job of_file =
      build({}, "input: {accept_rules: [upper, 'pad:8'], strict: true}\noutput: {near_misses: off}\n");
  ASSERT_TRUE(errors_.empty()) << errors_[0].to_string();
  ASSERT_EQ(of_file.clean.accept_rules.size(), 2u);
  EXPECT_EQ(of_file.clean.accept_rules[1].name(), "pad:8");
  EXPECT_TRUE(of_file.strict_input);
  EXPECT_EQ(of_file.near_misses, 0u);
  EXPECT_EQ(build({}).near_misses, 10'000u);
  EXPECT_EQ(build({{options::near_misses, {"500"}}}).near_misses, 500u);
  (void)build({{options::accept_rule, {"padd:10"}}});
  ASSERT_EQ(errors_.size(), 1u);
  EXPECT_EQ(errors_[0].kind, ErrorKind::usage);
  EXPECT_NE(errors_[0].remedy.find("did you mean \"pad:10\"?"), std::string::npos) << errors_[0].remedy;
}

// Each name of a choice gives a value of its own: no name falls back to the first by mistake.
TEST_F(MakeJob, EveryChoiceIsDistinct) {
  for (const AnyOption option : std::initializer_list<AnyOption>{options::strategy, options::encoding,
                                                                 options::input_format, options::header}) {
    std::vector<int> seen;
    for (const auto name : split(option.spec().choices, '|')) {
      const Job job = build({{option, {std::string(name)}}});
      const int value = option == AnyOption(options::strategy)       ? static_cast<int>(job.strategy)
                        : option == AnyOption(options::encoding)     ? static_cast<int>(job.clean.encoding)
                        : option == AnyOption(options::input_format) ? static_cast<int>(job.clean.format)
                                                                     : static_cast<int>(job.clean.header);
      EXPECT_EQ(std::count(seen.begin(), seen.end(), value), 0) << option.spec().name << " " << name;
      seen.push_back(value);
    }
  }
}

TEST_F(MakeJob, TheLocalServerIsAskedForByName) {
  EXPECT_EQ(build({{options::dsn, {"host=db"}}}).target, ServerChoice::named);
  EXPECT_EQ(build({}, "database: {host: db}\n").target, ServerChoice::named);
  EXPECT_EQ(build({}, "database: {service: prod}\n").target, ServerChoice::named);
  EXPECT_EQ(build({{options::dsn, {"local:"}}}, "database: {host: db}\n").target, ServerChoice::local);
  EXPECT_EQ(build({}, "database: {dsn: 'local:'}\n").target, ServerChoice::local);
  for (const char* name : {"PGHOST", "PGSERVICE", "PGHOSTADDR", "PGDATABASE", "FIRMQUERY_DSN"}) {
    const std::string value = std::string(name) == "FIRMQUERY_DSN" ? "host=db" : "x";
    EXPECT_EQ(build({}, "", {{name, value}}).target, ServerChoice::named) << name;
  }
  EXPECT_EQ(build({}, "", {{"PGUSER", "alice"}}).target, ServerChoice::none);
}

TEST_F(MakeJob, UrlsOfTheEnvironmentAreTheLastResort) {
  const Variables both = {{"DATABASE_URL", "postgresql://me:pw@one/db"},
                          {"COCKROACH_URL", "postgresql://two/db"}};
  EXPECT_EQ(build({}, "", both).connect.dsn, "postgresql://me:pw@one/db");
  EXPECT_EQ(describe_origin(settings_.value(options::dsn)), "environment DATABASE_URL");
  EXPECT_TRUE(notices_.empty());
  EXPECT_EQ(build({}, "", {{"COCKROACH_URL", "postgresql://two/db"}}).connect.dsn, "postgresql://two/db");
  for (const char* stronger : {"PGHOST", "PGSERVICE", "PGDATABASE", "PGHOSTADDR"}) {
    Variables variables = both;
    variables[stronger] = "x";
    EXPECT_EQ(build({}, "", variables).connect.dsn, "") << stronger;
  }
  EXPECT_EQ(build({}, "database: {host: db}\n", both).connect.dsn, "host='db'");
  EXPECT_EQ(build({{options::dsn, {"local:"}}}, "", both).target, ServerChoice::local);
  build({}, "", {{"DATABASE_URL", "mysql://me:secret@one/db"}});
  ASSERT_EQ(errors_.size(), 1u);
  EXPECT_EQ(errors_[0].place, "DATABASE_URL");
  EXPECT_EQ(errors_[0].to_string().find("secret"), std::string::npos);
}

// The saved DSN lacks the password, which the variable still has.
TEST_F(MakeJob, ARunThatBeganWithAUrlIsResumedWithIt) {
  const auto resumed = [](const std::string& url) {
    Surroundings surroundings;
    surroundings.environment = {{"DATABASE_URL", url}};
    const std::string saved = dsn_without_secrets("postgresql://me:pw@one/db");
    return resolve_settings({{}, {}, {{"dsn", saved}}}, surroundings).get(options::dsn);
  };
  EXPECT_EQ(resumed("postgresql://me:pw@one/db"), "postgresql://me:pw@one/db");
  EXPECT_EQ(resumed("postgresql://me:pw@two/db"), dsn_without_secrets("postgresql://me@one/db"));
  Surroundings local;
  local.environment = {{"FIRMQUERY_DSN", "local:"}};
  EXPECT_EQ(options_to_save(resolve_settings({}, local), local), (SavedOptions{{"dsn", "local:"}}));
}

TEST_F(MakeJob, PartsBecomeADsn) {
  const Job job =
      build({}, "database: {host: db, port: 26257, database: pro'd, user: me, sslmode: verify-full}\n");
  ASSERT_TRUE(errors_.empty()) << errors_[0].to_string();
  EXPECT_EQ(job.connect.dsn, "host='db' port='26257' dbname='pro\\'d' user='me' sslmode='verify-full'");
  EXPECT_TRUE(job.connect.overrides.empty());
}

TEST_F(MakeJob, LibpqReadsItsOwnVariables) {
  const Job job = build({}, "database: {host: db, user: me}\n", {{"PGHOST", "elsewhere"}});
  EXPECT_EQ(job.connect.dsn, "user='me'");
}

TEST_F(MakeJob, AStrongerDsnNamesTheServerAlone) {
  const Job job = build({{options::dsn, {"host=flag"}}},
                        "database: {host: file, database: filedb, sslmode: verify-full}\n");
  EXPECT_EQ(job.connect.dsn, "host=flag");
  // The demand for encryption is not lost with the server's name.
  EXPECT_EQ(job.connect.overrides, (Overrides{{"sslmode", "verify-full"}}));
}

TEST_F(MakeJob, WhatADsnSaysIsNotOverriddenByAWeakerSource) {
  const Job job = build({{options::dsn, {"host=flag sslmode=require user=me"}}},
                        "database: {sslmode: disable, user: you}\n");
  EXPECT_TRUE(job.connect.overrides.empty());
}

TEST_F(MakeJob, AStrongerPartReplacesTheDsns) {
  const Job job = build({}, "database: {dsn: 'host=file dbname=x'}\n", {{"FIRMQUERY_HOST", "variable"}});
  EXPECT_EQ(job.connect.dsn, "host=file dbname=x");
  EXPECT_EQ(job.connect.overrides, (Overrides{{"host", "variable"}}));
}

TEST_F(MakeJob, Kerberos) {
  const Job job = build({{options::dsn, {"host=db"}}},
                        "kerberos:\n  spn: cockroachdb/host@REALM\n  principal: alice/admin@REALM\n"
                        "  krb5_conf: /etc/k.conf\n  ticket_cache: /tmp/cc\n  keytab: /etc/k.tab\n",
                        {{"KRB5CCNAME", "/tmp/mine"}});
  EXPECT_EQ(job.connect.overrides, (Overrides{{"user", "alice"}, {"krbsrvname", "cockroachdb"}}));
  EXPECT_EQ(kerberos_variables(settings_), (Overrides{{"KRB5_CONFIG", "/etc/k.conf"}}));
  const KerberosOptions& kerberos = job.connect.credentials->options();
  EXPECT_EQ(kerberos.keytab, "/etc/k.tab");
  EXPECT_EQ(kerberos.ticket_cache, "");  // the variable is stronger, and the library reads it
  EXPECT_TRUE(kerberos.wanted);
  EXPECT_FALSE(kerberos.required);
}

TEST_F(MakeJob, KerberosIsNotAskedForByVariablesOfTheLibrary) {
  const Job job =
      build({{options::dsn, {"host=db"}}}, "", {{"KRB5CCNAME", "/tmp/mine"}, {"KRB5_CONFIG", "/etc/k"}});
  EXPECT_FALSE(job.connect.credentials->options().wanted);
  EXPECT_TRUE(kerberos_variables(settings_).empty());
  EXPECT_TRUE(build({{options::dsn, {"host=db"}}, {options::require_gss, {"gss"}}})
                  .connect.credentials->options()
                  .required);
}

TEST_F(MakeJob, PasswordsInADsn) {
  build({{options::dsn, {"host=db password=hunter2"}}});
  EXPECT_TRUE(notices_.empty());  // said where the arguments are taken
  build({}, "dsn: host=db password=hunter2\n");
  EXPECT_TRUE(noticed("job.yaml:1: the DSN holds a password"));
  build({}, "", {{"FIRMQUERY_DSN", "host=db password=hunter2"}});
  EXPECT_TRUE(notices_.empty());
  build({{options::dsn, {"host=db"}}});
  EXPECT_TRUE(notices_.empty());
}

TEST_F(MakeJob, PasswordFile) {
  const auto path = directory_.write("secret", "hunter2\nmore\n");
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  const Job job = build({}, "database: {host: db, password_file: secret}\n");
  EXPECT_EQ(job.connect.overrides, (Overrides{{"password", "hunter2"}}));
  EXPECT_EQ(job.connect.dsn, "host='db'");
  EXPECT_TRUE(noticed("chmod 600"));
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  build({}, "database: {host: db, password_file: secret}\n");
  EXPECT_FALSE(noticed("chmod 600"));
  build({}, "database: {host: db, password_file: absent}\n");
  EXPECT_EQ(errors_.size(), 1u);
}

TEST_F(MakeJob, TheSmallerOfConnectionsAndThreads) {
  EXPECT_EQ(build({}, "processing: {thread_count: 3}\ndatabase: {max_connections: 5}\n").connections, 3u);
  EXPECT_EQ(build({}, "processing: {thread_count: 8}\ndatabase: {max_connections: 5}\n").connections, 5u);
  EXPECT_EQ(build({{options::connections, {"8"}}}, "processing: {thread_count: 3}\n").connections, 8u);
}

TEST_F(MakeJob, Queries) {
  const std::string file = directory_.write("q.sql", "select 1").string();
  EXPECT_EQ(build({{options::query, {file}}}).sql, "select 1");
  const Job job = build({{options::sql, {"select 2"}}}, "query: {file: q.sql}\n");
  EXPECT_EQ(job.sql, "select 2");
  EXPECT_EQ(job.sql_name, "--sql");
  EXPECT_TRUE(errors_.empty());
  build({{options::sql, {"select 2"}}, {options::query, {file}}});
  EXPECT_EQ(errors_.size(), 1u);
}

TEST(ExpandPattern, Timestamp) {
  EXPECT_EQ(expand_pattern("firm_{timestamp}", "20261123T034500Z", "").value(), "firm_20261123T034500Z");
  EXPECT_EQ(expand_pattern("{timestamp}-{timestamp}", "T", "").value(), "T-T");
  for (const char* pattern : {"", "{date}", "a/b", "..", "{timestamp", "a}"}) {
    EXPECT_FALSE(expand_pattern(pattern, "T", "job.yaml:1")) << pattern;
  }
}

TEST_F(MakeJob, AQueryOfIdsHasAServerOfItsOwn) {
  const Job job = build({{options::ids, {"sql:select id from t"}},
                         {options::ids_dsn, {"host=staging password=x"}},
                         {options::dsn, {"host=db"}}});
  ASSERT_TRUE(errors_.empty()) << errors_[0].to_string();
  EXPECT_EQ(job.staging.dsn, "host=staging password=x");
  EXPECT_EQ(job.connect.dsn, "host=db");
  EXPECT_EQ(job.staging_target, ServerChoice::named);
  const Flags query = {{options::ids, {"sql:select id from t"}}, {options::dsn, {"host=db"}}};
  EXPECT_EQ(build(query).staging_target, ServerChoice::none);
  Flags local = query;
  local.insert({options::ids_dsn, {"local:"}});
  EXPECT_EQ(build(local).staging_target, ServerChoice::local);
  EXPECT_EQ(build({{options::ids, {"-"}}}).staging_target, ServerChoice::named);
}

TEST_F(MakeJob, WhatDoesNotFitAQueryOfIdsIsRefused) {
  const Flags wrong[] = {{{options::header, {"yes"}}},
                         {{options::input_format, {"csv"}}},
                         {{options::sheet, {"1"}}},
                         {{options::encoding, {"utf-8"}}},
                         {{options::ids_dsn, {"host='open"}}},
                         {{options::ids, {"sql:"}}},
                         {{options::ids, {"ids.txt"}}, {options::ids_dsn, {"host=staging"}}}};
  for (const Flags& more : wrong) {
    Flags typed = more;
    typed.emplace(options::ids, std::vector<std::string>{"sql:select 1"});
    build(typed);
    EXPECT_FALSE(errors_.empty()) << more.begin()->first.spec().name;
  }
}

std::string all(const std::vector<Error>& errors) {
  std::string text;
  for (const Error& error : errors) text += error.to_string() + "\n";
  return text;
}

// Of every layer and of what is made of them, each with its place and what to do.
TEST_F(MakeJob, EveryErrorAtOnce) {
  const std::string file = directory_
                               .write("all.yaml",
                                      "input: {ids: absent.txt}\n"
                                      "query: {file: absent.sql}\n"
                                      "processing: {chunk_sise: 5, max_query_length: none}\n"
                                      "kerberos: {spn: nonsense}\n"
                                      "database: {dsn: hots=db, password_file: absent.pw}\n"
                                      "output: {compress: gzip, filename_pattern: a/b}\n")
                               .string();
  Surroundings surroundings;
  surroundings.environment = {{"FIRMQUERY_CONNECTIONS", "0"}, {"FIRMQUERY_FORMAT", "parquet"}};
  const Flags flags = {{options::key, {""}},
                       {options::strategy, {"tempt-able"}},
                       {options::decimal, {","}},
                       {options::thousands, {"comma"}}};
  const auto made =
      make_job(resolve_settings({flags, file}, surroundings), surroundings, Need::list_and_query);
  ASSERT_FALSE(made);
  const std::string folder = directory_.path().string() + "/";
  const std::vector<std::pair<std::string, std::string>> expected = {
      {file + ":3", "unknown key \"chunk_sise\""},
      {file + ":3", "max_query_length: \"none\" is not a whole number from 200 to 1000000"},
      {"FIRMQUERY_CONNECTIONS", "\"0\" is not a whole number from 1 to 64"},
      {"--strategy", "\"tempt-able\" is not one of auto, temp-table"},
      {folder + "absent.txt", "cannot read the list of IDs"},
      {"--decimal", "the comma cannot both make groups and begin a fraction"},
      {"--key", "the key has no name"},
      {folder + "absent.sql", "cannot open"},
      {file + ":5", "invalid connection option"},
      {file + ":4", "nonsense"},
      {folder + "absent.pw", "cannot open"},
      {file + ":6", "\"a/b\" is not the name of a directory"},
      {"FIRMQUERY_FORMAT", "\"parquet\" is not one of csv, tsv, jsonl, xlsx"}};
  EXPECT_EQ(made.error().size(), expected.size()) << all(made.error());
  for (const auto& [place, message] : expected) {
    const auto found = std::find_if(made.error().begin(), made.error().end(), [&](const Error& error) {
      return error.place == place && error.message.find(message) != std::string::npos;
    });
    ASSERT_NE(found, made.error().end()) << place << ": " << message << "\n" << all(made.error());
    EXPECT_EQ(found->kind, ErrorKind::usage);
    // A value that is none of its option is told what is one.
    const bool says_what_to_do =
        !found->remedy.empty() || found->message.find("\" is not ") != std::string::npos;
    EXPECT_TRUE(says_what_to_do) << found->to_string();
  }
}

// Only runs of a job that names its directories itself have a run before them.
TEST_F(MakeJob, ThresholdsOnChangeNeedAHistory) {
  const Job job = build({{options::fail_on, {"new>5", "age>7d", "missing>0"}}});
  ASSERT_TRUE(errors_.empty()) << all(errors_);
  EXPECT_TRUE(job.series);
  ASSERT_EQ(job.fail_on.size(), 3u);
  EXPECT_TRUE(job.fail_on[0].of_change());
  EXPECT_FALSE(job.fail_on[2].of_change());
  build({{options::out, {"somewhere"}}, {options::fail_on, {"new>5", "age>7d", "missing>0"}}});
  ASSERT_EQ(errors_.size(), 2u) << all(errors_);
  EXPECT_NE(errors_[0].message.find("new>5 compares"), std::string::npos);
  EXPECT_NE(errors_[0].remedy.find("leave --out out"), std::string::npos);
}

TEST_F(MakeJob, ABaselineMustBeThere) {
  const auto file = directory_.write("baseline.csv", "id,until\n");
  EXPECT_EQ(build({{options::baseline, {file.string()}}}).baseline, file);
  ASSERT_TRUE(errors_.empty()) << all(errors_);
  build({}, "output: {baseline: absent.csv}\n");
  ASSERT_EQ(errors_.size(), 1u) << all(errors_);
  EXPECT_NE(errors_[0].to_string().find("cannot read the baseline"), std::string::npos);
  EXPECT_NE(errors_[0].remedy.find("--accept-until"), std::string::npos);
}

TEST_F(MakeJob, WhatLacksHasNoPlaceButARemedy) {
  const auto made = make_job(resolve_settings({}, {}), {}, Need::list_and_query);
  ASSERT_FALSE(made);
  ASSERT_EQ(made.error().size(), 2u) << all(made.error());
  for (const Error& error : made.error()) {
    EXPECT_TRUE(error.place.empty());
    EXPECT_FALSE(error.remedy.empty());
  }
  EXPECT_EQ(make_job(resolve_settings({}, {}), {}, Need::list).error().size(), 1u);
}

// Who has given a list that is no path is not told that there is none.
TEST_F(MakeJob, WhatWasRefusedDoesNotLack) {
  const Flags flags = {{options::ids, {"postgres://db/x"}}, {options::query, {"postgres://db/x"}}};
  const auto made = make_job(resolve_settings({flags}, {}), {}, Need::list_and_query);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().size(), 2u) << all(made.error());
  for (const Error& error : made.error()) EXPECT_NE(error.message.find("is not a path"), std::string::npos);
}

// Two jobs from two surroundings in one process, whose own are neither looked at nor changed.
TEST_F(MakeJob, IsPure) {
  ASSERT_EQ(::setenv("FIRMQUERY_DSN", "host=of-the-process", 1), 0);
  ASSERT_EQ(::setenv("PGHOST", "of-the-process", 1), 0);
  ::unsetenv("KRB5_CONFIG");
  Surroundings one, two;
  one.environment = {{"FIRMQUERY_DSN", "host=one"}, {"FIRMQUERY_CONNECTIONS", "3"}};
  one.directory = directory_ / "one";
  one.now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + std::chrono::hours(3);
  two.environment = {{"PGSERVICE", "two"}, {"FIRMQUERY_KRB5_CONF", "two.conf"}};
  two.directory = directory_ / "two";
  two.now = one.now + std::chrono::seconds(1);
  two.input_is_terminal = true;
  directory_.write("one/q.sql", "select 1");
  directory_.write("two/q.sql", "select 2");

  const Flags flags = {{options::query, {"q.sql"}}, {options::ids, {"ids.txt"}}};
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const Settings of_one = resolve_settings({flags}, one), of_two = resolve_settings({flags}, two);
  const auto made_two = make_job(of_two, two, Need::nothing), made_one = make_job(of_one, one, Need::nothing);
  EXPECT_EQ(testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr(), "");
  ASSERT_TRUE(made_one) << all(made_one.error());
  ASSERT_TRUE(made_two) << all(made_two.error());

  EXPECT_EQ(made_one->job.connect.dsn, "host=one");
  EXPECT_EQ(made_two->job.connect.dsn, "");
  EXPECT_EQ(made_two->job.target, ServerChoice::named);
  EXPECT_EQ(made_one->job.connections, 3u);
  EXPECT_EQ(made_two->job.connections, 2u);
  EXPECT_EQ(made_one->job.sql, "select 1");
  EXPECT_EQ(made_two->job.sql, "select 2");
  EXPECT_EQ(made_one->job.ids_path, (directory_ / "one/ids.txt").string());
  EXPECT_EQ(made_two->job.out.filename(), "firm_query_20261123T030001Z");
  EXPECT_EQ(made_one->job.out, directory_ / "one/output/firm_query_20261123T030000Z");
  EXPECT_EQ(kerberos_variables(of_two), (Overrides{{"KRB5_CONFIG", (directory_ / "two/two.conf").string()}}));
  EXPECT_EQ(::getenv("KRB5_CONFIG"), nullptr);
  EXPECT_EQ(::getenv("FIRMQUERY_DSN"), std::string("host=of-the-process"));

  const Flags typed = {{options::ids, {"-"}}, {options::sql, {"select 1"}}};
  EXPECT_TRUE(make_job(resolve_settings({typed}, one), one, Need::list_and_query));
  EXPECT_FALSE(make_job(resolve_settings({typed}, two), two, Need::list_and_query));
  ::unsetenv("FIRMQUERY_DSN");
  ::unsetenv("PGHOST");
}

// What a job keeps to be made again holds from anywhere.
TEST_F(MakeJob, ItsOptionsMakeItAgain) {
  Surroundings there;
  there.directory = directory_.path();
  there.paths_as_typed = true;
  const Flags flags = {
      {options::ids, {"ids.txt"}}, {options::pace, {"7"}}, {options::dsn, {"host=db password=x"}}};
  const auto made = make_job(resolve_settings({flags}, there), there, Need::nothing);
  ASSERT_TRUE(made) << all(made.error());
  EXPECT_EQ(made->job.ids_path, "ids.txt");
  const Settings again = resolve_settings({{}, {}, made->job.options}, {});
  EXPECT_EQ(again.get(options::ids), (directory_ / "ids.txt").string());
  EXPECT_EQ(again.get(options::pace), 7u);
  EXPECT_EQ(again.get(options::dsn), "host=db");
  EXPECT_EQ(describe_origin(again.value(options::pace)), "journal.jsonl");
}

TEST_F(MakeJob, TheServerAlone) {
  const auto target = make_target(resolve_settings({{{options::dsn, {"host=db"}}}}, {}), {});
  ASSERT_TRUE(target);
  EXPECT_EQ(target->connect.dsn, "host=db");
  EXPECT_EQ(make_target(resolve_settings({}, {}), {})->choice, ServerChoice::none);
  EXPECT_FALSE(make_target(resolve_settings({{{options::dsn, {"hots=db"}}}}, {}), {}));
}

}  // namespace
}  // namespace firmquery
