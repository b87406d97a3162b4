#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "firmquery/core/error.hpp"

struct evp_md_ctx_st;

namespace firmquery {

// SHA-256 over bytes that come in pieces. A failure inside OpenSSL shows in finish().
class Sha256 {
 public:
  Sha256();
  void update(std::string_view bytes);
  Result<std::string> finish();  // 64 lower-case hexadecimal digits; the object is used up

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
  bool good_ = false;
};

// The bytes of a regular file; returns their number. A stop request ends it with kind interrupted.
Result<std::uint64_t> digest_into(Sha256& sha256, const std::filesystem::path& path,
                                  const std::stop_token& stop);

}  // namespace firmquery
