#include "preparing/early_list.hpp"

#include <chrono>
#include <system_error>
#include <utility>

#include "firmquery/output/exceptions.hpp"
#include "firmquery/run/query_facts.hpp"

namespace firmquery {
namespace {

// The built-in types that are what their number says, on both systems. Of others, domains and padded strings
// among them, the catalog has to tell.
std::optional<IdType> id_type_of(std::uint32_t type_oid) {
  switch (type_oid) {
    case 20:  // int8
    case 21:  // int2
    case 23:  // int4
      return IdType::integer;
    case 25:  // text
      return IdType::text;
    case 1700:
      return IdType::numeric;
    case 2950:
      return IdType::uuid;
    default:
      return std::nullopt;
  }
}

bool is_regular_file(const std::string& path) {
  std::error_code ignored;
  return path != "-" && query_of(path).empty() && std::filesystem::is_regular_file(path, ignored);
}

}  // namespace

Result<TimedInput> read_input_timed(const InputOptions& options, const std::filesystem::path& directory,
                                    std::stop_token stop,
                                    const std::function<void(std::uint64_t)>& lines_read) {
  const auto start = std::chrono::steady_clock::now();
  TimedInput timed;
  FQ_TRY_ASSIGN(timed.input, read_input(options, directory, std::move(stop), lines_read));
  timed.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return timed;
}

void EarlyList::begin(const Job& job, std::uint32_t key_type, const std::filesystem::path& directory,
                      std::stop_token stop, std::function<void(std::uint64_t)> lines_read) {
  const auto seems = id_type_of(key_type);
  if (!seems || !is_regular_file(job.ids_path)) return;
  QueryFacts facts;
  facts.key.id_type = *seems;
  const auto type = choose_id_type(job, facts);
  if (!type) return;
  type_ = *type;
  InputOptions options = input_options(job);
  options.clean.type = type_;
  stop_callback_.emplace(std::move(stop), [this] { stop_.request_stop(); });
  // Deferred, and so no earlier than without this, where the system gives no more threads.
  reading_ = std::async(
      [options = std::move(options), directory, token = stop_.get_token(), told = std::move(lines_read)] {
        return guarded([&] { return read_input_timed(options, directory, token, told); });
      });
}

EarlyList::~EarlyList() {
  end();
}

void EarlyList::end() {
  stop_.request_stop();
  if (reading_.valid()) reading_.wait();
}

std::optional<Result<TimedInput>> EarlyList::take(IdType type) {
  if (!reading_.valid()) return std::nullopt;
  if (type == type_) return reading_.get();
  end();
  reading_ = {};
  return std::nullopt;
}

}  // namespace firmquery
