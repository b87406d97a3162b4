// What a person can do about an error of the server. Private to db.
#pragma once

#include <string>
#include <string_view>

namespace firmquery {

// Empty when there is nothing to add to the server's own words. `user` is the role to grant to.
std::string remedy_for(std::string_view sqlstate, std::string_view message, std::string_view user);

}  // namespace firmquery
