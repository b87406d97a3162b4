// The parts of report.html: each gives the HTML behind its heading, or nothing where there is nothing to say.
#pragma once

#include <string>

#include "html/page.hpp"

namespace firmquery::html {

std::string verdict(const Page& page);   // one line of text: the heading of the page
std::string subtitle(const Page& page);  // what run of what, and when
std::string trouble(const Page& page);   // the error, the thresholds, what to do

std::string totals_section(const Page& page);
std::string proof_section(const Page& page);
std::string recheck_section(const Page& page);
std::string warnings_section(const Page& page);

std::string history_section(const Page& page);
std::string missing_section(const Page& page);
std::string unresolved_section(const Page& page);
std::string rejected_section(const Page& page);
std::string duplicates_section(const Page& page);
std::string list_section(const Page& page);

std::string run_section(const Page& page);
std::string speed_section(const Page& page);
std::string retries_section(const Page& page);

std::string files_section(const Page& page);
std::string query_section(const Page& page);
std::string footer(const Page& page);

}  // namespace firmquery::html
