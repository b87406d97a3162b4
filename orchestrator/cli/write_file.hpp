// A small file, whole or not there (files.hpp).
#pragma once

#include <filesystem>
#include <string_view>

#include "firmquery/output/files.hpp"

namespace firmquery::cli {

inline Result<void> write_file(const std::filesystem::path& path, std::string_view text) {
  FQ_TRY_ASSIGN(AtomicFile file, AtomicFile::create(path));
  FQ_TRY(file.write(text));
  return file.commit();
}

}  // namespace firmquery::cli
