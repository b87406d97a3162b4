// A comparison as rows of words, whatever they are written into. Private to compare.
#pragma once

#include <string>
#include <vector>

#include "firmquery/compare/compare.hpp"

namespace firmquery {

struct WordTable {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;  // the first column is a name, the others are numbers
};

// How fast each is; those that were not measured have dashes.
WordTable speed_table(const Comparison& comparison);
WordTable statement_table(const Comparison& comparison);
// What each costs: the network, this process, the server.
WordTable cost_table(const Comparison& comparison);

// "6 turns of 4 strategies, 20,000 of 1,000,000 IDs, 19,000 rows; ..."
std::string what_was_read(const Comparison& comparison);
// Refusals, what auto chose, what is left on the server, how each was proved.
std::vector<std::string> notes_of(const Comparison& comparison);

}  // namespace firmquery
