#include "decimal_code.hpp"
#include "digit_text.hpp"
#include "firmquery/core/id_set.hpp"

namespace firmquery {

void append_packed(IdType type, std::uint64_t packed, std::string& out) {
  char buffer[kIntegerTextRoom];
  const std::size_t size = type == IdType::integer ? write_integer(static_cast<std::int64_t>(packed), buffer)
                                                   : decode_decimal(packed, buffer);
  out.append(buffer, size);
}

}  // namespace firmquery
