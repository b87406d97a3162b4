// How a table holds the list, and how a range of it is asked: a row for each ID, or CockroachDB's parts.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "loading/ids_loader.hpp"
#include "reading/strategy.hpp"

namespace firmquery {

// A range of a list that is in a table, or would be.
struct TableRange {
  std::string table;
  Slice unit;        // of the list
  Slice loaded;      // of the list, by the session that asks
  std::size_t base;  // the rank of which ord 0 is
  bool exists;       // the table
};

inline constexpr std::size_t cockroach_most_ids = 100'000;

class ListForm {
 public:
  virtual ~ListForm() = default;
  virtual Packing packing() const = 0;
  virtual std::string create(const std::string& table, bool temporary) const = 0;
  // Once all IDs are in the table.
  virtual Result<void> finish(Session& session, const std::string& table) const = 0;
  // In a range, however fast they are.
  virtual std::size_t most_ids() const = 0;
  // As much of a unit as one statement can ask for.
  virtual Slice cut(Slice unit, Slice loaded) const = 0;
  virtual Result<Statement> query(Session& session, const TableRange& range) const = 0;
  // What EXPLAIN is asked before there is a table: the same, with literals of the unit's first IDs in place
  // of its rows. Leaves in `unit` the IDs that are in it.
  virtual Result<Statement> sample(Session& session, Slice& unit) const = 0;
};

// For a table with `loaded` IDs. `context` must outlive the form.
std::unique_ptr<ListForm> make_list_form(const StrategyContext& context, std::size_t loaded);
std::unique_ptr<ListForm> make_postgres_rows(const StrategyContext& context);
std::unique_ptr<ListForm> make_cockroach_rows(const StrategyContext& context);
std::unique_ptr<ListForm> make_cockroach_parts(const StrategyContext& context);

}  // namespace firmquery
