// A TCP proxy on 127.0.0.1 that does to connections what networks do: it delays, throttles, cuts, resets,
// freezes and refuses them, when told. For tests of what the program makes of it.
//
// Commands may come from any thread and hold for the connections there are and those to come, until they are
// taken back. The destructor ends all connections and joins all threads.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "support/row_loss.hpp"

namespace firmquery::test {

class TcpProxy {
 public:
  enum Direction : unsigned { to_server, to_client };
  enum class End { close, reset };  // a FIN, as of a process that ends; an RST, as of a machine that restarts

  explicit TcpProxy(int server_port);  // of 127.0.0.1; throws std::runtime_error
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  int port() const { return port_; }

  void delay(std::chrono::milliseconds each_block);
  void throttle(std::uint64_t bytes_per_second);  // of each connection and direction; 0: as fast as it goes
  // Ends one connection: that which carries the byte number `bytes` of the direction, counted from now over
  // all connections. What comes before that byte is forwarded.
  void cut_after(Direction direction, std::uint64_t bytes, End how = End::close);
  // Ends the connection that is about to carry a block with this text to the server, when `skip` of them have
  // passed.
  void cut_before(std::string text, unsigned skip = 0, End how = End::reset);
  bool cut_is_due() const;  // the cut has not happened yet
  void end_all(End how);    // the connections there are
  void freeze();            // nothing is forwarded any more, and nothing is closed
  // By itself, when so many more bytes of the direction have passed, over all connections: who waits for
  // is_frozen() finds the program halted at that place, however late he looks.
  void freeze_after(Direction direction, std::uint64_t bytes);
  bool is_frozen() const;
  void thaw();
  // From now on, until `is_hit` is empty. Requires: the connections there are carry no message at the moment, and
  // are not encrypted.
  void lose_rows(RowLoss loss);
  std::uint64_t rows_lost() const;
  void refuse();  // new connections are refused
  void accept();  // and taken again, on the same port

  std::uint64_t bytes(Direction direction) const;  // forwarded so far
  // How often the line has turned round: a block to the server that came after one to the client.
  std::uint64_t turns() const;
  unsigned accepted() const { return accepted_; }  // connections so far

 private:
  struct Connection;
  struct Cut {
    std::uint64_t bytes;
    End how;
  };
  struct TextCut {
    std::string text;
    unsigned skip;
    End how;
  };
  void listen();
  void accept_connections(int stop);
  void pump(Connection& connection, Direction direction);
  bool wait_for_turn(const Connection& connection, std::size_t bytes);
  std::string filtered(Connection& connection, Direction direction, std::string_view block);
  std::size_t allowance(Direction direction, std::string_view block, std::optional<End>& how);
  void end(Connection& connection, End how);
  void leave(Connection& connection);

  const int server_port_;
  int port_ = 0;
  int listener_ = -1;
  int stop_accepting_ = -1;  // an eventfd while the acceptor runs
  std::thread acceptor_;
  std::atomic<unsigned> accepted_{0};

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_:
  std::list<std::unique_ptr<Connection>> connections_;
  std::chrono::milliseconds delay_{0};
  std::uint64_t rate_ = 0;
  bool frozen_ = false;
  std::array<std::optional<std::uint64_t>, 2> freeze_at_;  // of forwarded_
  std::array<std::optional<Cut>, 2> cuts_;
  std::optional<TextCut> text_cut_;
  RowLoss row_loss_;
  std::uint64_t rows_lost_ = 0;
  std::array<std::uint64_t, 2> forwarded_{};
  Direction last_ = to_client;
  std::uint64_t turns_ = 0;
};

}  // namespace firmquery::test
