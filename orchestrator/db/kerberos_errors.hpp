// What the Kerberos library's codes mean to the person who reads them. Private to db.
#pragma once

#include <krb5.h>

#include <string>

#include "firmquery/core/error.hpp"

namespace firmquery {

inline constexpr const char* kKerberosPlace = "Kerberos";

// What was being done; empty where it does not apply.
struct KerberosSubject {
  std::string principal = {}, realm = {}, keytab = {}, key_versions = {}, cache = {}, spn = {};
};

// `context` may be null, as it is when it could not be made.
Error kerberos_error(krb5_context context, krb5_error_code code, const KerberosSubject& subject);

}  // namespace firmquery
