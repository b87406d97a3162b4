// JSON strings without a JSON library's tree: of files with many rows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace firmquery {

// Appends the text in quotes, escaped as RFC 8259 asks for and no more. Requires UTF-8, or gives none.
void append_json_string(std::string& out, std::string_view text);

// Names for the members of one object: "a", "a", "a_2" -> "a", "a_3", "a_2".
std::vector<std::string> object_names(const std::vector<std::string>& columns);

// "\x01%" -> "%01%25": text for where JSON cannot hold the bytes. Printable ASCII but the percent sign stays.
std::string percent_encoded(std::string_view bytes);
// False: this is not what percent_encoded() gives.
bool from_percent_encoded(std::string_view text, std::string& bytes);

}  // namespace firmquery
