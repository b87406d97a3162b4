// Owners of the Kerberos library's handles. Private to db.
#pragma once

#include <krb5.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace firmquery {

// One handle that is freed with a context. The context must outlive it.
template <class Handle, auto release>
class Krb5Handle {
 public:
  explicit Krb5Handle(krb5_context context) : context_(context) {}
  Krb5Handle(Krb5Handle&& other) noexcept
      : context_(other.context_), handle_(std::exchange(other.handle_, nullptr)) {}
  Krb5Handle& operator=(Krb5Handle&& other) noexcept {
    std::swap(context_, other.context_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Krb5Handle() {
    if (handle_ != nullptr) release(context_, handle_);
  }
  Handle get() const { return handle_; }
  Handle* out() { return &handle_; }
  explicit operator bool() const { return handle_ != nullptr; }

 private:
  krb5_context context_;
  Handle handle_ = nullptr;
};

using Krb5Principal = Krb5Handle<krb5_principal, krb5_free_principal>;
using Krb5Cache = Krb5Handle<krb5_ccache, krb5_cc_close>;
using Krb5Keytab = Krb5Handle<krb5_keytab, krb5_kt_close>;
using Krb5InitOptions = Krb5Handle<krb5_get_init_creds_opt*, krb5_get_init_creds_opt_free>;
using Krb5Ticket = Krb5Handle<krb5_creds*, krb5_free_creds>;  // of krb5_get_credentials

// Credentials whose struct is ours and whose contents are the library's.
class Krb5Creds {
 public:
  explicit Krb5Creds(krb5_context context) : context_(context) {}
  Krb5Creds(const Krb5Creds&) = delete;
  Krb5Creds& operator=(const Krb5Creds&) = delete;
  ~Krb5Creds() { krb5_free_cred_contents(context_, &creds_); }
  krb5_creds& operator*() { return creds_; }
  krb5_creds* operator->() { return &creds_; }
  krb5_creds* get() { return &creds_; }

 private:
  krb5_context context_;
  krb5_creds creds_{};
};

// A time of the library: 32 bits that it takes as unsigned, which lasts until 2106.
inline std::chrono::sys_seconds krb5_time(krb5_timestamp time) {
  return std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::uint32_t>(time)));
}

inline std::string krb5_name(krb5_context context, krb5_const_principal principal) {
  char* text = nullptr;
  if (principal == nullptr || krb5_unparse_name(context, principal, &text) != 0) return {};
  std::string name(text);
  krb5_free_unparsed_name(context, text);
  return name;
}

}  // namespace firmquery
