#include "firmquery/output/digested_file.hpp"

#include <fmt/format.h>

#include <future>
#include <string>
#include <utility>

#include "firmquery/output/exceptions.hpp"
#include "posix_file.hpp"
#include "sha256.hpp"

namespace firmquery {

struct DigestedFile::State {
  explicit State(AtomicFile atomic) : file(std::move(atomic)) {}

  // Rows are short: they are written and digested in blocks.
  Result<void> pass_on() {
    FQ_TRY(file.write(block));
    sha256.update(block);
    block.clear();
    return {};
  }

  AtomicFile file;
  Sha256 sha256;
  std::string block;
};

DigestedFile::DigestedFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
DigestedFile::DigestedFile() = default;
DigestedFile::DigestedFile(DigestedFile&&) noexcept = default;
DigestedFile& DigestedFile::operator=(DigestedFile&&) noexcept = default;
DigestedFile::~DigestedFile() = default;

Result<DigestedFile> DigestedFile::create(const std::filesystem::path& final_path) {
  FQ_TRY_ASSIGN(AtomicFile file, AtomicFile::create(final_path));
  return DigestedFile(std::make_unique<State>(std::move(file)));
}

Result<void> DigestedFile::write(std::string_view bytes) {
  if (state_->block.empty() && bytes.size() >= kFileBufferBytes) {
    FQ_TRY(state_->file.write(bytes));
    state_->sha256.update(bytes);
    return {};
  }
  state_->block.append(bytes);
  return state_->block.size() < kFileBufferBytes ? Result<void>() : state_->pass_on();
}

Result<void> DigestedFile::append_file(const std::filesystem::path& path, const std::stop_token& stop) {
  FQ_TRY(state_->pass_on());
  AtomicFile& file = state_->file;
  const std::uint64_t before = file.bytes();
  // Deferred where the system gives no more threads.
  std::future<Result<void>> copied = std::async([&] {
    return guarded([&]() -> Result<void> {
      FQ_TRY(file.append_file(path, stop));
      return file.sync();
    });
  });
  auto digested = guarded([&] { return digest_into(state_->sha256, path, stop); });
  FQ_TRY(copied.get());
  FQ_TRY_ASSIGN(const std::uint64_t bytes, std::move(digested));
  if (before + bytes == file.bytes()) return {};
  return fail(ErrorKind::integrity,
              fmt::format("{} bytes were copied, and {} digested", file.bytes() - before, bytes),
              path.string(), "something else writes to the run directory: start a new run");
}

Result<FileDigest> DigestedFile::finish() {
  FQ_TRY(state_->pass_on());
  FQ_TRY(state_->file.sync());
  FileDigest digest{state_->file.bytes(), {}};
  FQ_TRY_ASSIGN(digest.sha256, state_->sha256.finish());
  return digest;
}

Result<void> DigestedFile::commit() {
  return state_->file.commit();
}

}  // namespace firmquery
