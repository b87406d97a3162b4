// The data of the demo: one real comparison (two public lists of network hardware prefixes) and one
// generated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "firmquery/core/error.hpp"
#include "firmquery/db/session.hpp"

namespace firmquery::cli {

inline constexpr const char* kRegistryCsv = "/usr/share/ieee-data/oui.csv";
inline constexpr const char* kPrefixList = "/usr/share/arp-scan/ieee-oui.txt";

// Fails (kind usage) when one of the two files above is missing, naming the packages.
Result<void> check_demo_files();

// (Re)creates demo.oui from the registry. Returns the number of rows.
Result<std::uint64_t> load_registry(Session& session);

// What the look-up of the prefix list in demo.oui has to give, found out without the cleaning, the loading
// and the joining that the run does.
struct Expectation {
  std::uint64_t unique = 0, found = 0, missing = 0;
};
Result<Expectation> expect_prefixes(Session& session);

// The generated part: a table of `rows` firms and a shuffled list with a header line and some of everything.
struct FirmSize {
  std::size_t rows = 2'000'000;
  std::size_t found = 900'000, missing = 100'000;  // found <= rows
  std::size_t duplicates = 2'000, rejected = 1'000;
};
// Keeps the table of an earlier demo of the same size.
Result<void> make_firm_table(Session& session, const FirmSize& size);
Result<void> write_firm_list(const std::filesystem::path& path, const FirmSize& size);

}  // namespace firmquery::cli
