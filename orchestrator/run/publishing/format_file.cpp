#include "publishing/format_file.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace firmquery {

Result<std::unique_ptr<FormatFile>> FormatFile::create(const ResultFile& file, const FormatOptions& options) {
  std::unique_ptr<FormatFile> made(new FormatFile());
  made->name_ = file.name();
  FQ_TRY_ASSIGN(made->file_, DigestedFile::create(options.directory / made->name_));
  if (file.compression != Compression::none) {
    FQ_TRY_ASSIGN(made->compressor_, compress_into(made->file_, file.compression));
  }
  ByteSink& sink = made->compressor_ ? static_cast<ByteSink&>(*made->compressor_) : made->file_;
  made->writer_ = file.format->writer(sink, options);
  return made;
}

Result<ReadyFile> FormatFile::finish() {
  if (compressor_) FQ_TRY(compressor_->finish());
  FQ_TRY_ASSIGN(const FileDigest digest, file_.finish());
  return ReadyFile{std::move(file_), {name_, 0, digest.bytes, digest.sha256, writer_->notes()}};
}

Result<void> remove_others(const std::filesystem::path& directory, Artifact artifact,
                           const std::vector<FileReport>& published) {
  for (std::filesystem::directory_iterator entry(directory), end; entry != end; ++entry) {
    const std::string name = entry->path().filename().string();
    const bool wanted = std::any_of(published.begin(), published.end(),
                                    [&](const FileReport& file) { return file.name == name; });
    if (wanted || result_file_of(name, artifact).format == nullptr) continue;
    std::error_code error;
    std::filesystem::remove(entry->path(), error);
    if (error) return file_failure(entry->path(), "remove", error.value());
  }
  return {};
}

}  // namespace firmquery
