// journal.jsonl: what is finished, so that a run can go on after a crash. Lines, in this order:
//   job      what the run is: written before anything is asked of a server; the first start of the program on
//   it list     the cleaned list, the server, and how the list is shared out; fixed for the life of the run
//   reading  a pass over what is left: strategy and instant; one more for each resumption
//   unit     finished ranges of one share: written after their rows are on disk
//   recheck  the second proof of what was read at an instant; it comes at most once behind the ranges of a reading. One
//   that found something wrong is the last word on the run: it cannot be gone on with
//   read     everything is finished
//   start    a resumption: the lines up to the next one are its own
//   end      how a start ended that did not complete the run, and what it took; missing where it was killed
// A torn last line, as a crash leaves it, is no line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "firmquery/core/digest.hpp"
#include "firmquery/core/error.hpp"
#include "firmquery/core/plan.hpp"
#include "firmquery/core/report.hpp"
#include "firmquery/output/run_directory.hpp"

namespace firmquery {

struct JournalJob {
  std::string at, run_id, key, sql, ids_path;
  std::vector<std::pair<std::string, std::string>> options;
  // Which runs are of one job, where --out does not name the directory (series.hpp); empty where it does.
  std::string job_file = {}, pattern = {};
};

struct JournalList {
  std::uint64_t ids = 0;
  Digest digest;
  std::string server;      // identity of the cluster and the database; empty where the role may not know it
  std::string csv_header;  // of the result: rows of other columns must not follow
  std::vector<Slice> shares;  // by number
  // How the sessions read: rows that are written otherwise must not follow. Empty in the journal of a version
  // before it was kept.
  std::string session = {};
  std::string target = {};  // hosts and database as they were named: for servers whose identity is not known
};

struct JournalUnit {
  unsigned share = 0;
  Slice slice;
  std::uint64_t part_offset = 0;  // bytes of the share's part file that belong to finished units
  std::uint64_t units = 0;        // statements that the line stands for
  std::uint64_t rows = 0, found = 0;
  Digest found_digest;
  Digest bytes_digest;  // XXH3-128 of the part file's bytes from the share's line before to part_offset
  std::size_t reading =
      0;  // the readings before it: it belongs to the last of them. Not written; its place says it
  // Of the statements: all of them, and the longest. 0 in the journal of a version that did not note them.
  double seconds = 0, longest_s = 0;
};

struct JournalState {
  JournalJob job;
  std::optional<JournalList> list;
  std::vector<ReadingReport> readings;
  std::vector<JournalUnit> units;
  std::vector<RecheckReport> rechecks;
  std::vector<StartReport> starts;  // never empty behind the job
  bool all_read = false;
};

// Each line is on disk when its function returns. Thread-safe.
class Journal {
 public:
  static Result<Journal> open(const std::filesystem::path& directory);
  Journal(Journal&& other) noexcept : lines_(std::move(other.lines_)) {}
  Result<void> job(const JournalJob& job);
  Result<void> list(const JournalList& list);
  Result<void> reading(const ReadingReport& reading);
  Result<void> unit(const JournalUnit& unit);
  Result<void> recheck(const RecheckReport& recheck);
  Result<void> all_read();
  Result<void> start(const std::string& at);
  Result<void> end(const StartReport& start);

 private:
  explicit Journal(JsonLines lines) : lines_(std::move(lines)) {}
  Result<void> append(const std::string& line);
  std::mutex mutex_;
  JsonLines lines_;
};

inline constexpr std::uint64_t kJournalBytesMax = 1u << 30;

// Reads the text of a journal. Fails with kind integrity, naming the line of `place`, when a whole line is
// not what the program writes, or contradicts the lines before it.
Result<JournalState> parse_journal(std::string_view text, const std::string& place);
// What its first line says, for who looks through many directories. Empty where there is none that can be read.
std::optional<JournalJob> peek_journal_job(const std::filesystem::path& directory);
// Fails with kind usage when the directory has no journal.
Result<JournalState> read_journal(const std::filesystem::path& directory);

}  // namespace firmquery
