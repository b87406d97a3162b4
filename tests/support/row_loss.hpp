// What a network must never do, and a pooler, a driver or a cache between the two sides might: rows of a result are lost,
// and the count of rows that the server sends with its end is made to fit. Reads the PostgreSQL protocol, version 3,
// without encryption, of one connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

namespace firmquery::test {

struct RowLoss {
  // Both are called by threads of the proxy, one at a time.
  std::function<bool(std::string_view)>
      is_hit;  // by the text of the statement: whether it loses rows; empty: none does
  std::function<bool(std::string_view)> is_lost;  // by the text of the row's first column
};

// The two directions may be fed by a thread each; calls are made one at a time.
class RowFilter {
 public:
  // What the client sends is looked at only.
  void client_sends(std::string_view bytes, const RowLoss& loss);
  // What may pass of what the server sends: whole messages, the rest waits for more. `lost` counts rows.
  std::string server_sends(std::string_view bytes, const RowLoss& loss, std::uint64_t& lost);

 private:
  std::string from_client_, from_server_;  // of a message that has not come whole
  bool started_ = false;                   // the client's first message has no type
  bool parsed_hit_ = false;                // the unnamed statement is of the kind
  bool bound_hit_ = false;                 // and was bound since the last Sync
  std::deque<bool> hits_;                  // of what was sent, up to an end each that has not come
  std::uint64_t lost_ = 0;                 // of the statement
};

}  // namespace firmquery::test
