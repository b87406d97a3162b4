// Check digits at the end of a number, by the schemes that IDs of firms and things have. Pure functions. Private to
// core.
//
//   luhn   ISO 7812: cards, SIREN and SIRET, IMEI
//   ean    GS1 modulo 10: EAN-8, EAN-13, GTIN, SSCC
//   mod11  weights 2, 3, 4, ... from the right modulo 11 with X for ten: ISBN-10 and many national numbers
//   mod97  ISO 7064 modulo 97-10, two digits: LEI and IBAN of digits
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace firmquery {

enum class CheckScheme : std::uint8_t { luhn, ean, mod11, mod97 };
inline constexpr std::array kCheckSchemes = {CheckScheme::luhn, CheckScheme::ean, CheckScheme::mod11,
                                             CheckScheme::mod97};

std::string_view to_string(CheckScheme scheme);   // "luhn", "ean", "mod11", "mod97"
std::size_t check_digits_of(CheckScheme scheme);  // how many it has
// The share of random numbers that have the right one.
double check_chance(CheckScheme scheme);

// What belongs behind `digits`; empty where they are no ASCII digits or none.
std::string check_digits(std::string_view digits, CheckScheme scheme);
// Whether the ID ends in what belongs there.
bool verifies(std::string_view id, CheckScheme scheme);

}  // namespace firmquery
