#include "support/scripted_server.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <stdexcept>

#include "support/loopback.hpp"

namespace firmquery::test {
namespace {

std::string big_endian(std::uint32_t value, unsigned bytes) {
  std::string out;
  for (unsigned i = bytes; i-- > 0;) out += static_cast<char>(value >> (8 * i) & 0xFFU);
  return out;
}
std::uint32_t number_at(std::string_view bytes) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) value = value << 8U | static_cast<unsigned char>(bytes[i]);
  return value;
}
std::string zero_ended(std::string_view text) {
  return std::string(text) + '\0';
}
std::string message(char type, const std::string& body) {
  return type + big_endian(static_cast<std::uint32_t>(body.size() + 4), 4) + body;
}

std::string description(const std::vector<ScriptedColumn>& columns) {
  std::string body = big_endian(static_cast<std::uint32_t>(columns.size()), 2);
  for (const ScriptedColumn& column : columns) {
    body += zero_ended(column.name) + big_endian(column.table, 4) + big_endian(column.number, 2) +
            big_endian(column.type, 4) + big_endian(0xFFFF, 2) + big_endian(0xFFFFFFFF, 4) + big_endian(0, 2);
  }
  return message('T', body);
}
std::string data_row(const std::vector<std::string>& cells) {
  std::string body = big_endian(static_cast<std::uint32_t>(cells.size()), 2);
  for (const std::string& cell : cells) body += big_endian(static_cast<std::uint32_t>(cell.size()), 4) + cell;
  return message('D', body);
}

bool begins(const std::string& sql, std::string_view word) {
  return sql.size() >= word.size() && std::equal(word.begin(), word.end(), sql.begin(), [](char a, char b) {
           return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b);
         });
}

}  // namespace

ScriptedAnswer done(std::string tag) {
  return {ScriptedAnswer::Kind::command, std::move(tag), {}, {}, {}};
}
ScriptedAnswer refused(std::string sqlstate, std::string message) {
  return {ScriptedAnswer::Kind::error, std::move(message), std::move(sqlstate), {}, {}};
}
ScriptedAnswer rows_of(std::vector<ScriptedColumn> columns, std::vector<std::vector<std::string>> rows) {
  return {ScriptedAnswer::Kind::rows,
          "SELECT " + std::to_string(rows.size()),
          {},
          std::move(columns),
          std::move(rows)};
}
ScriptedAnswer value_of(std::string value) {
  return rows_of({{"value"}}, {{std::move(value)}});
}
ScriptedAnswer takes_copy() {
  return {ScriptedAnswer::Kind::copy_in, {}, {}, {}, {}};
}
ScriptedAnswer gives_copy(std::string bytes) {
  return {ScriptedAnswer::Kind::copy_out, std::move(bytes), {}, {}, {}};
}

class ScriptedServer::Connection {
 public:
  Connection(ScriptedServer& server, int socket) : server_(server), socket_(socket) {}

  void serve() {
    if (!greet()) return;
    std::string body;
    for (char type = 0; receive(type, body) && type != 'X';) take(type, body);
  }

 private:
  bool read(std::string& bytes, std::size_t size) {
    bytes.resize(size);
    return size == 0 || ::recv(socket_, bytes.data(), size, MSG_WAITALL) == static_cast<ssize_t>(size);
  }
  bool receive(char& type, std::string& body) {
    std::string head;
    if (!read(head, 5)) return false;
    type = head[0];
    return read(body, number_at(std::string_view(head).substr(1)) - 4);
  }
  void send(const std::string& bytes) const {
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t sent = ::send(socket_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      if (sent <= 0) return;
      at += static_cast<std::size_t>(sent);
    }
  }
  void ready() const { send(message('Z', std::string(1, state_))); }

  // Up to the first "ready"; false for what is no session.
  bool greet() {
    constexpr std::uint32_t tls = 80877103, gss = 80877104, version_3 = 196608;
    std::string head, body;
    while (read(head, 8)) {
      const std::uint32_t code = number_at(std::string_view(head).substr(4));
      if (!read(body, number_at(head) - 8)) return false;
      if (code == tls || code == gss) {
        send("N");
        continue;
      }
      if (code != version_3) return false;
      send(message('R', big_endian(0, 4)));
      for (const auto& [name, value] : server_.parameters_)
        send(message('S', zero_ended(name) + zero_ended(value)));
      send(message('K', big_endian(1, 4) + big_endian(1, 4)));
      ready();
      return true;
    }
    return false;
  }

  void take(char type, const std::string& body) {
    if (type == 'S') {
      skipping_ = false;
      return ready();
    }
    if (skipping_) return;
    if (type == 'Q') {
      give(server_.answer(sql_ = body.c_str()), true);
      ready();
    } else if (type == 'P') {
      sql_ = body.c_str() + std::strlen(body.c_str()) + 1;
      answer_ = server_.answer(sql_);
      if (answer_.kind == ScriptedAnswer::Kind::error) return give(answer_, false);
      send(message('1', ""));
    } else if (type == 'B') {
      send(message('2', ""));
    } else if (type == 'D') {
      if (body[0] == 'S') send(message('t', big_endian(0, 2)));
      send(answer_.kind == ScriptedAnswer::Kind::rows ? description(answer_.columns) : message('n', ""));
    } else if (type == 'E') {
      give(answer_, false);
    }
  }

  void give(const ScriptedAnswer& answer, bool described) {
    switch (answer.kind) {
      case ScriptedAnswer::Kind::error:
        skipping_ = !described;
        if (state_ == 'T') state_ = begins(sql_, "commit") ? 'I' : 'E';
        return send(message('E', "SERROR" + std::string(1, '\0') + "C" + zero_ended(answer.sqlstate) + "M" +
                                     zero_ended(answer.text) + '\0'));
      case ScriptedAnswer::Kind::rows:
        if (described) send(description(answer.columns));
        for (const auto& row : answer.rows) send(data_row(row));
        break;
      case ScriptedAnswer::Kind::copy_in:
        return take_copy();
      case ScriptedAnswer::Kind::copy_out:
        send(message('H', big_endian(0, 3)));
        for (std::size_t at = 0; at < answer.text.size();) {
          const std::size_t end = answer.text.find('\n', at) + 1;
          send(message('d', answer.text.substr(at, end - at)));
          at = end;
        }
        send(message('c', ""));
        return send(message('C', zero_ended("COPY " + std::to_string(std::count(answer.text.begin(),
                                                                                answer.text.end(), '\n')))));
      case ScriptedAnswer::Kind::command:
        break;
    }
    if (begins(sql_, "begin")) state_ = 'T';
    if (begins(sql_, "commit") || begins(sql_, "rollback")) state_ = 'I';
    send(message('C', zero_ended(answer.text)));
  }

  void take_copy() {
    send(message('G', big_endian(0, 3)));
    std::string all, body;
    char type = 0;
    while (receive(type, body) && type == 'd') all += body;
    if (type != 'c') return give(refused("57014", "COPY was given up"), true);
    {
      const std::lock_guard lock(server_.mutex_);
      server_.copied_ += all;
    }
    send(message('C', zero_ended("COPY " + std::to_string(std::count(all.begin(), all.end(), '\n')))));
  }

  ScriptedServer& server_;
  const int socket_;
  char state_ = 'I';
  bool skipping_ = false;  // to the end of the messages that belong together, after an error
  std::string sql_;
  ScriptedAnswer answer_;
};

ScriptedServer::ScriptedServer(std::map<std::string, std::string> parameters, Script script)
    : parameters_(std::move(parameters)), script_(std::move(script)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, generic, &size) != 0) {
    throw std::runtime_error("the scripted server cannot listen");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept(); });
}

ScriptedServer::~ScriptedServer() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
  ::close(listener_);
}

void ScriptedServer::accept() {
  while (true) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    {
      const std::lock_guard lock(mutex_);
      sockets_.push_back(socket);
    }
    const int at_once = 1;  // answers are several small messages
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    threads_.emplace_back([this, socket] {
      Connection(*this, socket).serve();
      const std::lock_guard lock(mutex_);
      sockets_.remove(socket);
      ::close(socket);
    });
  }
}

ScriptedAnswer ScriptedServer::answer(const std::string& sql) {
  const std::lock_guard lock(mutex_);
  statements_.push_back(sql);
  return script_(sql);
}

std::string ScriptedServer::dsn() const {
  return "host=127.0.0.1 port=" + std::to_string(port_) + " user=tester dbname=app sslmode=disable";
}

std::vector<std::string> ScriptedServer::statements() const {
  const std::lock_guard lock(mutex_);
  return statements_;
}

std::string ScriptedServer::copied() const {
  const std::lock_guard lock(mutex_);
  return copied_;
}

}  // namespace firmquery::test
