#include "demo_data.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <random>
#include <string>
#include <unordered_set>
#include <vector>

#include "firmquery/output/files.hpp"

namespace firmquery::cli {
namespace {

// Seven apart, so that a missing ID lies between two that exist.
std::int64_t firm_id(std::size_t number) {
  return 1'000'000'000 + 7 * static_cast<std::int64_t>(number);
}

template <class T>
void shuffle(std::vector<T>& values, std::mt19937_64& random) {
  // Not std::shuffle: the list has to be the same whatever the standard library.
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random() % i]);
}

std::vector<std::int64_t> firm_ids(const FirmSize& size, std::mt19937_64& random) {
  std::vector<std::uint32_t> numbers(size.rows);
  std::iota(numbers.begin(), numbers.end(), 1);
  shuffle(numbers, random);
  std::vector<std::int64_t> ids;
  ids.reserve(size.found + size.missing + size.duplicates);
  for (std::size_t i = 0; i < size.found; ++i) ids.push_back(firm_id(numbers[i]));
  for (std::size_t i = 0; i < size.missing; ++i) ids.push_back(firm_id(numbers[i]) + 3);
  for (std::size_t i = 0; i < size.duplicates; ++i) ids.push_back(ids[i]);
  shuffle(ids, random);
  return ids;
}

}  // namespace

Result<void> check_demo_files() {
  for (const char* path : {kRegistryCsv, kPrefixList}) {
    if (::access(path, R_OK) == 0) continue;
    return fail(ErrorKind::usage, "a file of the demo is missing", path,
                "apt-get install ieee-data arp-scan");
  }
  return {};
}

Result<std::uint64_t> load_registry(Session& session) {
  FQ_TRY_ASSIGN(const std::string csv, read_file(kRegistryCsv));
  FQ_TRY(
      session.execute("BEGIN; SET LOCAL client_min_messages = warning; CREATE SCHEMA IF NOT EXISTS demo;"
                      "DROP TABLE IF EXISTS demo.oui;"
                      "CREATE TABLE demo.oui (registry text, assignment text, organization_name text,"
                      " organization_address text)"));
  bool sent = false;
  FQ_TRY_ASSIGN(const std::uint64_t rows,
                session.copy_in(
                    "COPY demo.oui FROM STDIN (FORMAT csv, HEADER true)", [&]() -> Result<std::string_view> {
                      return std::exchange(sent, true) ? std::string_view() : std::string_view(csv);
                    }));
  FQ_TRY(session.execute("CREATE INDEX oui_assignment ON demo.oui (assignment); COMMIT"));
  FQ_TRY(session.execute("ANALYZE demo.oui"));
  return rows;
}

Result<Expectation> expect_prefixes(Session& session) {
  FQ_TRY_ASSIGN(const Rows rows, session.execute("SELECT DISTINCT assignment FROM demo.oui"));
  std::unordered_set<std::string> registered, seen;
  for (std::size_t row = 0; row < rows.size(); ++row) registered.emplace(rows.at(row, 0));
  Expectation expectation;
  std::ifstream file(kPrefixList);
  for (std::string line; std::getline(file, line);) {
    std::string prefix = line.substr(0, line.find('\t'));
    if (prefix.empty() || prefix.starts_with('#') || !seen.insert(prefix).second) continue;
    ++(registered.contains(prefix) ? expectation.found : expectation.missing);
  }
  if (file.bad() || seen.empty()) return fail(ErrorKind::usage, "cannot read the file", kPrefixList);
  expectation.unique = seen.size();
  return expectation;
}

Result<void> make_firm_table(Session& session, const FirmSize& size) {
  // The comment is set last, in the same transaction: a table that has it is whole.
  const std::string mark = fmt::format("Firm Query demo, {} rows", size.rows);
  FQ_TRY_ASSIGN(const Rows found,
                session.execute("SELECT obj_description(to_regclass('demo.firm'), 'pg_class') = $1", {mark}));
  if (found.at(0, 0) == "t") return {};
  FQ_TRY(session.execute(fmt::format(
      "BEGIN; SET LOCAL client_min_messages = warning; CREATE SCHEMA IF NOT EXISTS demo;"
      "DROP TABLE IF EXISTS demo.firm;"
      "CREATE TABLE demo.firm (firm_root_id bigint NOT NULL, name text NOT NULL, country text NOT NULL,"
      " legal_form text NOT NULL, founded date NOT NULL, employees integer, revenue numeric(14, 2));"
      "INSERT INTO demo.firm SELECT {} + {} * n, 'Firm ' || n,"
      " (ARRAY['BR', 'DE', 'FR', 'IT', 'JP', 'US'])[1 + n % 6],"
      " (ARRAY['limited', 'partnership', 'public', 'sole trader', 'cooperative'])[1 + n % 5],"
      " date '1950-01-01' + n % 25000, nullif(n % 5000, 0), n % 99991 * 13.37"
      " FROM generate_series(1, {}) AS n;"
      "ALTER TABLE demo.firm ADD PRIMARY KEY (firm_root_id);"
      "COMMENT ON TABLE demo.firm IS {}; COMMIT",
      firm_id(0), firm_id(1) - firm_id(0), size.rows, session.quote_literal(mark))));
  FQ_TRY(session.execute("VACUUM ANALYZE demo.firm"));
  FQ_TRY(session.execute("CHECKPOINT"));  // else writing the table out would be charged to the first run
  return {};
}

Result<void> write_firm_list(const std::filesystem::path& path, const FirmSize& size) {
  std::mt19937_64 random(20'260'101);
  const std::vector<std::int64_t> ids = firm_ids(size, random);
  const std::size_t between_rejects = ids.size() / (size.rejected + 1) + 1;
  FQ_TRY_ASSIGN(AtomicFile file, AtomicFile::create(path));
  FQ_TRY(file.write("firm_root_id\n"));
  std::size_t rejects = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    FQ_TRY(file.write(fmt::format("{}\n", ids[i])));
    if (rejects < size.rejected && (i + 1) % between_rejects == 0) {
      FQ_TRY(file.write(fmt::format("unknown-{}\n", ++rejects)));
    }
  }
  while (rejects < size.rejected) FQ_TRY(file.write(fmt::format("unknown-{}\n", ++rejects)));
  return file.commit();
}

}  // namespace firmquery::cli
