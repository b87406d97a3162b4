// The text decoder and the input sniffer: any bytes. Blocks do not matter, UTF-8 passes unchanged, and what
// is shown to a person is text.
#include <algorithm>
#include <random>

#include "fuzz/fuzz.hpp"
#include "orchestrator/core/input_sniffer.hpp"
#include "orchestrator/core/text_decoder.hpp"

namespace firmquery::fuzz {
namespace {

// RFC 3629, table of section 4, byte by byte.
bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto at = [&](std::size_t n) {
      return i + n < text.size() ? static_cast<unsigned char>(text[i + n]) : 0U;
    };
    const auto tail = [&](std::size_t n) { return (at(n) & 0xC0U) == 0x80U; };
    const unsigned c = at(0);
    if (c < 0x80) {
      i += 1;
    } else if (c >= 0xC2 && c <= 0xDF && tail(1)) {
      i += 2;
    } else if (c >= 0xE0 && c <= 0xEF && tail(1) && tail(2) && (c != 0xE0 || at(1) >= 0xA0) &&
               (c != 0xED || at(1) < 0xA0)) {
      i += 3;
    } else if (c >= 0xF0 && c <= 0xF4 && tail(1) && tail(2) && tail(3) && (c != 0xF0 || at(1) >= 0x90) &&
               (c != 0xF4 || at(1) < 0x90)) {
      i += 4;
    } else {
      return false;
    }
  }
  return true;
}

struct Decoded {
  std::string text;
  InputEncoding encoding;
  friend bool operator==(const Decoded&, const Decoded&) = default;
};

Decoded decode(const std::string& bytes, InputEncoding encoding, unsigned seed, std::size_t block_max) {
  std::minstd_rand random(seed + 1);
  TextDecoder decoder(encoding);
  Decoded decoded;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t size = std::min<std::size_t>(bytes.size() - at, random() % block_max);
    const std::string block = bytes.substr(at, size);
    decoded.text += decoder.decode(block);
    at += size;
    if (size == 0) decoded.text += decoder.decode({});
  }
  decoded.text += decoder.finish();
  decoded.encoding = decoder.encoding();
  return decoded;
}

void check_decoder(const std::string& bytes, InputEncoding wanted, unsigned seed) {
  const EncodingGuess guess = guess_encoding(bytes, wanted);
  require(guess.bom_bytes <= bytes.size() && guess.bom_bytes <= 3, "byte order mark");
  TextDecoder decoder(guess.encoding);
  Decoded whole{std::string(decoder.decode(bytes)), {}};
  whole.text += decoder.finish();
  whole.encoding = decoder.encoding();
  require(decode(bytes, guess.encoding, seed, 9) == whole, "small blocks");
  require(decode(bytes, guess.encoding, seed, 2) == whole, "single bytes");
  const bool keeps = guess.encoding == InputEncoding::automatic || guess.encoding == InputEncoding::utf8;
  if (keeps && is_utf8(bytes)) require(whole.text == bytes, "UTF-8 passes unchanged");
  if (wanted == InputEncoding::windows1252) require(whole.text.size() >= bytes.size(), "nothing is dropped");
}

void check_shown(const std::string& bytes) {
  require(is_valid_utf8(bytes) == is_utf8(bytes), "valid UTF-8");
  std::string shown;
  append_readable(shown, bytes, 100);
  require(is_utf8(shown), "what is shown is text");
}

void check_sniffer(const std::string& sample, unsigned flags) {
  CleanOptions options;
  if ((flags & 1U) != 0) options.key_name = "firm_id";
  if ((flags & 2U) != 0) options.comment = "#";
  if ((flags & 4U) != 0) options.column = "2";
  const auto plan = plan_input(sample, (flags & 8U) != 0, options);
  if (!plan) {
    require(plan.error().kind == ErrorKind::usage && !plan.error().remedy.empty(), "an error has a remedy");
    return;
  }
  require(plan->format != InputFormat::automatic, "a format was chosen");
  const bool table = plan->format == InputFormat::csv || plan->format == InputFormat::tsv;
  require((plan->delimiter != 0) == table, "tables have a delimiter");
  require(plan->list.offset <= sample.size(), "the list starts within the sample");
}

}  // namespace
}  // namespace firmquery::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace firmquery;
  constexpr InputEncoding kEncodings[] = {InputEncoding::automatic, InputEncoding::utf8,
                                          InputEncoding::utf16le, InputEncoding::utf16be,
                                          InputEncoding::windows1252};
  fuzz::Input input(data, size);
  const InputEncoding encoding = input.pick(kEncodings);
  const unsigned seed = input.byte();
  const std::string text = input.rest();
  fuzz::check_decoder(text, encoding, seed);
  fuzz::check_shown(text);
  fuzz::check_sniffer(text, seed);
  return 0;
}
