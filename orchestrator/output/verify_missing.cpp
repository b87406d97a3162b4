#include "verify_missing.hpp"

#include <fmt/format.h>

#include "firmquery/output/artifacts.hpp"

namespace firmquery {
namespace {

Failure wrong(Artifact artifact, std::string message) {
  return fail(ErrorKind::integrity, std::move(message), std::string(entry_of(artifact).name),
              "the file was altered after it was written, or belongs to another run");
}

template <class Line, class Reader>
Result<std::string> verify_count(Artifact artifact, Result<Reader> opened, std::uint64_t expected) {
  FQ_TRY_ASSIGN(Reader reader, std::move(opened));
  std::uint64_t records = 0;
  for (Line line;; ++records) {
    FQ_TRY_ASSIGN(const bool more, reader.next(line));
    if (!more) break;
  }
  const std::string_view name = entry_of(artifact).name;
  const std::string_view what = name.substr(0, name.rfind('.'));
  if (records != expected)
    return wrong(artifact,
                 fmt::format("it holds {} records, but the report has {} {}", records, expected, what));
  return fmt::format("{} holds {} records, as many as the report's {}", name, records, what);
}

}  // namespace

Result<std::string> verify_missing(const RunReader& run) {
  FQ_TRY_ASSIGN(MissingReader lines, run.missing_lines());
  const ResultReport& result = run.report().result;
  std::uint64_t count = 0;
  Digest digest;
  for (MissingLine line;; ++count) {
    FQ_TRY_ASSIGN(const bool more, lines.next(line));
    if (!more) break;
    digest += Digest::of(line.id);
  }
  if (count != result.missing) {
    return wrong(Artifact::missing,
                 fmt::format("it holds {} IDs, but the report has {}", count, result.missing));
  }
  if (digest != result.missing_digest) {
    return wrong(Artifact::missing, fmt::format("the digest of its IDs is {}, but the report has {}",
                                                digest.to_hex(), result.missing_digest.to_hex()));
  }
  return fmt::format("missing.csv holds the {} missing IDs of the report, ascending, with digest {}", count,
                     digest.to_hex());
}

Result<std::string> verify_rejected(const RunReader& run) {
  return verify_count<RejectedLine>(Artifact::rejected, run.rejected(), run.report().input.rejected);
}

Result<std::string> verify_duplicates(const RunReader& run) {
  return verify_count<DuplicateLine>(Artifact::duplicates, run.duplicates(), run.report().input.duplicates);
}

}  // namespace firmquery
