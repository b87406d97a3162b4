// A key as a server writes it in a result, and the ID that it is. Everything that holds rows against a list or a
// report (reconciliation, resume, verify, keep) reads keys here and nowhere else.
//
// The row answered to an ID, so what counts is the value, however it is written:
//   int, numeric   CockroachDB writes 0E-8, 1E-7 and 1.2345E+7, a numeric(12,2) column 7.00 for 7
//   uuid           any of its forms
//   text           the bytes between the outer white space, which char(n) pads
//
// Pure; thread-safe. Nothing passes through a floating-point number.
#pragma once

#include <string>
#include <string_view>

#include "firmquery/core/id_type.hpp"

namespace firmquery {

// False: no ID of the type is written so (NaN, 7.5 for an int); `canonical` is then unspecified.
bool read_key(std::string_view key, IdType type, std::string& canonical);

// "-1.25E-3" as "-0.00125": the same value without an exponent, zeros kept. False, and `plain` unspecified, for
// text that is no number with an exponent, and for one longer than any server's numeric.
bool write_out_exponent(std::string_view number, std::string& plain);

}  // namespace firmquery
