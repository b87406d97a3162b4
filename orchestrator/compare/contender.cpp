#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "firmquery/compare/compare.hpp"

namespace firmquery {
namespace {

constexpr std::size_t kBaselineIds = 250, kChunkMost = 1'000'000;
constexpr unsigned kConnectionsMost = 64;

template <class Number>
bool read_number(std::string_view text, Number most, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number > 0 && number <= most;
}

std::string name_of(const Contender& who, const Job& job) {
  std::string name(to_string(who.strategy));
  if (who.strategy == StrategyKind::in_list) name += fmt::format(":{}", who.chunk_size);
  if (who.connections != job.connections) name += fmt::format("@{}", who.connections);
  return name;
}

Contender contender(StrategyKind kind, std::size_t chunk_size, unsigned connections, const Job& job) {
  Contender who{kind, kind == StrategyKind::in_list ? chunk_size : 0, connections, {}};
  who.name = name_of(who, job);
  return who;
}

Result<Contender> parse_one(std::string_view text, const Job& job, const std::string& place) {
  constexpr std::array kAll = {StrategyKind::automatic, StrategyKind::temp_table, StrategyKind::staging_table,
                               StrategyKind::array,     StrategyKind::in_list,    StrategyKind::scan};
  constexpr const char* kRemedy =
      "separate them by commas: auto, temp-table, staging-table, array, scan, in-list, in-list:1000 for "
      "IN-lists of "
      "1000 IDs, temp-table@4 for 4 connections";
  std::string_view rest = text;
  unsigned connections = job.connections;
  std::size_t chunk_size = job.in_list.max_ids;
  if (const std::size_t at = rest.find('@'); at != std::string_view::npos) {
    if (!read_number(rest.substr(at + 1), kConnectionsMost, connections))
      return fail(ErrorKind::usage,
                  fmt::format("\"{}\" has no number of connections from 1 to {}", text, kConnectionsMost),
                  place, kRemedy);
    rest = rest.substr(0, at);
  }
  const std::size_t colon = rest.find(':');
  const std::string_view name = rest.substr(0, colon);
  const auto kind =
      std::find_if(kAll.begin(), kAll.end(), [&](StrategyKind some) { return to_string(some) == name; });
  if (kind == kAll.end())
    return fail(ErrorKind::usage, fmt::format("\"{}\" is no strategy", name), place, kRemedy);
  if (colon != std::string_view::npos) {
    if (*kind != StrategyKind::in_list)
      return fail(ErrorKind::usage, fmt::format("\"{}\": only IN-lists have a size", text), place, kRemedy);
    if (!read_number(rest.substr(colon + 1), kChunkMost, chunk_size))
      return fail(ErrorKind::usage, fmt::format("\"{}\" has no number of IDs from 1 to {}", text, kChunkMost),
                  place, kRemedy);
  }
  return contender(*kind, chunk_size, connections, job);
}

}  // namespace

Result<std::vector<Contender>> parse_contenders(std::string_view list, const Job& job,
                                                const std::string& place) {
  std::vector<Contender> all = {contender(StrategyKind::in_list, kBaselineIds, job.connections, job)};
  const auto add = [&](const Contender& who) {
    const bool again =
        std::any_of(all.begin(), all.end(), [&](const Contender& one) { return one.name == who.name; });
    if (!again) all.push_back(who);
  };
  if (list.empty()) list = "temp-table,array,auto";
  while (true) {
    const std::size_t comma = list.find(',');
    std::string_view one = list.substr(0, comma);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    FQ_TRY_ASSIGN(const Contender who, parse_one(one, job, place));
    add(who);
    if (comma == std::string_view::npos) return all;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace firmquery
