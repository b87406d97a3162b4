#include "binary_sniffer.hpp"

#include <algorithm>

namespace firmquery {
namespace {

struct Kind {
  std::string_view what;
  std::string_view remedy;
};

constexpr std::string_view kExport =
    "save it as an Excel workbook (XLSX), or export the sheet with the IDs as CSV (UTF-8), and give that "
    "file";
constexpr std::string_view kUnpacked =
    "give the workbook itself as the file, not compressed once more, or export the sheet with the IDs as CSV "
    "(UTF-8)";
constexpr std::string_view kDecompress =
    "decompress it first, for example with zcat, bzcat, xzcat or zstdcat, and read from standard input";
constexpr std::string_view kGiveText = "give the list as text: one ID a line, or CSV";

struct Signature {
  std::string_view bytes;
  Kind kind;
};

constexpr Signature kSignatures[] = {
    {"\xD0\xCF\x11\xE0", {"an old Excel workbook (XLS) or another binary Office document", kExport}},
    {"\x1F\x8B", {"compressed with gzip", kDecompress}},
    {"\x28\xB5\x2F\xFD", {"compressed with zstd", kDecompress}},
    {std::string_view("\xFD"
                      "7zXZ\0",
                      6),
     {"compressed with xz", kDecompress}},
    {"%PDF-", {"a PDF document", kGiveText}},
    {"{\\rtf", {"an RTF document", kGiveText}},
    {"\x7F"
     "ELF",
     {"a program (ELF)", kGiveText}},
    {"\x89PNG", {"a picture (PNG)", kGiveText}},
    {std::string_view("SQLite format 3\0", 16), {"an SQLite database", kGiveText}},
};

// The names of the first entries of a ZIP archive tell what it is.
Kind kind_of_archive(std::string_view sample) {
  const auto holds = [&](std::string_view name) { return sample.find(name) != std::string_view::npos; };
  if (holds("opendocument.spreadsheet")) return {"an OpenDocument workbook (ODS)", kExport};
  if (holds("xl/")) return {"an Excel workbook (XLSX)", kUnpacked};
  if (holds("word/")) return {"a Word document (DOCX)", kGiveText};
  if (holds("[Content_Types].xml"))
    return {"an Office document, perhaps an Excel workbook (XLSX)", kUnpacked};
  return {"a ZIP archive", "unpack it and give the list in it"};
}

Failure not_text(const Kind& kind, const std::string& source) {
  return fail(ErrorKind::usage, "the list of IDs is " + std::string(kind.what) + ", not text", source,
              std::string(kind.remedy));
}

}  // namespace

Result<void> check_is_text(std::string_view sample, InputEncoding encoding, const std::string& source) {
  if (sample.starts_with("PK\x03\x04")) return not_text(kind_of_archive(sample), source);
  if (sample.size() >= 10 && sample.starts_with("BZh") && sample.substr(4, 6) == "1AY&SY")
    return not_text({"compressed with bzip2", kDecompress}, source);
  // Excel puts what it encrypts into the container of its old format.
  constexpr std::string_view kEncrypted("E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e", 31);
  if (sample.starts_with("\xD0\xCF\x11\xE0") && sample.find(kEncrypted) != std::string_view::npos) {
    return not_text(
        {"a workbook protected by a password",
         "open it, take the password off (File, Info, Protect Workbook), save it and give that file"},
        source);
  }
  for (const Signature& signature : kSignatures) {
    if (sample.starts_with(signature.bytes)) return not_text(signature.kind, source);
  }
  if (encoding == InputEncoding::utf16le || encoding == InputEncoding::utf16be) return {};
  // A stray NUL spoils its record and no more.
  constexpr std::ptrdiff_t kStray = 16;
  const auto nuls = std::count(sample.begin(), sample.end(), '\0');
  if (nuls <= kStray || static_cast<std::size_t>(nuls) * 10 < sample.size()) return {};
  return fail(ErrorKind::usage, "the list of IDs is binary data, not text", source,
              std::string(kGiveText) + "; text in UTF-16 is read with --encoding utf-16le or utf-16be");
}

}  // namespace firmquery
