// Cleaning: bytes of any list of IDs in, IDs and rejects out, one streaming pass with flat memory.
//
// Encodings: UTF-8 with or without BOM, UTF-16 LE/BE, Windows-1252 (assumed when the bytes are not UTF-8).
// Formats:   lines   one ID a line
//            csv     delimiter-separated with optional quoting (RFC 4180); `,` `;` tab `|`
//            list    a pasted list: items separated by commas, semicolons or white space, each optionally in
//                    'single' or "double" quotes, with or without `... IN (` and `)` around
// Line ends: LF, CRLF, CR. A last line without one counts. A NUL byte never ends anything.
//
// Counting: one record (line, CSV record, item of a list) is one of blank, header, rejected, accepted; and
// accepted = duplicates + unique. `line` is the 1-based physical line on which the record starts.
//
// A first line `sep=;`, which spreadsheets write and read, names the delimiter and counts as a header.
//
// Detection looks at the first `sample_bytes` only, and what it decided is in the profile. Input that could
// be read in two ways (1,2,3 over two lines with no header) is an error that names the option which decides.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/error.hpp"
#include "firmquery/core/id_set.hpp"
#include "firmquery/core/id_type.hpp"
#include "firmquery/core/number_notation.hpp"
#include "firmquery/core/spelling_rule.hpp"

namespace firmquery {

enum class InputFormat : std::uint8_t { automatic, lines, csv, tsv, list, workbook };
enum class InputEncoding : std::uint8_t { automatic, utf8, utf16le, utf16be, windows1252 };
enum class HeaderMode : std::uint8_t { automatic, present, absent };

std::string_view to_string(InputFormat format);  // "auto", "lines", "csv", "tsv", "list", "xlsx"
std::string_view to_string(
    InputEncoding encoding);  // "auto", "utf-8", "utf-16le", "utf-16be", "windows-1252"

struct CleanOptions {
  IdType type = IdType::text;
  IdRules rules;
  NumberNotation numbers;
  std::vector<SpellingRule> accept_rules;  // each field is read as these spell it, where that makes an ID
  InputFormat format = InputFormat::automatic;
  InputEncoding encoding = InputEncoding::automatic;
  HeaderMode header = HeaderMode::automatic;
  std::string
      column;  // name or 1-based number; empty: key_name if a column has that name, else the only or first
  std::string key_name;               // the key column of the query; also helps to tell a header from an ID
  std::string comment;                // records that start with this are counted as blank; empty: none
  char delimiter = 0;                 // of csv; 0: found out
  std::string sheet;                  // of a workbook: name or 1-based number; empty: the first
  bool allow_lossy = false;           // of a workbook: numbers of which a spreadsheet has destroyed digits
  bool number_records = false;        // lines are record numbers: for what was rows before it was text
  bool keep_columns = false;          // the profile gets the header and the width of the list
  std::string source_name = "input";  // for messages: the path or "standard input"
  std::size_t sample_bytes = 1 << 20;
};

struct InputCounts {
  std::uint64_t lines = 0;  // records: lines, or items of a pasted list
  std::uint64_t blank = 0;
  std::uint64_t header = 0;
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  friend bool operator==(const InputCounts&, const InputCounts&) = default;
};

struct FieldExample {
  std::uint64_t line = 0;
  std::string text;  // readable and short
};

// What the list looks like, for the person who has to judge it before the database is touched.
struct InputProfile {
  InputFormat format = InputFormat::lines;
  InputEncoding encoding = InputEncoding::utf8;
  char delimiter = 0;  // csv and tsv
  std::string column;  // the header's name of the column taken, else its number (of a workbook, its letters)
  std::size_t column_index = 0;  // 0-based
  // Set by who opens the input:
  std::string sheet;        // of a workbook: its name
  std::string compression;  // of text: "gzip" or "zstd"; else empty
  std::string guess;        // a sentence: why that column, where it was one of several; else empty
  std::map<std::size_t, std::uint64_t> lengths;  // characters of accepted IDs -> how many
  std::uint64_t digits_only = 0, letters_only = 0, alphanumeric = 0, hexadecimal = 0, other_alphabet = 0;
  std::uint64_t leading_zero = 0;
  std::uint64_t ends_in_zeros = 0;  // 16 digits or more ending in a zero after the fifteenth: Excel keeps 15
  std::uint64_t text_marker = 0;    // fields that start with ' as Excel writes "number stored as text"
  std::uint64_t text_formula = 0;   // fields written ="..."
  std::uint64_t respelled = 0;      // accepted IDs that CleanOptions::accept_rules have changed
  std::map<std::string, std::uint64_t> problems;  // reason code -> how many
  std::map<std::string, FieldExample> examples;   // reason code -> the first
  std::vector<std::string> suspicions;            // sentences, most telling first; filled by finish()
  // With CleanOptions::keep_columns:
  std::vector<std::string> header;  // its fields as they stand there; empty: there is none
  std::size_t width = 0;            // fields of the widest record
};

// Where a reject stands.
struct InputPlace {
  static constexpr std::uint64_t kNoOffset = ~std::uint64_t{0};

  std::uint64_t line = 0;
  // Of the first byte of the field (its quote, if it has one) in the input, which is counted as text where the file is
  // compressed; the field that is not there is where its record is. kNoOffset for rows that were never text.
  std::uint64_t offset = kNoOffset;
  std::string_view column = {};  // as in InputProfile
  std::size_t column_index = 0;  // 0-based
};

// A record as the list has it, with all of its columns (list_record.hpp takes it apart).
struct ListRecord {
  enum class Kind : std::uint8_t { header, blank, data };

  Kind kind = Kind::data;
  std::uint64_t line = 0;
  // UTF-8 as far as the input is text. Of lines and CSV without the line end; of a pasted list the item without its
  // quotes; of a workbook the row as CSV (csv.hpp), in which a cell that is not there is NULL.
  std::string_view text;
  bool cut = false;  // it was longer than 1 MiB; the text is its beginning
};

// Receives records in input order. The views are valid during the call only.
class CleanSink {
 public:
  virtual ~CleanSink() = default;
  virtual void accept(std::int64_t id, std::uint64_t line) = 0;             // type int
  virtual void accept(std::string_view canonical, std::uint64_t line) = 0;  // the other types
  // Asked once, at the start. Sinks that want them are given lines that are digits by the run instead of one by one: of
  // `ids` the first is on `first_line`, and each of the others on the line after. The IDs are valid during the call only.
  virtual bool wants_runs() const { return false; }
  virtual void accept_run(const PackedIds& /*ids*/, std::uint64_t /*first_line*/) {}
  virtual void reject(std::string_view raw, const InputPlace& place, IdProblem problem) = 0;
  // Asked once, at the start. Sinks that want it are given each field as it stands in the input, whole as far as
  // it was kept (the first MiB), before the accept() or reject() it leads to.
  virtual bool wants_raw() const { return false; }
  virtual void raw(std::string_view /*field*/) {}
  // Likewise. Sinks that want them are given every record but a first line `sep=;`, one of data before the accept() or
  // reject() it leads to.
  virtual bool wants_records() const { return false; }
  virtual void record(const ListRecord& /*record*/) {}
};

// One pass over one input. Not thread-safe. feed() takes blocks of any size in order; finish() ends the
// input; of the executor's threads none is left working when they return. Fails (kind usage) when the input is no text or no list, the column does not exist or, where it was
// not named, holds no IDs of the type, the format is ambiguous or a quote is never closed.
class Cleaner {
 public:
  // The sink and the executor must outlive the cleaner; the sink is called on the caller's thread only.
  Cleaner(CleanOptions options, CleanSink& sink, Executor& executor = this_thread());
  ~Cleaner();
  Cleaner(const Cleaner&) = delete;
  Cleaner& operator=(const Cleaner&) = delete;

  Result<void> feed(std::string_view bytes);
  Result<void> finish();

  const InputCounts& counts() const;
  const InputProfile& profile() const;  // whole after finish()

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace firmquery
