// Names as the catalog writes them, qualified and quoted where they need it, in the spelling of the server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace firmquery {

// bench."firm.old": bench and firm.old. Never empty.
std::vector<std::string> name_parts(std::string_view qualified);

// The last of them: the name of the table itself.
std::string bare_name(std::string_view qualified);

}  // namespace firmquery
