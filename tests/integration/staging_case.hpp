// The server that tests of firm_staging run on, sessions whose memory can be watched, and random input.
#pragma once

#include <libpq-fe.h>

#include <cstdlib>
#include <fstream>
#include <random>

#include "support/postgres.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace firmquery::test {

namespace fs = std::filesystem;

// A private copy of the installed server with the extension in it, first in PATH for all that is started.
class Server {
 public:
  static Server& instance() {
    static Server server;
    return server;
  }
  static fs::path module_file() {
    return fs::path(FIRMQUERY_BINARY).parent_path().parent_path() / "lib/firm_staging.so";
  }
  std::string psql(const std::string& database, const std::vector<std::string>& commands) const {
    std::vector<std::string> arguments = {
        "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", postgres_->dsn(database)};
    for (const std::string& command : commands) {
      arguments.emplace_back("-c");
      arguments.push_back(command);
    }
    const ProcessResult result = run_process(binaries_ / "psql", arguments);
    if (result.exit_code != 0) throw std::runtime_error(result.err);
    return result.out;
  }
  PostgresServer& postgres() { return *postgres_; }
  const fs::path& binaries() const { return binaries_; }

 private:
  Server() {
    const fs::path script = fs::path(FIRMQUERY_SOURCE_DIR) / "staging/test/private_server";
    ProcessResult made = run_process(script, {directory_ / "server", module_file()});
    if (made.exit_code != 0) throw std::runtime_error("private_server failed: " + made.err);
    while (made.out.ends_with('\n')) made.out.pop_back();
    binaries_ = made.out;
    const char* path = std::getenv("PATH");
    ::setenv("PATH", (binaries_.string() + ":" + (path == nullptr ? "" : path)).c_str(), 1);
    postgres_.emplace();
    postgres_->execute("create extension firm_staging");
  }
  TempDir directory_;
  fs::path binaries_;
  std::optional<PostgresServer> postgres_;
};

// One session with its peak of memory, for what a fresh connection would hide.
class LibpqConnection {
 public:
  explicit LibpqConnection(const std::string& dsn) : connection_(PQconnectdb(dsn.c_str()), &PQfinish) {
    if (PQstatus(connection_.get()) != CONNECTION_OK)
      throw std::runtime_error(PQerrorMessage(connection_.get()));
  }
  using ResultPointer = std::unique_ptr<PGresult, decltype(&PQclear)>;
  ResultPointer execute(const std::string& sql, const std::vector<std::string>& values = {}) const {
    std::vector<const char*> pointers;
    for (const std::string& one : values) pointers.push_back(one.c_str());
    return {PQexecParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr,
                         pointers.data(), nullptr, nullptr, 0),
            &PQclear};
  }
  static std::string sqlstate(const ResultPointer& result) {
    const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    return state == nullptr ? "" : state;
  }
  // Not shared with others, in KiB: what the session itself has allocated.
  long private_kib() const {
    std::ifstream file("/proc/" + std::to_string(PQbackendPID(connection_.get())) + "/status");
    std::string word;
    long kib = 0;
    while (file >> word) {
      if (word == "RssAnon:") file >> kib;
    }
    return kib;
  }
  PGconn* get() const { return connection_.get(); }

 private:
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

template <class Generator>
std::size_t below(Generator& random, std::size_t limit) {
  return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
}

// An ID of some type, in one of the ways in which people write it.
inline std::string plain_field(std::mt19937_64& random) {
  const auto digits = [&](std::size_t count, const char* alphabet, std::size_t size) {
    std::string text;
    while (count-- > 0) text += alphabet[below(random, size)];
    return text;
  };
  std::string id = digits(1 + below(random, 20), "0123456789", 10);
  if (below(random, 3) == 0) id += "." + digits(below(random, 4), "0123456789", 10);
  if (below(random, 3) == 0) {
    id = digits(32, "0123456789abcdefABCDEF", 22);
    if (below(random, 2) == 0) {
      for (const std::size_t at : {20, 16, 12, 8}) id.insert(at, 1, '-');
    }
    if (below(random, 4) == 0) id = "{" + id + "}";
  }
  static const std::vector<std::string> kBefore = {"",  "",  "",         " ",           "'",
                                                   "+", "-", "\xC2\xA0", "\xEF\xBB\xBF"};
  static const std::vector<std::string> kAfter = {"", "", "", " ", "'", "\t", "\xE3\x80\x80"};
  return kBefore[below(random, kBefore.size())] + id + kAfter[below(random, kAfter.size())];
}

// Fragments of IDs and of damage, joined at random: most are nearly an ID of some type.
inline std::string hostile_field(std::mt19937_64& random) {
  static const std::vector<std::string> kPieces = {"0",
                                                   "7",
                                                   "42",
                                                   "00",
                                                   "123456789",
                                                   "9223372036854775807",
                                                   "9223372036854775808",
                                                   "+",
                                                   "-",
                                                   ".",
                                                   ",",
                                                   "e",
                                                   "E+12",
                                                   "1.5",
                                                   "1,234",
                                                   ".234",
                                                   "'234",
                                                   "1.234.567",
                                                   ",00",
                                                   "=\"",
                                                   "=\"0030\"",
                                                   ".0",
                                                   "'",
                                                   "''",
                                                   "\"",
                                                   " ",
                                                   "\t",
                                                   "\v",
                                                   "\x1b",
                                                   "\x7f",
                                                   "\\N",
                                                   "NULL",
                                                   "(null)",
                                                   "#N/A",
                                                   "n/a",
                                                   "abc",
                                                   "Z\xC3\xBCrich",
                                                   "\xC2\xA0",
                                                   "\xEF\xBB\xBF",
                                                   "\xE2\x80\x8B",
                                                   "\xE3\x80\x80",
                                                   "\xE2\x80\xAF",
                                                   "\xC2\x85",
                                                   "\xF0\x9F\x98\x80",
                                                   "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
                                                   "A0EEBC999C0B4EF8BB6D6BB9BD380A11",
                                                   "{",
                                                   "}",
                                                   "urn:uuid:",
                                                   "-9c0b-",
                                                   ";",
                                                   "|",
                                                   "(",
                                                   ")",
                                                   "\\",
                                                   "%",
                                                   "\xD9\xA1\xD9\xA2"};
  if (below(random, 3) == 0) return plain_field(random);
  std::string field;
  if (below(random, 50) == 0)
    field.append(900 + below(random, 300), static_cast<char>('0' + below(random, 10)));
  for (std::size_t pieces = below(random, 5); pieces > 0; --pieces)
    field += kPieces[below(random, kPieces.size())];
  if (below(random, 4) == 0) {
    for (std::size_t bytes = below(random, 20); bytes > 0; --bytes)
      field += static_cast<char>(1 + below(random, 126));
  }
  std::erase_if(field, [](char c) { return c == '\n' || c == '\r'; });
  return field;
}

// A list as it may be pasted or exported, or damaged on the way.
inline std::string document(std::mt19937_64& random) {
  static const std::vector<std::string> kPieces = {"1",
                                                   "22",
                                                   "007",
                                                   "abc",
                                                   "a b",
                                                   "Z\xC3\xBCrich",
                                                   ",",
                                                   ",",
                                                   ";",
                                                   "\t",
                                                   "|",
                                                   "\n",
                                                   "\n",
                                                   "\r\n",
                                                   "\r",
                                                   "'",
                                                   "\"",
                                                   "\"\"",
                                                   "(",
                                                   ")",
                                                   " IN (",
                                                   "firm_root_id",
                                                   "name",
                                                   "'x'",
                                                   "\"y,z\"",
                                                   " ",
                                                   "NULL",
                                                   "1.5",
                                                   "sep=;\n",
                                                   "=\"0030\"",
                                                   "1.234.567",
                                                   "10,00",
                                                   "select * from t where k in (",
                                                   ");",
                                                   "\xEF\xBB\xBF"};
  std::string text;
  // Half of the documents keep to one separator, as people's do.
  const std::string separator = below(random, 2) == 0 ? kPieces[6 + below(random, 8)] : "";
  for (std::size_t pieces = below(random, 24); pieces > 0; --pieces) {
    text +=
        separator.empty() ? kPieces[below(random, kPieces.size())] : kPieces[below(random, 6)] + separator;
  }
  return text;
}

}  // namespace firmquery::test
