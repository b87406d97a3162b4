// The scripts that an administrator of CockroachDB is given, sql/cockroachdb/dba, statement by statement.
#pragma once

#include <algorithm>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "support/temp_dir.hpp"

namespace firmquery::test {

inline constexpr const char* kGrants = "role_and_grants.sql";
inline constexpr const char* kGrantsOfNewer = "role_and_grants_v22_1.sql";

struct Script {
  std::vector<std::string> read, write, take_back;  // part 1, part 2, and what the comments say undoes them
};

inline void split_statements(const std::string& text, std::vector<std::string>& statements) {
  std::istringstream parts(text);
  for (std::string statement; std::getline(parts, statement, ';');) {
    if (statement.find_first_not_of(" \n") != std::string::npos) statements.push_back(statement);
  }
}

inline Script script_for(const std::string& file, const std::string& database, const std::string& role) {
  std::istringstream lines(read_text(std::string(FIRMQUERY_SOURCE_DIR) + "/sql/cockroachdb/dba/" + file));
  std::string read, write, take_back;
  std::string* part = &read;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("-- Part 2")) part = &write;
    if (line.starts_with("-- Take it back")) {
      part = &take_back;
    } else if (part == &take_back) {
      *part += line.substr(std::min<std::size_t>(line.size(), 3)) + "\n";
    } else {
      *part += line.substr(0, line.find("--")) + "\n";
    }
  }
  Script script;
  for (const auto& [text, statements] : {std::pair{&read, &script.read}, std::pair{&write, &script.write},
                                         std::pair{&take_back, &script.take_back}}) {
    const std::string there = std::regex_replace(*text, std::regex("\\bapp\\b"), database);
    split_statements(std::regex_replace(there, std::regex("firmquery_reader"), role), *statements);
  }
  return script;
}

// With one blank between words.
inline std::string one_line(const std::string& statement) {
  std::istringstream words(statement);
  std::string line;
  for (std::string word; words >> word;) line += (line.empty() ? "" : " ") + word;
  return line;
}

}  // namespace firmquery::test
