// report.json as `verify` and `diff` read it: any text. What is read is written and read back the same.
#include "firmquery/core/report.hpp"
#include "fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace firmquery;
  const std::string text = fuzz::Input(data, size).rest();
  const auto report = report_from_json(text, "report.json");
  if (!report) {
    fuzz::require(report.error().place == "report.json" && !report.error().remedy.empty(),
                  "an error says what to do");
    return 0;
  }
  static_cast<void>(check_proof(*report));
  const std::string written = to_json(*report);
  const auto again = report_from_json(written, "report.json");
  fuzz::require(again.has_value(), "what was written is read");
  fuzz::require(to_json(*again) == written, "and is the same");
  return 0;
}
