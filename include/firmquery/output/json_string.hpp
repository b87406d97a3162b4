// JSON strings without a JSON library's tree: of files with many rows.
#pragma once

#include <string>
#include <string_view>

namespace firmquery {

// Appends the text in quotes, escaped as RFC 8259 asks for and no more. Requires UTF-8, or gives none.
void append_json_string(std::string& out, std::string_view text);

// "\x01%" -> "%01%25": text for where JSON cannot hold the bytes. Printable ASCII but the percent sign stays.
std::string percent_encoded(std::string_view bytes);
// False: this is not what percent_encoded() gives.
bool from_percent_encoded(std::string_view text, std::string& bytes);

}  // namespace firmquery
