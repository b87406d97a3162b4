// A file whose digest is known when it is written.
#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string_view>

#include "firmquery/core/error.hpp"
#include "firmquery/output/files.hpp"

namespace firmquery {

// Like AtomicFile it has no name before commit(), and without it nothing is left. Not thread-safe.
class DigestedFile : public ByteSink {
 public:
  DigestedFile();  // of no file
  static Result<DigestedFile> create(const std::filesystem::path& final_path);
  DigestedFile(DigestedFile&&) noexcept;
  DigestedFile& operator=(DigestedFile&&) noexcept;
  ~DigestedFile() override;

  Result<void> write(std::string_view bytes) override;
  // Copied and put on disk by one thread, while another reads the bytes for the digest.
  Result<void> append_file(const std::filesystem::path& path, const std::stop_token& stop) override;

  // Everything is on disk; nothing more may be written. Once.
  Result<FileDigest> finish();
  Result<void> commit();  // gives the file its name; after finish()

 private:
  struct State;
  explicit DigestedFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace firmquery
