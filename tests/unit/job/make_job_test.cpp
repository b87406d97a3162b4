#include "firmquery/job/make_job.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "firmquery/job/connection.hpp"
#include "firmquery/db/kerberos.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using test::TempDir;
using Variables = std::map<std::string, std::string>;
using Flags = std::map<std::string, std::vector<std::string>, std::less<>>;
using Overrides = std::vector<std::pair<std::string, std::string>>;

class JobBuilder : public testing::Test {
 protected:
  Job build(Flags flags, const std::string& yaml = "", const Variables& variables = {}) {
    const std::string file = yaml.empty() ? "" : directory_.write("job.yaml", yaml).string();
    Surroundings surroundings;
    surroundings.environment.insert(variables.begin(), variables.end());
    surroundings.paths_as_typed = true;
    Resolution resolution = resolve_settings(flags, file, surroundings);
    errors_ = resolution.errors;
    notices_ = resolution.notices;
    settings_ = resolution.settings;
    return make_job(resolution.settings, surroundings, Need::nothing, errors_, notices_);
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

TEST_F(JobBuilder, DefaultsAreThoseOfTheContract) {
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
  EXPECT_EQ(job.compress, "none");
  EXPECT_TRUE(job.snapshot);
  EXPECT_EQ(job.target, ServerChoice::none);
  EXPECT_EQ(job.out.parent_path(), "./output");
}

TEST_F(JobBuilder, FlagsReachTheJob) {
  const Job job = build({{"strategy", {"in-list"}},
                         {"id-type", {"uuid"}},
                         {"encoding", {"utf-16be"}},
                         {"input-format", {"tsv"}},
                         {"header", {"no"}},
                         {"column", {"3"}},
                         {"comment", {"#"}},
                         {"query-timeout", {"0.5"}},
                         {"out", {"here"}},
                         {"fail-on", {"missing>0", "rejected>1%"}},
                         {"allow-suspect", {"true"}},
                         {"key", {"k"}},
                         {"ids", {"-"}}});
  ASSERT_TRUE(errors_.empty()) << errors_[0].to_string();
  EXPECT_EQ(job.strategy, StrategyKind::in_list);
  EXPECT_FALSE(job.id_type_auto);
  EXPECT_EQ(job.clean.type, IdType::uuid);
  EXPECT_EQ(job.clean.encoding, InputEncoding::utf16be);
  EXPECT_EQ(job.clean.format, InputFormat::tsv);
  EXPECT_EQ(job.clean.header, HeaderMode::absent);
  EXPECT_EQ(job.clean.column, "3");
  EXPECT_EQ(job.clean.comment, "#");
  EXPECT_EQ(job.clean.key_name, "k");
  EXPECT_EQ(job.clean.source_name, "standard input");
  EXPECT_TRUE(job.clean.rules.allow_suspect);
  EXPECT_EQ(job.query_timeout.count(), 0.5);
  EXPECT_EQ(job.out, "here");
  ASSERT_EQ(job.fail_on.size(), 2u);
  EXPECT_TRUE(job.fail_on[1].percent);
}

// Each name of a choice gives a value of its own: no name falls back to the first by mistake.
TEST_F(JobBuilder, EveryChoiceIsDistinct) {
  for (const char* option : {"strategy", "encoding", "input-format", "header"}) {
    std::vector<int> seen;
    for (const auto name : split(find_option(option)->choices, '|')) {
      const Job job = build({{option, {std::string(name)}}});
      const std::string_view which(option);
      const int value = which == "strategy"       ? static_cast<int>(job.strategy)
                        : which == "encoding"     ? static_cast<int>(job.clean.encoding)
                        : which == "input-format" ? static_cast<int>(job.clean.format)
                                                  : static_cast<int>(job.clean.header);
      EXPECT_EQ(std::count(seen.begin(), seen.end(), value), 0) << option << " " << name;
      seen.push_back(value);
    }
  }
}

TEST_F(JobBuilder, TheLocalServerIsAskedForByName) {
  EXPECT_EQ(build({{"dsn", {"host=db"}}}).target, ServerChoice::named);
  EXPECT_EQ(build({}, "database: {host: db}\n").target, ServerChoice::named);
  EXPECT_EQ(build({}, "database: {service: prod}\n").target, ServerChoice::named);
  EXPECT_EQ(build({{"dsn", {"local:"}}}, "database: {host: db}\n").target, ServerChoice::local);
  EXPECT_EQ(build({}, "database: {dsn: 'local:'}\n").target, ServerChoice::local);
  for (const char* name : {"PGHOST", "PGSERVICE", "PGHOSTADDR", "PGDATABASE", "FIRMQUERY_DSN"}) {
    const std::string value = std::string(name) == "FIRMQUERY_DSN" ? "host=db" : "x";
    EXPECT_EQ(build({}, "", {{name, value}}).target, ServerChoice::named) << name;
  }
  EXPECT_EQ(build({}, "", {{"PGUSER", "alice"}}).target, ServerChoice::none);
}

TEST_F(JobBuilder, UrlsOfTheEnvironmentAreTheLastResort) {
  const Variables both = {{"DATABASE_URL", "postgresql://me:pw@one/db"},
                          {"COCKROACH_URL", "postgresql://two/db"}};
  EXPECT_EQ(build({}, "", both).connect.dsn, "postgresql://me:pw@one/db");
  EXPECT_EQ(describe_origin(settings_.value("dsn")), "environment DATABASE_URL");
  EXPECT_TRUE(notices_.empty());
  EXPECT_EQ(build({}, "", {{"COCKROACH_URL", "postgresql://two/db"}}).connect.dsn, "postgresql://two/db");
  for (const char* stronger : {"PGHOST", "PGSERVICE", "PGDATABASE", "PGHOSTADDR"}) {
    Variables variables = both;
    variables[stronger] = "x";
    EXPECT_EQ(build({}, "", variables).connect.dsn, "") << stronger;
  }
  EXPECT_EQ(build({}, "database: {host: db}\n", both).connect.dsn, "host='db'");
  EXPECT_EQ(build({{"dsn", {"local:"}}}, "", both).target, ServerChoice::local);
  build({}, "", {{"DATABASE_URL", "mysql://me:secret@one/db"}});
  ASSERT_EQ(errors_.size(), 1u);
  EXPECT_EQ(errors_[0].place, "DATABASE_URL");
  EXPECT_EQ(errors_[0].to_string().find("secret"), std::string::npos);
}

// The saved DSN lacks the password, which the variable still has.
TEST_F(JobBuilder, ARunThatBeganWithAUrlIsResumedWithIt) {
  const auto resumed = [](const std::string& url) {
    Surroundings surroundings;
    surroundings.environment = {{"DATABASE_URL", url}};
    const std::string saved = dsn_without_secrets("postgresql://me:pw@one/db");
    return resolve_settings({}, "", surroundings, {{"dsn", saved}}).settings.text("dsn");
  };
  EXPECT_EQ(resumed("postgresql://me:pw@one/db"), "postgresql://me:pw@one/db");
  EXPECT_EQ(resumed("postgresql://me:pw@two/db"), dsn_without_secrets("postgresql://me@one/db"));
  Surroundings local;
  local.environment = {{"FIRMQUERY_DSN", "local:"}};
  EXPECT_EQ(options_to_save(resolve_settings({}, "", local).settings, local), (SavedOptions{{"dsn", "local:"}}));
}

TEST_F(JobBuilder, PartsBecomeADsn) {
  const Job job =
      build({}, "database: {host: db, port: 26257, database: pro'd, user: me, sslmode: verify-full}\n");
  ASSERT_TRUE(errors_.empty()) << errors_[0].to_string();
  EXPECT_EQ(job.connect.dsn, "host='db' port='26257' dbname='pro\\'d' user='me' sslmode='verify-full'");
  EXPECT_TRUE(job.connect.overrides.empty());
}

TEST_F(JobBuilder, LibpqReadsItsOwnVariables) {
  const Job job = build({}, "database: {host: db, user: me}\n", {{"PGHOST", "elsewhere"}});
  EXPECT_EQ(job.connect.dsn, "user='me'");
}

TEST_F(JobBuilder, AStrongerDsnNamesTheServerAlone) {
  const Job job =
      build({{"dsn", {"host=flag"}}}, "database: {host: file, database: filedb, sslmode: verify-full}\n");
  EXPECT_EQ(job.connect.dsn, "host=flag");
  // The demand for encryption is not lost with the server's name.
  EXPECT_EQ(job.connect.overrides, (Overrides{{"sslmode", "verify-full"}}));
}

TEST_F(JobBuilder, WhatADsnSaysIsNotOverriddenByAWeakerSource) {
  const Job job =
      build({{"dsn", {"host=flag sslmode=require user=me"}}}, "database: {sslmode: disable, user: you}\n");
  EXPECT_TRUE(job.connect.overrides.empty());
}

TEST_F(JobBuilder, AStrongerPartReplacesTheDsns) {
  const Job job = build({}, "database: {dsn: 'host=file dbname=x'}\n", {{"FIRMQUERY_HOST", "variable"}});
  EXPECT_EQ(job.connect.dsn, "host=file dbname=x");
  EXPECT_EQ(job.connect.overrides, (Overrides{{"host", "variable"}}));
}

TEST_F(JobBuilder, Kerberos) {
  const Job job = build({{"dsn", {"host=db"}}},
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

TEST_F(JobBuilder, KerberosIsNotAskedForByVariablesOfTheLibrary) {
  const Job job = build({{"dsn", {"host=db"}}}, "", {{"KRB5CCNAME", "/tmp/mine"}, {"KRB5_CONFIG", "/etc/k"}});
  EXPECT_FALSE(job.connect.credentials->options().wanted);
  EXPECT_TRUE(kerberos_variables(settings_).empty());
  EXPECT_TRUE(build({{"dsn", {"host=db"}}, {"require-auth", {"gss"}}}).connect.credentials->options().required);
}

TEST_F(JobBuilder, PasswordsInADsn) {
  build({{"dsn", {"host=db password=hunter2"}}});
  EXPECT_TRUE(notices_.empty());  // said where the arguments are taken
  build({}, "dsn: host=db password=hunter2\n");
  EXPECT_TRUE(noticed("job.yaml:1: the DSN holds a password"));
  build({}, "", {{"FIRMQUERY_DSN", "host=db password=hunter2"}});
  EXPECT_TRUE(notices_.empty());
  build({{"dsn", {"host=db"}}});
  EXPECT_TRUE(notices_.empty());
}

TEST_F(JobBuilder, PasswordFile) {
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

TEST_F(JobBuilder, TheSmallerOfConnectionsAndThreads) {
  EXPECT_EQ(build({}, "processing: {thread_count: 3}\ndatabase: {max_connections: 5}\n").connections, 3u);
  EXPECT_EQ(build({}, "processing: {thread_count: 8}\ndatabase: {max_connections: 5}\n").connections, 5u);
  EXPECT_EQ(build({{"connections", {"8"}}}, "processing: {thread_count: 3}\n").connections, 8u);
}

TEST_F(JobBuilder, Queries) {
  const std::string file = directory_.write("q.sql", "select 1").string();
  EXPECT_EQ(build({{"query", {file}}}).sql, "select 1");
  const Job job = build({{"sql", {"select 2"}}}, "query: {file: q.sql}\n");
  EXPECT_EQ(job.sql, "select 2");
  EXPECT_EQ(job.sql_name, "--sql");
  EXPECT_TRUE(errors_.empty());
  build({{"sql", {"select 2"}}, {"query", {file}}});
  EXPECT_EQ(errors_.size(), 1u);
}

TEST(ExpandPattern, Timestamp) {
  EXPECT_EQ(expand_pattern("firm_{timestamp}", "20261123T034500Z", "").value(), "firm_20261123T034500Z");
  EXPECT_EQ(expand_pattern("{timestamp}-{timestamp}", "T", "").value(), "T-T");
  for (const char* pattern : {"", "{date}", "a/b", "..", "{timestamp", "a}"}) {
    EXPECT_FALSE(expand_pattern(pattern, "T", "job.yaml:1")) << pattern;
  }
}

TEST_F(JobBuilder, AQueryOfIdsHasAServerOfItsOwn) {
  const Job job = build(
      {{"ids", {"sql:select id from t"}}, {"ids-dsn", {"host=staging password=x"}}, {"dsn", {"host=db"}}});
  ASSERT_TRUE(errors_.empty()) << errors_[0].to_string();
  EXPECT_EQ(job.staging.dsn, "host=staging password=x");
  EXPECT_EQ(job.connect.dsn, "host=db");
  EXPECT_EQ(job.staging_target, ServerChoice::named);
  const Flags query = {{"ids", {"sql:select id from t"}}, {"dsn", {"host=db"}}};
  EXPECT_EQ(build(query).staging_target, ServerChoice::none);
  Flags local = query;
  local.insert({"ids-dsn", {"local:"}});
  EXPECT_EQ(build(local).staging_target, ServerChoice::local);
  EXPECT_EQ(build({{"ids", {"-"}}}).staging_target, ServerChoice::named);
}

TEST_F(JobBuilder, WhatDoesNotFitAQueryOfIdsIsRefused) {
  for (const std::map<std::string, std::vector<std::string>>& more :
       {std::map<std::string, std::vector<std::string>>{{"header", {"yes"}}},
        {{"input-format", {"csv"}}},
        {{"encoding", {"utf-8"}}},
        {{"ids-dsn", {"host='open"}}},
        {{"ids", {"sql:"}}},
        {{"ids", {"ids.txt"}}, {"ids-dsn", {"host=staging"}}}}) {
    std::map<std::string, std::vector<std::string>, std::less<>> typed(more.begin(), more.end());
    typed.emplace("ids", std::vector<std::string>{"sql:select 1"});
    errors_.clear();
    build(typed);
    EXPECT_FALSE(errors_.empty()) << more.begin()->first;
  }
}

}  // namespace
}  // namespace firmquery
