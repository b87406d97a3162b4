#include "support/row_loss.hpp"

#include <charconv>

namespace firmquery::test {
namespace {

std::uint32_t number(std::string_view bytes, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

// Takes the first message with its type off the front; empty when it has not come whole.
std::string take_message(std::string& bytes, std::size_t type_size) {
  if (bytes.size() < type_size + 4) return {};
  const std::size_t size = type_size + number(std::string_view(bytes).substr(type_size), 4);
  if (bytes.size() < size) return {};
  std::string message = bytes.substr(0, size);
  bytes.erase(0, size);
  return message;
}

// Of a row as CSV, or as a DataRow.
std::string_view first_column(char type, std::string_view body) {
  if (type == 'd') return body.substr(0, body.find_first_of(",\n"));
  const std::uint32_t size = number(body.substr(2), 4);
  return size == 0xffffffff ? std::string_view() : body.substr(6, size);
}

// "COPY 57" or "SELECT 57" with fewer rows, as a message.
std::string with_fewer_rows(std::string_view body, std::uint64_t lost) {
  std::string tag(body.substr(0, body.find('\0')));
  const std::size_t at = tag.rfind(' ') + 1;
  std::uint64_t rows = 0;
  std::from_chars(tag.data() + at, tag.data() + tag.size(), rows);
  tag = tag.substr(0, at) + std::to_string(rows - lost);
  std::string message = "C";
  const std::uint32_t size = static_cast<std::uint32_t>(tag.size()) + 5;
  for (int shift = 24; shift >= 0; shift -= 8) message += static_cast<char>(size >> shift & 0xff);
  return message + tag + '\0';
}

}  // namespace

void RowFilter::client_sends(std::string_view bytes, const RowLoss& loss) {
  from_client_ += bytes;
  for (;;) {
    const std::string message = take_message(from_client_, started_ ? 1 : 0);
    if (message.empty()) return;
    if (!started_) {
      started_ = true;
    } else if (message[0] == 'Q') {
      hits_.push_back(loss.is_hit(message));
    } else if (message[0] == 'P') {
      parsed_hit_ = loss.is_hit(message);
    } else if (message[0] == 'B') {
      bound_hit_ = parsed_hit_;
    } else if (message[0] == 'S') {
      hits_.push_back(bound_hit_);
      bound_hit_ = false;
    }
  }
}

std::string RowFilter::server_sends(std::string_view bytes, const RowLoss& loss, std::uint64_t& lost) {
  from_server_ += bytes;
  std::string passed;
  for (;;) {
    const std::string message = take_message(from_server_, 1);
    if (message.empty()) return passed;
    const char type = message[0];
    const std::string_view body = std::string_view(message).substr(5);
    const bool is_row = type == 'D' || type == 'd';
    if (!hits_.empty() && hits_.front() && is_row && loss.is_lost(first_column(type, body))) {
      ++lost_;
      ++lost;
      continue;
    }
    passed += type == 'C' && lost_ > 0 ? with_fewer_rows(body, lost_) : message;
    if (type == 'C') lost_ = 0;
    if (type == 'Z' && !hits_.empty()) hits_.pop_front();
  }
}

}  // namespace firmquery::test
