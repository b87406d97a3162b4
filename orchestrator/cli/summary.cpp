#include "summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "firmquery/core/time_text.hpp"
#include "messages.hpp"
#include "wrap.hpp"

namespace firmquery::cli {
namespace {

struct Row {
  std::string label;
  std::string number;  // right-aligned
  std::string note;
};

std::string table(const std::vector<Row>& rows) {
  std::size_t label_width = 0, number_width = 0;
  for (const Row& row : rows) {
    label_width = std::max(label_width, row.label.size());
    number_width = std::max(number_width, row.number.size());
  }
  std::string out;
  for (const Row& row : rows) {
    std::string line = fmt::format("  {:<{}}  {:>{}}", row.label, label_width, row.number, number_width);
    if (!row.note.empty()) line += "   " + wrapped(row.note, line.size() + 3, line.size() + 3);
    out += line + "\n";
  }
  return out;
}

std::string facts(const std::vector<std::pair<std::string, std::string>>& lines) {
  std::size_t width = 0;
  for (const auto& [label, text] : lines) width = std::max(width, label.size());
  std::string out;
  for (const auto& [label, text] : lines) {
    out += fmt::format("  {:<{}}  {}\n", label, width, wrapped(text, width + 4, width + 4));
  }
  return out;
}

std::string problems_text(const InputProfile& profile) {
  std::string text;
  for (const auto& [code, count] : profile.problems) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", code, grouped(count));
  }
  return text;
}

std::vector<Row> input_rows(const InputReport& input, const InputProfile& profile) {
  return {{"lines", grouped(input.lines), {}},
          {"blank", grouped(input.blank), {}},
          {"header", grouped(input.header), {}},
          {"rejected", grouped(input.rejected), problems_text(profile)},
          {"duplicates", grouped(input.duplicates), {}},
          {"unique", grouped(input.unique), {}}};
}

// At most twenty of them: the report has all.
std::string list(const std::string& heading, const std::vector<std::string>& sentences) {
  constexpr std::size_t kShown = 20;
  if (sentences.empty()) return {};
  std::string out = fmt::format("\n{}:\n", heading);
  for (std::size_t i = 0; i < sentences.size() && i < kShown; ++i) {
    out += "  - " + wrapped(sentences[i], 4, 4) + "\n";
  }
  if (sentences.size() > kShown)
    out += fmt::format("  and {} more, in report.json\n", sentences.size() - kShown);
  return out;
}

std::vector<std::string> failed_sentences(const Report& report) {
  std::vector<std::string> sentences;
  for (const FailedRange& range : report.failed_ranges) {
    const std::uint64_t ids = range.end - range.begin;
    sentences.push_back(ids == 1 ? fmt::format("{}: {}", range.first_id, range.error)
                                 : fmt::format("{} IDs from {} to {}: {}", grouped(ids), range.first_id,
                                               range.last_id, range.error));
  }
  return sentences;
}

std::string_view delimiter_name(char delimiter) {
  switch (delimiter) {
    case ',':
      return "comma";
    case ';':
      return "semicolon";
    case '\t':
      return "tab";
    case '|':
      return "bar";
    default:
      return "other";
  }
}

std::string described(const InputProfile& profile, const std::string& path) {
  if (!query_of(path).empty()) return "rows of a query";
  if (profile.format == InputFormat::workbook)
    return fmt::format("xlsx, sheet {}, column {}", profile.sheet, profile.column);
  std::string text = fmt::format("{}, {}", to_string(profile.format), to_string(profile.encoding));
  if (!profile.compression.empty()) text += ", " + profile.compression;
  if (profile.delimiter == 0) return text;  // lines and lists have no columns
  return text + fmt::format(", delimiter {}, column {}", delimiter_name(profile.delimiter), profile.column);
}

// The commonest lengths first, so that the odd ones are seen at the end.
std::string lengths_text(const InputProfile& profile) {
  constexpr std::size_t kShown = 8;
  std::vector<std::pair<std::size_t, std::uint64_t>> lengths(profile.lengths.begin(), profile.lengths.end());
  std::stable_sort(lengths.begin(), lengths.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  std::uint64_t others = 0;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    const auto& [length, count] = lengths[i];
    if (i >= kShown) {
      others += count;
    } else {
      text += fmt::format("{}{} ({})", i == 0 ? "" : ", ", length, grouped(count));
    }
  }
  if (others > 0) text += fmt::format(", other ({})", grouped(others));
  return text;
}

std::string alphabet_text(const InputProfile& profile) {
  std::string text;
  const auto add = [&](const char* name, std::uint64_t count) {
    if (count > 0) text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", name, grouped(count));
  };
  add("digits", profile.digits_only);
  add("letters", profile.letters_only);
  add("hexadecimal", profile.hexadecimal);
  add("letters and digits", profile.alphanumeric);
  add("other characters", profile.other_alphabet);
  return text;
}

std::string respelled_text(const InputReport& input) {
  std::string rules;
  for (const std::string& rule : input.accept_rules) rules += (rules.empty() ? "" : ", ") + rule;
  return fmt::format("{} line{} by {}", grouped(input.respelled), input.respelled == 1 ? "" : "s", rules);
}

// "2026-11-30 02:00", of RFC 3339.
std::string minute_of(std::string_view utc) {
  constexpr std::size_t kMinute = 16;
  std::string text(utc.substr(0, kMinute));
  if (text.size() > 10) text[10] = ' ';
  return text;
}

// What changed since the last complete run; empty: nobody wants to know.
std::string since_sentence(const RunOutcome& outcome) {
  const Report& report = outcome.report;
  if (!report.history) {
    if (outcome.unchecked.empty()) return {};
    return fmt::format("there is no earlier complete run to compare with, so {} {} nothing",
                       fmt::join(outcome.unchecked, ", "),
                       outcome.unchecked.size() == 1 ? "checks" : "check");
  }
  const HistoryReport& history = *report.history;
  std::string text = fmt::format("{}: {} new, {} resolved", minute_of(history.since.read_at),
                                 grouped(history.newly), grouped(history.resolved));
  if (history.added > 0)
    text += fmt::format(", {} missing of those added to the list", grouped(history.added));
  if (history.oldest_runs_missing > 0) {
    text += fmt::format(
        "; the oldest has been missing for {} {}, since {}", grouped(history.oldest_runs_missing),
        history.oldest_runs_missing == 1 ? "run" : "runs", minute_of(history.oldest_first_missing));
  }
  return text;
}

// "57 missing, 50 of them accepted by baseline.csv (3 acceptances have expired)"
std::string baseline_sentence(const Report& report) {
  const BaselineReport& baseline = *report.baseline;
  std::string text =
      fmt::format("{} missing, {} of them accepted by {}", grouped(report.result.missing),
                  grouped(baseline.accepted), std::filesystem::path(baseline.file).filename().string());
  const auto acceptances = [](std::uint64_t count, std::string_view what) {
    return fmt::format("{} {} {}", grouped(count), count == 1 ? "acceptance has" : "acceptances have", what);
  };
  std::string lapsed;
  if (baseline.expired > 0) lapsed = acceptances(baseline.expired, "expired");
  if (baseline.returned > 0) {
    lapsed +=
        (lapsed.empty() ? "" : ", ") + fmt::format("{} had come back since", grouped(baseline.returned));
  }
  return lapsed.empty() ? text : text + " (" + lapsed + ")";
}

}  // namespace

std::string recheck_sentence(const RecheckReport& recheck, std::string_view when) {
  if (recheck.missing.asked + recheck.found.asked == 0)
    return recheck.skipped.empty() ? "there was nothing to ask for again" : "none: " + recheck.skipped;
  std::string text;
  const auto add = [&](const RecheckReport::Asked& asked, const char* what) {
    if (asked.of == 0) return;
    text += fmt::format("{}{} of {} {}", text.empty() ? "" : " and ", grouped(asked.asked), grouped(asked.of),
                        what);
  };
  add(recheck.missing, "missing IDs");
  add(recheck.found, recheck.missing.of == 0 ? "found IDs" : "found ones");
  text += fmt::format(" asked for again by {} {}: ", recheck.strategy, when);
  text += recheck.wrong() == 0 ? "all as before" : grouped(recheck.wrong()) + " not as before";
  if (!recheck.skipped.empty()) text += "; " + recheck.skipped;
  return text;
}

std::string run_summary(const Job& job, const RunOutcome& outcome) {
  const Report& report = outcome.report;
  std::vector<Row> rows = input_rows(report.input, outcome.profile);
  rows.push_back({"rows", grouped(report.result.rows), {}});
  rows.push_back({"found", grouped(report.result.found), {}});
  rows.push_back({"missing", grouped(report.result.missing), {}});
  if (report.result.unresolved > 0) rows.push_back({"unresolved", grouped(report.result.unresolved), {}});
  std::string out = fmt::format("{}: {}\n\n{}\n", report.run_id, report.status, table(rows));

  const std::string server =
      fmt::format("{} {} at {}, {} connection{}", report.dialect, report.server_version, report.server,
                  report.connections, report.connections == 1 ? "" : "s");
  const std::string snapshot = report.snapshot.value.empty()
                                   ? report.snapshot.kind
                                   : fmt::format("{} {}", report.snapshot.kind, report.snapshot.value);
  std::string time = duration_text(report.timing.total_s);
  time += fmt::format(" (clean {}, load {}, query {}, export {})", duration_text(report.timing.clean_s),
                      duration_text(report.timing.load_s), duration_text(report.timing.query_s),
                      duration_text(report.timing.export_s));
  std::string speed;
  if (report.timing.total_s > 0) {
    speed = fmt::format("{} IDs/s", grouped(static_cast<std::uint64_t>(
                                        static_cast<double>(report.input.unique) / report.timing.total_s)));
  }
  std::vector<std::pair<std::string, std::string>> lines = {
      {"input", job.lifted ? job.ids_path : described(outcome.profile, job.ids_path)},
      {"key", fmt::format("{} ({})", report.key, report.key_type)},
      {"server", server},
      {"strategy", report.strategy + ": " + report.strategy_reason},
      {"session", fmt::format("time zone {}, dates {}, row security {}", report.session.time_zone,
                              report.session.date_style,
                              report.session.row_security.empty() ? "unknown" : report.session.row_security)},
      {"snapshot", snapshot}};
  if (report.authentication.method == "gss") {
    lines.insert(
        lines.begin() + 3,
        {"signed in", fmt::format("by Kerberos as {}{}", report.authentication.principal,
                                  report.authentication.gss_encrypted ? ", encrypted by GSSAPI" : "")});
  }
  if (const std::string since = since_sentence(outcome); !since.empty()) lines.emplace_back("since", since);
  if (report.baseline) lines.emplace_back("baseline", baseline_sentence(report));
  if (report.recheck) lines.emplace_back("proof", recheck_sentence(*report.recheck, "at the same instant"));
  if (!report.input.accept_rules.empty()) lines.emplace_back("respelled", respelled_text(report.input));
  if (report.retries > 0) lines.emplace_back("retries", grouped(report.retries));
  lines.emplace_back("time", time);
  if (!speed.empty()) lines.emplace_back("speed", speed);
  lines.emplace_back("memory", byte_count(report.peak_rss_bytes));
  out += facts(lines) + fmt::format("\nfiles in {}:\n", outcome.out.string());
  std::vector<Row> files;
  for (const FileReport& file : report.files) {
    files.push_back({file.name, grouped(file.rows) + " rows", byte_count(file.bytes)});
  }
  out += table(files);
  if (report.near_misses && !report.near_misses->advice.empty())
    out += "\nwhy they are missing: " + wrapped(report.near_misses->advice, 4, 22) + "\n";
  out += list("suspicions about the input", outcome.profile.suspicions);
  out += list("unresolved", failed_sentences(report));
  out += list("warnings", report.warnings);
  return out;
}

std::string input_summary(const InputOptions& options, const CleanedInput& input,
                          const std::string& directory) {
  const InputProfile& profile = input.profile;
  std::string out = fmt::format("{}: {}\n\n{}\n", options.clean.source_name, described(profile, options.path),
                                table(input_rows(input.report, profile)));
  std::vector<std::pair<std::string, std::string>> lines;
  if (!profile.lengths.empty()) lines.emplace_back("lengths", lengths_text(profile));
  if (const std::string alphabet = alphabet_text(profile); !alphabet.empty())
    lines.emplace_back("made of", alphabet);
  if (profile.leading_zero > 0) lines.emplace_back("leading zero", grouped(profile.leading_zero));
  if (!input.report.accept_rules.empty()) lines.emplace_back("respelled", respelled_text(input.report));
  if (profile.text_marker > 0)
    lines.emplace_back("text marker", grouped(profile.text_marker) + " start with '");
  if (profile.text_formula > 0)
    lines.emplace_back("text formula", grouped(profile.text_formula) + " written =\"...\"");
  lines.emplace_back("type", std::string(to_string(options.clean.type)));
  lines.emplace_back("digest", input.report.digest.to_hex());
  out += facts(lines);
  if (!directory.empty())
    out += fmt::format("\nfiles in {}: ids.csv, rejected.csv, duplicates.csv, report.json\n", directory);
  out += list("suspicions", profile.suspicions);
  out += list("warnings", input.warnings);
  return out;
}

}  // namespace firmquery::cli
