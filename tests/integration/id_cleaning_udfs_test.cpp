// The cleaning functions for CockroachDB hold no statement that PostgreSQL does not know, and no test server
// of CockroachDB is young enough for them: so they are held against the program's own cleaning on PostgreSQL.
#include <gtest/gtest.h>

#include <random>

#include "firmquery/core/id_type.hpp"
#include "support/postgres.hpp"
#include "support/temp_dir.hpp"

namespace firmquery::test {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

std::vector<std::string> fields() {
  std::vector<std::string> all = {"",
                                  " ",
                                  "7",
                                  "+007",
                                  "-0",
                                  "000",
                                  "-",
                                  "+",
                                  "9223372036854775807",
                                  "9223372036854775808",
                                  "-9223372036854775808",
                                  "-9223372036854775809",
                                  "0000000000000000000000000000012",
                                  "1.23E+12",
                                  "1e5",
                                  "1E5000",
                                  "123.0",
                                  "123.",
                                  ".5",
                                  "-.50",
                                  "+.0",
                                  ".",
                                  "1,234",
                                  "1,23",
                                  "1,234.5",
                                  "1.234.567",
                                  "1.234,5",
                                  "1.234",
                                  "1'234'567",
                                  "1\xE2\x80\x99"
                                  "234.5",
                                  "1 234,5",
                                  "1\xC2\xA0"
                                  "234\xE2\x80\xAF"
                                  "567",
                                  "1\xE2\x80\x89"
                                  "234",
                                  "1\xE2\x80\x87"
                                  "234",
                                  "10,00",
                                  "10,5",
                                  "-10,00",
                                  "NULL",
                                  "\\N",
                                  "#N/A",
                                  "(null)",
                                  "12a",
                                  "a b",
                                  " \t 5 \r\n",
                                  "\xC2\xA0"
                                  "5\xE2\x80\x8B",
                                  "\xEF\xBB\xBF"
                                  "abc\xE3\x80\x80",
                                  "a\tb",
                                  "a\x7F"
                                  "b",
                                  "a\xC2\x85"
                                  "b",
                                  "Ünï",
                                  "v",
                                  "'q'",
                                  "x\\y",
                                  "6F9619FF8B86D011B42D00C04FC964FF",
                                  "{6f9619ff-8b86-d011-b42d-00c04fc964ff}",
                                  "urn:uuid:6F9619FF-8B86-D011-B42D-00C04FC964FF",
                                  "urn:uuid:{6f9619ff-8b86-d011-b42d-00c04fc964ff}",
                                  "6f96-19ff8b86d011b42d-00c04fc964ff",
                                  "6f9619ff-8b86-d011-b42d-00c04fc964f",
                                  std::string(1024, '1'),
                                  std::string(1025, '1'),
                                  "." + std::string(1023, '1'),
                                  "-." + std::string(1022, '1'),
                                  "+." + std::string(1022, '1'),
                                  "." + std::string(1023, '0'),
                                  std::string(1024, 'x'),
                                  std::string(1025, 'x')};
  const unsigned seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  ::testing::Test::RecordProperty("seed", static_cast<int>(seed));
  std::mt19937 random(seed);
  const std::string alphabet = "0123456789000+-.,eE aAfF{}-N\\#'";
  for (int i = 0; i < 4000; ++i) {
    std::string& text = all.emplace_back();
    for (auto length = random() % 24; length > 0; --length) text += alphabet[random() % alphabet.size()];
  }
  return all;
}

TEST(IdCleaningFunctions, AgreeWithTheProgram) {
  const PostgresServer& server = shared_server();
  server.execute(
      read_text(std::filesystem::path(FIRMQUERY_SOURCE_DIR) / "sql/cockroachdb/dba/id_cleaning_udfs.sql"));
  const std::vector<std::string> raw = fields();
  std::string values;
  for (std::size_t i = 0; i < raw.size(); ++i)
    values += (i == 0 ? "(" : ",(") + std::to_string(i) + "," + quoted(raw[i]) + ")";
  server.execute("create table field (n int, raw text); insert into field values " + values);
  for (const IdType type : {IdType::integer, IdType::numeric, IdType::uuid, IdType::text}) {
    const std::string name(to_string(type));
    const auto rows = server.execute("select firm_id_clean(raw, '" + name + "'), firm_id_problem(raw, '" +
                                     name + "') from field order by n");
    ASSERT_EQ(rows.size(), raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i) {
      std::string canonical;
      const IdProblem problem = canonicalize(raw[i], type, {}, canonical);
      EXPECT_EQ(rows[i][1].value_or(""), problem_code(problem)) << name << " '" << raw[i] << "'";
      EXPECT_EQ(rows[i][0].has_value(), problem == IdProblem::none) << name << " '" << raw[i] << "'";
      if (problem == IdProblem::none && rows[i][0]) {
        EXPECT_EQ(*rows[i][0], canonical) << name << " '" << raw[i] << "'";
      }
    }
  }
}

}  // namespace
}  // namespace firmquery::test
