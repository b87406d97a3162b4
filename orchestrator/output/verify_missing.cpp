#include "verify_missing.hpp"

#include <fmt/format.h>

#include <limits>

#include "firmquery/core/csv.hpp"
#include "firmquery/output/csv_records.hpp"
#include "firmquery/core/id_type.hpp"

namespace firmquery {
namespace {

Failure wrong(const std::filesystem::path& path, std::string message) {
  return fail(ErrorKind::integrity, std::move(message), path.filename().string(),
              "the file was altered after it was written, or belongs to another run");
}

Result<void> check_header(CsvRecords& records, const std::filesystem::path& path, const Report& report) {
  const std::string& key = report.key;
  std::string_view record, name;
  std::string scratch;
  bool is_null = false;
  FQ_TRY_ASSIGN(const bool any, records.next(record));
  if (!any) return wrong(path, "the file is empty, without even a header");
  if (!csv_field(record, 0, scratch, name, is_null)) return wrong(path, "the header is not CSV");
  if (report.spreadsheet_safe) name = from_spreadsheet_safe(name);
  if (name != key) return wrong(path, fmt::format("the first column is {}, but the key is {}", name, key));
  return {};
}

// One ID after the other: in canonical form, greater than the one before.
class MissingIds {
 public:
  MissingIds(const Report& report, IdType type, const std::filesystem::path& path)
      : spreadsheet_safe_(report.spreadsheet_safe), type_(type), path_(path) {
    rules_.max_bytes = std::numeric_limits<std::size_t>::max();
    rules_.allow_suspect = true;  // what counts as an ID was decided when the list was cleaned
  }

  Result<void> add(std::string_view record) {
    std::string_view id;
    bool is_null = false;
    if (!csv_field(record, 0, scratch_, id, is_null) || is_null) {
      return wrong(path_, fmt::format("record {} has no ID", count_ + 1));
    }
    if (spreadsheet_safe_) id = from_spreadsheet_safe(id);
    if (canonicalize(id, type_, rules_, canonical_) != IdProblem::none || canonical_ != id) {
      return wrong(path_, fmt::format("record {} ({}) is not a canonical ID of type {}", count_ + 1, id,
                                      to_string(type_)));
    }
    if (count_ > 0 && compare_canonical(previous_, id, type_) >= 0) {
      return wrong(path_, fmt::format("record {} ({}) does not come after {}", count_ + 1, id, previous_));
    }
    previous_ = id;
    digest_ += Digest::of(id);
    ++count_;
    return {};
  }

  std::uint64_t count() const { return count_; }
  Digest digest() const { return digest_; }

 private:
  const bool spreadsheet_safe_;
  const IdType type_;
  const std::filesystem::path& path_;
  IdRules rules_;
  std::string scratch_, canonical_, previous_;
  std::uint64_t count_ = 0;
  Digest digest_;
};

}  // namespace

Result<std::string> verify_missing(const std::filesystem::path& path, const Report& report) {
  const auto type = id_type_from_string(report.id_type);
  if (!type) {
    return fail(ErrorKind::integrity, fmt::format("id_type is \"{}\"", report.id_type), "report.json",
                "the report was altered after it was written");
  }
  FQ_TRY_ASSIGN(CsvRecords records, CsvRecords::open(path));
  FQ_TRY(check_header(records, path, report));
  MissingIds ids(report, *type, path);
  for (std::string_view record;;) {
    FQ_TRY_ASSIGN(const bool more, records.next(record));
    if (!more) break;
    FQ_TRY(ids.add(record));
  }
  if (ids.count() != report.result.missing) {
    return wrong(path,
                 fmt::format("it holds {} IDs, but the report has {}", ids.count(), report.result.missing));
  }
  if (ids.digest() != report.result.missing_digest) {
    return wrong(path, fmt::format("the digest of its IDs is {}, but the report has {}",
                                   ids.digest().to_hex(), report.result.missing_digest.to_hex()));
  }
  return fmt::format("missing.csv holds the {} missing IDs of the report, ascending, with digest {}",
                     ids.count(), ids.digest().to_hex());
}

}  // namespace firmquery
