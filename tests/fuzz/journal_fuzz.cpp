// The journal as `resume` reads it: any text, such as a crash or a person may leave. What is read is within
// bounds, and a torn end changes nothing of what stands before it.
#include "firmquery/output/journal.hpp"
#include "fuzz/fuzz.hpp"

namespace firmquery::fuzz {
namespace {

void check_state(const JournalState& state) {
  if (state.list || state.all_read || !state.readings.empty()) {
    require(!state.job.run_id.empty(), "the job comes first");
  }
  require(state.units.empty() || state.list.has_value(), "ranges come after the list");
  if (!state.list) return;
  std::uint64_t end = 0;
  for (const Slice share : state.list->shares) {
    require(share.begin >= end && share.end >= share.begin && share.end <= state.list->ids,
            "shares partition the list");
    end = share.end;
  }
  for (const JournalUnit& unit : state.units) {
    require(unit.share < state.list->shares.size(), "a range belongs to a share");
    const Slice share = state.list->shares[unit.share];
    require(unit.slice.begin >= share.begin && unit.slice.end <= share.end && !unit.slice.empty(),
            "a range is within its share");
  }
}

}  // namespace
}  // namespace firmquery::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace firmquery;
  fuzz::Input input(data, size);
  const unsigned cut = input.byte();
  const std::string text = input.rest();
  const auto state = parse_journal(text, "journal.jsonl");
  if (!state) {
    fuzz::require(
        state.error().kind == ErrorKind::integrity && state.error().place.starts_with("journal.jsonl:"),
        "an error names the line");
    return 0;
  }
  fuzz::check_state(*state);
  // Any cut of a good journal is a good journal with a torn end.
  const auto torn = parse_journal(text.substr(0, text.size() * cut / 256), "journal.jsonl");
  fuzz::require(torn.has_value() && torn->units.size() <= state->units.size(), "a torn end is no line");
  return 0;
}
