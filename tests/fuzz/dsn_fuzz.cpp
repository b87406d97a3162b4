// Connection strings: any text. A password that libpq would use is in no message and no redacted form.
#include "fuzz/fuzz.hpp"
#include "orchestrator/db/connect.hpp"

namespace {

constexpr std::string_view kSecret = "pw7Xq93z";

// The secret as it may stand percent-encoded or escaped: its tail is enough to give it away.
bool shows_secret(std::string_view text) {
  return text.find(kSecret) != std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace firmquery;
  fuzz::Input input(data, size);
  std::string dsn;
  // ~ stands for the secret, so that the fuzzer can move it about.
  for (const char c : input.rest()) {
    if (c == '~') {
      dsn += kSecret;
    } else {
      dsn += c;
    }
  }
  const std::string redacted = redact_dsn(dsn);
  const auto parsed = parse_dsn(dsn);
  if (!parsed) {
    fuzz::require(parsed.error().kind == ErrorKind::usage, "a bad string is one of usage");
    // What cannot be parsed may be a password anywhere.
    fuzz::require(!shows_secret(parsed.error().to_string()), "no secret in an error");
    fuzz::require(!shows_secret(redacted), "no secret of a bad string");
    return 0;
  }
  for (const auto& [keyword, value] : *parsed) {
    if (keyword != "password" && shows_secret(value)) return 0;  // it is no secret there
  }
  fuzz::require(!shows_secret(redacted), "no secret in the redacted form");
  fuzz::require(!shows_secret(dsn_without_secrets(dsn)), "no secret in the form that is kept");
  return 0;
}
