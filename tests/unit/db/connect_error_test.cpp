#include "orchestrator/db/connect_attempt.hpp"

#include <gtest/gtest.h>

namespace firmquery {
namespace {

ConnectFailure said(std::string_view verbose) {
  ConnectFailure failure;
  failure.stage = ConnectStage::login;
  take_words(verbose, failure);
  return failure;
}

ErrorKind kind_of(const ConnectFailure& failure) {
  return connect_error(failure, {}).kind;
}

ErrorKind kind_of_code(const char* code) {
  ConnectFailure failure;
  failure.stage = ConnectStage::session;
  failure.sqlstate = code;
  return kind_of(failure);
}

TEST(ConnectWords, TheCodeIsFoundInEveryLanguage) {
  const ConnectFailure german = said(
      "connection to server at \"db\" (10.0.0.1), port 5432 failed: FATAL:  28P01: "
      "Passwort-Authentifizierung für "
      "Benutzer »u« fehlgeschlagen\nLOCATION:  auth_failed, auth.c:326\n");
  EXPECT_EQ(german.sqlstate, "28P01");
  EXPECT_EQ(german.function, "auth_failed");
  EXPECT_EQ(
      german.message,
      "connection to server at \"db\" (10.0.0.1), port 5432 failed: FATAL:  Passwort-Authentifizierung für "
      "Benutzer »u« fehlgeschlagen");
  const ConnectFailure russian = said("ВАЖНО:  3D000: база данных \"x\" не существует\n");
  EXPECT_EQ(russian.sqlstate, "3D000");
  EXPECT_EQ(russian.message, "ВАЖНО:  база данных \"x\" не существует");
}

TEST(ConnectWords, LinesBecomeOneAndNothingElseIsTakenForACode) {
  const ConnectFailure refused = said("failed: Connection refused\n\tIs the server running on that host?\n");
  EXPECT_EQ(refused.message, "failed: Connection refused; Is the server running on that host?");
  EXPECT_EQ(refused.sqlstate, "");
  EXPECT_EQ(said("FATAL:  hello: world\n").sqlstate, "");
  EXPECT_EQ(said("").message, "");
  // Without TLS after the attempt with it: the last word counts.
  EXPECT_EQ(said("FATAL:  28000: a\nLOCATION:  f, x.c:1\nFATAL:  28P01: b\nLOCATION:  g, x.c:2\n").sqlstate,
            "28P01");
}

TEST(ConnectError, WhatAServerSaysIsDecidedByItsCode) {
  EXPECT_EQ(kind_of_code("28P01"), ErrorKind::permission);
  EXPECT_EQ(kind_of_code("28000"), ErrorKind::permission);
  EXPECT_EQ(kind_of_code("42501"), ErrorKind::permission);
  EXPECT_EQ(kind_of_code("3D000"), ErrorKind::usage);
  EXPECT_EQ(kind_of_code("22023"), ErrorKind::usage);
  EXPECT_EQ(kind_of_code("42704"), ErrorKind::usage);
  EXPECT_EQ(kind_of_code("53300"), ErrorKind::transient);
  EXPECT_EQ(kind_of_code("57P03"), ErrorKind::transient);
  EXPECT_EQ(kind_of_code("XX000"), ErrorKind::transient);
  EXPECT_EQ(kind_of(said("ERROR:  XXUUU: use of GSS authentication requires an enterprise license.\n")),
            ErrorKind::permission);
  // The same code for three reasons: where it was raised tells what to do.
  EXPECT_NE(connect_error(said("FATAL:  28000: x\nLOCATION:  ClientAuthentication, auth.c:1\n"), {})
                .remedy.find("pg_hba.conf"),
            std::string::npos);
  EXPECT_NE(connect_error(said("FATAL:  28000: x\nLOCATION:  InitializeSessionUserId, miscinit.c:1\n"), {})
                .remedy.find("role"),
            std::string::npos);
}

TEST(ConnectError, WithoutACodeByWhatWasBeingDone) {
  const auto at = [](ConnectStage stage) {
    ConnectFailure failure;
    failure.stage = stage;
    return failure;
  };
  EXPECT_EQ(kind_of(at(ConnectStage::reach)), ErrorKind::transient);
  EXPECT_EQ(kind_of(at(ConnectStage::session)),
            ErrorKind::transient);  // not the kind of server that was asked for
  ConnectFailure tls = at(ConnectStage::tls);
  EXPECT_EQ(kind_of(tls), ErrorKind::usage) << "it has not begun: files of this side";
  tls.tls_begun = tls.bad_certificate = true;
  EXPECT_EQ(kind_of(tls), ErrorKind::permission);
  tls.bad_certificate = false;
  tls.hung_up = true;
  EXPECT_EQ(kind_of(tls), ErrorKind::transient);
  ConnectFailure no_tls = at(ConnectStage::tls);
  no_tls.refused = true;
  EXPECT_EQ(kind_of(no_tls), ErrorKind::usage);
  EXPECT_EQ(kind_of(at(ConnectStage::gss_encryption)), ErrorKind::usage);
  ConnectFailure login = at(ConnectStage::login);
  login.wants_gss = true;
  EXPECT_EQ(kind_of(login), ErrorKind::permission);
  login.hung_up = true;
  EXPECT_EQ(kind_of(login), ErrorKind::transient);
  login.wants_password = true;
  EXPECT_EQ(kind_of(login), ErrorKind::permission);
  login.timed_out = true;
  EXPECT_EQ(kind_of(login), ErrorKind::transient);
}

}  // namespace
}  // namespace firmquery
