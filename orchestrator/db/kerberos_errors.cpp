#include "kerberos_errors.hpp"

#include <fmt/args.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

namespace firmquery {
namespace {

struct Explanation {
  krb5_error_code code;
  ErrorKind kind;
  std::string_view message;  // {principal}, {realm}, {keytab}, {versions}, {cache}, {spn}
  std::string_view remedy;
};

constexpr ErrorKind kPermission = ErrorKind::permission;
constexpr std::string_view kOtherKeys =
    "the KDC does not accept the keys of {principal} in the keytab {keytab} (key version {versions}): the "
    "password or the keys have been changed since it was written, or it is of another realm";
constexpr std::string_view kNewKeytab =
    "write the keytab again from the KDC (MIT: kadmin ktadd; Active Directory: ktpass or msktutil), and "
    "compare "
    "klist -k with kvno {principal}";
constexpr std::string_view kSkew = "the clocks of this machine and of the KDC are too far apart";
constexpr std::string_view kSynchronise =
    "synchronise this machine's clock (chrony, NTP): Kerberos allows five minutes";
constexpr std::string_view kGetTicket =
    "get one with kinit, or name a keytab (kerberos.keytab) from which the program gets it by itself";
constexpr std::string_view kNoTicket = "there is no Kerberos ticket in {cache}";
constexpr std::string_view kConfiguration = "the Kerberos configuration cannot be used";
constexpr std::string_view kCheckConfiguration =
    "check krb5.conf (kerberos.krb5_conf, KRB5_CONFIG), its default_realm and [realms]";

constexpr std::array kExplanations = {
    Explanation{KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, kPermission, "the KDC of {realm} does not know {principal}",
                "check the name and the realm of kerberos.principal, or have the principal created"},
    Explanation{KRB5KDC_ERR_PREAUTH_FAILED, kPermission, kOtherKeys, kNewKeytab},
    Explanation{KRB5KRB_AP_ERR_BAD_INTEGRITY, kPermission, kOtherKeys, kNewKeytab},
    Explanation{KRB5_KT_KVNONOTFOUND, kPermission, kOtherKeys, kNewKeytab},
    Explanation{KRB5_KT_NOTFOUND, kPermission,
                "the keytab {keytab} has no key of {principal} that this machine can use",
                "see klist -k {keytab}; name one of its principals, or add this one to it"},
    Explanation{KRB5_KEYTAB_BADVNO, kPermission, "{keytab} is no keytab",
                "name the file that ktadd has written"},
    Explanation{ENOENT, kPermission, "the keytab {keytab} does not exist",
                "check the path of kerberos.keytab"},
    Explanation{EACCES, kPermission, "the keytab {keytab} cannot be read",
                "make it readable for the user that runs this, and for nobody else (chown, chmod 600)"},
    Explanation{
        KRB5_KDC_UNREACH, ErrorKind::transient, "no KDC of the realm {realm} answers",
        "check the network, the firewall (port 88, TCP and UDP) and kdc = ... of the realm in krb5.conf"},
    Explanation{KRB5_REALM_CANT_RESOLVE, ErrorKind::transient,
                "the names of the KDCs of the realm {realm} cannot be resolved",
                "check the DNS and kdc = ... of the realm in krb5.conf"},
    Explanation{KRB5_REALM_UNKNOWN, kPermission, "no KDC is known for the realm {realm}",
                "add the realm with kdc = ... to [realms] of krb5.conf, or check its spelling"},
    Explanation{KRB5KRB_AP_ERR_SKEW, kPermission, kSkew, kSynchronise},
    Explanation{KRB5_KDCREP_SKEW, kPermission, kSkew, kSynchronise},
    Explanation{KRB5KRB_AP_ERR_TKT_NYV, kPermission, kSkew, kSynchronise},
    Explanation{KRB5KRB_AP_ERR_TKT_EXPIRED, kPermission, "the Kerberos ticket of {principal} has expired",
                kGetTicket},
    Explanation{
        KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, kPermission, "the KDC does not know the service principal {spn}",
        "connect by the host name that the service principal has, set kerberos.spn to it (service/host), "
        "or have it created for this name; every name of the server needs one, load balancers too"},
    Explanation{KRB5KDC_ERR_CLIENT_REVOKED, kPermission, "{principal} is disabled or locked in the KDC",
                "have the account enabled or unlocked"},
    Explanation{KRB5KDC_ERR_NAME_EXP, kPermission, "{principal} has expired in the KDC",
                "have the account extended"},
    Explanation{KRB5KDC_ERR_KEY_EXP, kPermission, "the password of {principal} has expired",
                "change it (kpasswd), and write the keytab again"},
    Explanation{KRB5KDC_ERR_POLICY, kPermission, "the KDC's policy refuses this ticket to {principal}",
                "ask who runs the KDC; its log has the reason"},
    Explanation{KRB5KDC_ERR_ETYPE_NOSUPP, kPermission, "the KDC and this machine share no encryption type",
                "add AES keys to the principal and the keytab; see permitted_enctypes in krb5.conf"},
    Explanation{KRB5KDC_ERR_BADOPTION, kPermission, "the KDC does not renew the ticket of {principal}",
                kGetTicket},
    Explanation{KRB5_FCC_NOFILE, kPermission, kNoTicket, kGetTicket},
    Explanation{KRB5_CC_NOTFOUND, kPermission, kNoTicket, kGetTicket},
    Explanation{KRB5_FCC_PERM, kPermission, "the ticket cache {cache} cannot be read",
                "run as its owner, or name another one (kerberos.ticket_cache, KRB5CCNAME)"},
    Explanation{KRB5_CC_FORMAT, kPermission, "{cache} is no ticket cache", "remove it and run kinit"},
    Explanation{KRB5_CCACHE_BADVNO, kPermission, "{cache} is no ticket cache", "remove it and run kinit"},
    Explanation{KRB5_CC_BADNAME, ErrorKind::usage, "{cache} is no name of a ticket cache",
                "write FILE:/path, KEYRING:name, KCM: or a path"},
    Explanation{KRB5_CC_UNKNOWN_TYPE, ErrorKind::usage,
                "{cache}: this machine knows no such type of ticket cache",
                "write FILE:/path, KEYRING:name, KCM: or a path"},
    Explanation{KRB5_CONFIG_NODEFREALM, ErrorKind::usage, "krb5.conf has no default_realm",
                "write the principal with its realm (alice@REALM), or set default_realm"},
    Explanation{KRB5_PARSE_MALFORMED, ErrorKind::usage, "\"{principal}\" is no name of a principal",
                "write name@REALM"},
    Explanation{KRB5_CONFIG_BADFORMAT, ErrorKind::usage, kConfiguration, kCheckConfiguration},
    Explanation{KRB5_CONFIG_CANTOPEN, ErrorKind::usage, kConfiguration, kCheckConfiguration},
};

std::string filled(std::string_view text, const KerberosSubject& subject) {
  return fmt::format(fmt::runtime(text), fmt::arg("principal", subject.principal),
                     fmt::arg("realm", subject.realm), fmt::arg("keytab", subject.keytab),
                     fmt::arg("versions", subject.key_versions), fmt::arg("cache", subject.cache),
                     fmt::arg("spn", subject.spn));
}

std::string words_of(krb5_context context, krb5_error_code code) {
  const char* text = krb5_get_error_message(context, code);
  std::string words = text != nullptr ? text : "";
  krb5_free_error_message(context, text);
  return words;
}

}  // namespace

Error kerberos_error(krb5_context context, krb5_error_code code, const KerberosSubject& subject) {
  const std::string words = words_of(context, code);
  const auto* known = std::find_if(kExplanations.begin(), kExplanations.end(),
                                   [&](const Explanation& row) { return row.code == code; });
  // Of a file that is no keytab the library speaks in the words of the system.
  if (known == kExplanations.end()) {
    return {kPermission,
            words,
            kKerberosPlace,
            "see klist, and krb5.conf; KRB5_TRACE=/dev/stderr shows each step",
            {}};
  }
  return {known->kind,
          fmt::format("{} ({})", filled(known->message, subject), words),
          kKerberosPlace,
          filled(known->remedy, subject),
          {}};
}

}  // namespace firmquery
