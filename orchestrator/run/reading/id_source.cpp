#include "reading/id_source.hpp"

namespace firmquery {

std::string IdSource::array(Slice slice) const {
  const bool quoted = ids_->type() == IdType::text;
  return "{" +
         join(slice, [quoted](std::size_t, const std::string& id,
                              std::string& list) { list += quoted ? array_element(id) : id; }) +
         "}";
}

std::string array_text(const IdSet& ids, Slice slice) {
  return IdSource(ids).array(slice);
}

std::string array_element(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted += '"';
}

}  // namespace firmquery
