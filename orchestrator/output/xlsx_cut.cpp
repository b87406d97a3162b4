#include "xlsx_cut.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "firmquery/output/files.hpp"
#include "firmquery/output/trusted_path.hpp"
#include "posix_file.hpp"

namespace firmquery {
namespace {

using Sizes = std::array<std::uint64_t, 4>;

}  // namespace

Result<CutTexts> CutTexts::create(const std::filesystem::path& directory) {
  FQ_TRY(check_trusted_ancestor(directory));
  const std::filesystem::path path = directory / ".results.xlsx.cut.part";
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return file_failure(path, "replace", errno);
  FQ_TRY_ASSIGN(Descriptor file, open_descriptor(path, O_RDWR | O_CREAT | O_EXCL, "create"));
  if (::unlink(path.c_str()) != 0) return file_failure(path, "remove", errno);
  return CutTexts(std::move(file), path);
}

Result<void> CutTexts::add(const CutText& text) {
  const Sizes sizes = {text.cell.size(), text.key.size(), text.column.size(), text.rest.size()};
  const std::string_view head(reinterpret_cast<const char*>(sizes.data()), sizeof sizes);
  for (const std::string_view piece : {head, text.cell, text.key, text.column, text.rest})
    FQ_TRY(write_buffered(file_.get(), buffer_, offset_, piece, path_));
  return {};
}

Result<void> CutTexts::rewind() {
  FQ_TRY(flush_buffer(file_.get(), buffer_, offset_, path_));
  position_ = 0;
  return {};
}

Result<bool> CutTexts::read(char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t got = ::pread(file_.get(), bytes, size, static_cast<off_t>(position_));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_failure(path_, "read", errno);
    if (got == 0) return false;
    bytes += got;
    size -= static_cast<std::size_t>(got);
    position_ += static_cast<std::uint64_t>(got);
  }
  return true;
}

Result<bool> CutTexts::next(CutText& text) {
  Sizes sizes = {};
  FQ_TRY_ASSIGN(const bool more, read(reinterpret_cast<char*>(sizes.data()), sizeof sizes));
  if (!more) return false;
  text_.resize(sizes[0] + sizes[1] + sizes[2] + sizes[3]);
  FQ_TRY_ASSIGN(const bool whole, read(text_.data(), text_.size()));
  if (!whole) return fail(ErrorKind::integrity, "the file of cut texts is too short", path_.string());
  std::string_view left = text_;
  const auto take = [&](std::uint64_t size) {
    const std::string_view piece = left.substr(0, size);
    left.remove_prefix(size);
    return piece;
  };
  text.cell = take(sizes[0]);
  text.key = take(sizes[1]);
  text.column = take(sizes[2]);
  text.rest = take(sizes[3]);
  return true;
}

}  // namespace firmquery
