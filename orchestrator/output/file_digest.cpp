#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <vector>

#include "firmquery/output/files.hpp"
#include "posix_file.hpp"
#include "sha256.hpp"

namespace firmquery {

void Sha256::Free::operator()(evp_md_ctx_st* context) const {
  EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  good_ = context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1;
}

void Sha256::update(std::string_view bytes) {
  good_ = good_ && EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1;
}

Result<std::string> Sha256::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  good_ = good_ && EVP_DigestFinal_ex(context_.get(), hash.data(), &size) == 1;
  if (!good_) {
    return fail(ErrorKind::usage, "OpenSSL cannot compute SHA-256", "libcrypto",
                "check its configuration (OPENSSL_CONF)");
  }
  good_ = false;
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", hash[i]);
  return hex;
}

Result<std::uint64_t> digest_into(Sha256& sha256, const std::filesystem::path& path,
                                  const std::stop_token& stop) {
  std::vector<char> block(1u << 20);
  FQ_TRY_ASSIGN(const Descriptor file, open_regular(path, O_RDONLY, "open"));
  ::posix_fadvise(file.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  for (std::uint64_t bytes = 0;;) {
    if (stop.stop_requested()) return fail(ErrorKind::interrupted, "interrupted");
    FQ_TRY_ASSIGN(const std::size_t got, read_some(file.get(), block.data(), block.size(), path));
    if (got == 0) return bytes;
    sha256.update({block.data(), got});
    bytes += got;
  }
}

Result<FileDigest> digest_file(const std::filesystem::path& path, const std::stop_token& stop) {
  Sha256 sha256;
  FileDigest digest;
  FQ_TRY_ASSIGN(digest.bytes, digest_into(sha256, path, stop));
  FQ_TRY_ASSIGN(digest.sha256, sha256.finish());
  return digest;
}

namespace {

Result<std::string> read_all(const Descriptor& file, const std::filesystem::path& path,
                             std::uint64_t bytes_max) {
  std::vector<char> block(64u << 10);
  std::string text;
  for (;;) {
    FQ_TRY_ASSIGN(const std::size_t got, read_some(file.get(), block.data(), block.size(), path));
    if (got == 0) return text;
    if (text.size() + got > bytes_max) {
      return fail(ErrorKind::usage, fmt::format("the file is larger than {} bytes", bytes_max), path.string(),
                  "check that this is the right file");
    }
    text.append(block.data(), got);
  }
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t bytes_max) {
  FQ_TRY_ASSIGN(const Descriptor file, open_descriptor(path, O_RDONLY, "open"));
  return read_all(file, path, bytes_max);
}

Result<std::string> read_regular_file(const std::filesystem::path& path, std::uint64_t bytes_max) {
  FQ_TRY_ASSIGN(const Descriptor file, open_regular(path, O_RDONLY, "open"));
  return read_all(file, path, bytes_max);
}

}  // namespace firmquery
