// A question to who sits at the terminal.
#pragma once

#include <stop_token>
#include <string>

#include "screen.hpp"

namespace firmquery::cli {

// Standard input and standard error are a terminal: somebody is there to answer.
bool can_ask();

// Whether the answer is y or yes. Anything else, an end of the input and a stop request are no.
bool answers_yes(const std::string& question, Screen& screen, const std::stop_token& stop);

}  // namespace firmquery::cli
