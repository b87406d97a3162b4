// The parts of a ZIP archive, by libzip, with a limit to what they may unfold to.
#pragma once

#include <zip.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "firmquery/core/error.hpp"
#include "firmquery/output/descriptor.hpp"
#include "firmquery/output/xlsx_reader.hpp"

namespace firmquery {

// One part of an archive, as a stream. Its check sum is checked at its end. The archive must outlive it.
class ZipPart {
 public:
  // 0 at the end only.
  Result<std::size_t> read(char* buffer, std::size_t size);
  const std::string& name() const { return name_; }
  Failure damaged(std::string_view what) const;  // names the file and the part

 private:
  friend class ZipArchive;
  struct Close {
    void operator()(zip_file_t* file) const { ::zip_fclose(file); }
  };
  ZipPart(zip_file_t* file, std::string name, std::filesystem::path archive, std::uint64_t compressed,
          const XlsxOptions& options)
      : file_(file),
        name_(std::move(name)),
        archive_(std::move(archive)),
        compressed_bytes_(compressed),
        options_(options) {}

  std::unique_ptr<zip_file_t, Close> file_;
  std::string name_;
  std::filesystem::path archive_;
  std::uint64_t compressed_bytes_, read_bytes_ = 0;
  XlsxOptions options_;
};

class ZipArchive {
 public:
  static Result<ZipArchive> open(Descriptor file, const std::filesystem::path& name,
                                 const XlsxOptions& options);
  bool has(const std::string& part) const;
  // Names are compared without regard to case, as ECMA-376 part 2 has it.
  Result<ZipPart> part(const std::string& name) const;
  Failure damaged(std::string_view what) const;

 private:
  struct Discard {
    void operator()(zip_t* archive) const { ::zip_discard(archive); }
  };
  ZipArchive(zip_t* archive, std::filesystem::path name, const XlsxOptions& options)
      : archive_(archive), name_(std::move(name)), options_(options) {}
  std::unique_ptr<zip_t, Discard> archive_;
  std::filesystem::path name_;
  XlsxOptions options_;
};

// The error of a workbook that cannot be read, with what to do about it.
Failure bad_workbook(const XlsxOptions& options, std::string message, std::string place);

}  // namespace firmquery
