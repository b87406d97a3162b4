#include "zip_archive.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "firmquery/output/files.hpp"

namespace firmquery {
namespace {

constexpr std::string_view kExport = "export the list as CSV, or open the file and save it again as .xlsx";

std::string text_of(int code, int system_error) {
  zip_error_t error;
  ::zip_error_init_with_code(&error, code);
  if (system_error != 0) ::zip_error_set(&error, code, system_error);
  std::string text = ::zip_error_strerror(&error);
  ::zip_error_fini(&error);
  return text;
}

// What is no ZIP archive but is taken for a workbook.
std::string_view other_kind(int file) {
  std::array<char, 8> head = {};
  const ssize_t got = ::pread(file, head.data(), head.size(), 0);
  const std::string_view begin(head.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  if (begin.empty()) return "the file is empty";
  if (begin.starts_with("\xD0\xCF\x11\xE0"))
    return "this is a workbook of Excel 2003 or older (XLS), or one that is protected by a password";
  if (!begin.starts_with("PK")) return "this is no Excel workbook (XLSX)";
  return {};
}

}  // namespace

Failure bad_workbook(const XlsxOptions& options, std::string message, std::string place) {
  std::string remedy = options.damaged == ErrorKind::integrity
                           ? std::string("the file was cut or altered after it was written")
                           : std::string(kExport);
  return fail(options.damaged, std::move(message), std::move(place), std::move(remedy));
}

Result<ZipArchive> ZipArchive::open(Descriptor file, const std::filesystem::path& name,
                                    const XlsxOptions& options) {
  if (const std::string_view other = other_kind(file.get()); !other.empty())
    return bad_workbook(options, std::string(other), name.string());
  int code = 0;
  zip_t* archive = ::zip_fdopen(file.get(), 0, &code);
  if (archive == nullptr) {
    if (code == ZIP_ER_MEMORY) return fail(ErrorKind::transient, "out of memory", name.string());
    return bad_workbook(options, "the ZIP archive cannot be read: " + text_of(code, errno), name.string());
  }
  file.release();  // libzip closes it
  return ZipArchive(archive, name, options);
}

bool ZipArchive::has(const std::string& part) const {
  return ::zip_name_locate(archive_.get(), part.c_str(), ZIP_FL_NOCASE) >= 0;
}

Failure ZipArchive::damaged(std::string_view what) const {
  return bad_workbook(options_, std::string(what), name_.string());
}

Result<ZipPart> ZipArchive::part(const std::string& name) const {
  const zip_int64_t index = ::zip_name_locate(archive_.get(), name.c_str(), ZIP_FL_NOCASE);
  if (index < 0) return damaged("the workbook has no part " + name);
  zip_stat_t stat;
  const auto number = static_cast<zip_uint64_t>(index);
  if (::zip_stat_index(archive_.get(), number, 0, &stat) != 0 || (stat.valid & ZIP_STAT_COMP_SIZE) == 0)
    return damaged("the size of the part " + name + " is not known");
  zip_file_t* opened = ::zip_fopen_index(archive_.get(), number, 0);
  if (opened == nullptr) {
    return damaged(fmt::format("the part {} cannot be read: {}", name,
                               ::zip_error_strerror(::zip_get_error(archive_.get()))));
  }
  return ZipPart(opened, name, name_, stat.comp_size, options_);
}

Failure ZipPart::damaged(std::string_view what) const {
  return bad_workbook(options_, std::string(what), archive_.string() + ":" + name_);
}

Result<std::size_t> ZipPart::read(char* buffer, std::size_t size) {
  const zip_int64_t got = ::zip_fread(file_.get(), buffer, size);
  if (got < 0)
    return damaged(
        fmt::format("it cannot be read: {}", ::zip_error_strerror(::zip_file_get_error(file_.get()))));
  read_bytes_ += static_cast<std::uint64_t>(got);
  if (read_bytes_ > options_.expansion_allowance_bytes &&
      read_bytes_ / options_.expansion_max > compressed_bytes_) {
    return damaged(
        fmt::format("it unfolds to more than {} times its size, as no workbook does that a program has saved",
                    options_.expansion_max));
  }
  return static_cast<std::size_t>(got);
}

}  // namespace firmquery
