#include "preparing/input_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <future>
#include <system_error>
#include <utility>

namespace firmquery {
namespace {

// The larger a list, the less often threads should have to wait for each other.
constexpr std::size_t kBlockBytes = 1 << 20, kBlockBytesMax = 8 << 20, kBlocks = 16;

std::size_t block_bytes_for(std::uint64_t file_bytes) {
  return std::clamp<std::uint64_t>(file_bytes / kBlocks >> 20 << 20, kBlockBytes, kBlockBytesMax);
}

Failure unreadable(const std::string& name, int error_number) {
  const char* remedy = error_number == ENOENT
                           ? "check the path; it is taken relative to the current directory"
                       : error_number == EACCES ? "give the user that runs this read permission"
                                                : "check the file and the disk it is on";
  return fail(ErrorKind::usage, std::string("cannot read the list of IDs: ") + std::strerror(error_number),
              name, remedy);
}

Failure stopped(const std::string& name) {
  return fail(ErrorKind::interrupted, "stopped while reading the list of IDs", name);
}

// Waits until `fd` can be read or a stop is requested.
Result<void> wait_readable(int fd, const std::string& name, const std::stop_token& stop) {
  const int wake = ::eventfd(0, EFD_CLOEXEC);
  if (wake < 0) return unreadable(name, errno);
  {
    const std::stop_callback on_stop(stop, [wake] { (void)::eventfd_write(wake, 1); });
    pollfd wanted[2] = {{fd, POLLIN, 0}, {wake, POLLIN, 0}};
    while (::poll(wanted, 2, -1) < 0 && errno == EINTR) {
    }
  }
  ::close(wake);
  if (stop.stop_requested()) return stopped(name);
  return {};
}

}  // namespace

// The bytes as they come. Its address stays, since a decompressor reads from it.
class InputFile::Raw {
 public:
  std::string name;
  std::filesystem::path work_directory;  // for random access
  Descriptor file, spool;
  bool regular = true;
  ByteSink* copy = nullptr;
  std::stop_token stop;     // of the call in progress
  std::uint64_t bytes = 0;  // read since the beginning

  Result<void> open_spool(const std::filesystem::path& directory) {
    FQ_TRY_ASSIGN(spool, unnamed_file(directory));
    return {};
  }

  // As many as there are, up to `size`.
  Result<std::size_t> fill(char* buffer, std::size_t size) {
    std::size_t filled = 0;
    while (filled < size) {
      if (stop.stop_requested()) return stopped(name);
      if (!regular) FQ_TRY(wait_readable(file.get(), name, stop));
      const ssize_t got = ::read(file.get(), buffer + filled, size - filled);
      if (got == 0) break;
      if (got < 0) {
        if (errno == EINTR || errno == EAGAIN) continue;
        return unreadable(name, errno);
      }
      filled += static_cast<std::size_t>(got);
    }
    bytes += filled;
    FQ_TRY(keep({buffer, filled}));
    return filled;
  }

  Result<void> keep(std::string_view block) {
    if (copy != nullptr) FQ_TRY(copy->write(block));
    if (spool.get() < 0) return {};
    while (!block.empty()) {
      const ssize_t written = ::write(spool.get(), block.data(), block.size());
      if (written < 0) {
        if (errno == EINTR) continue;
        return file_failure("the copy of " + name, "write", errno);
      }
      block.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  // The next block of a regular file into `next`, while the last one is worked on.
  void read_ahead(std::size_t size) {
    if (!next) next = std::make_unique_for_overwrite<char[]>(size);
    // Without a policy it is read when it is asked for, where the system gives no thread.
    ahead = std::async([this, size] { return fill(next.get(), size); });
  }
  void end_reading_ahead() {
    if (ahead.valid()) (void)ahead.get();
  }

  // The first block, which showed what follows, and then the rest.
  class Source : public ByteSource {
   public:
    Source(Raw& raw, std::unique_ptr<char[]> first, std::size_t size)
        : raw_(raw), first_(std::move(first)), left_(first_.get(), size) {}
    Result<std::size_t> read(char* buffer, std::size_t size) override {
      if (left_.empty()) return raw_.fill(buffer, size);
      const std::size_t taken = left_.copy(buffer, size);
      left_.remove_prefix(taken);
      if (left_.empty()) first_.reset();
      return taken;
    }

   private:
    Raw& raw_;
    std::unique_ptr<char[]> first_;
    std::string_view left_;
  };

  std::unique_ptr<char[]> next;
  std::future<Result<std::size_t>> ahead;  // its destructor waits, so it is the first to go
};

InputFile::InputFile() : raw_(std::make_unique<Raw>()) {}
InputFile::InputFile(InputFile&&) noexcept = default;
InputFile& InputFile::operator=(InputFile&&) noexcept = default;
InputFile::~InputFile() = default;

Result<InputFile> InputFile::open(const std::string& path, const std::filesystem::path& spool_directory) {
  InputFile input;
  Raw& raw = *input.raw_;
  const bool named = path != "-";
  raw.name = named ? path : "standard input";
  raw.file = Descriptor(named ? ::open(path.c_str(), O_RDONLY | O_CLOEXEC)
                              : ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
  struct stat status {};
  if (raw.file.get() < 0 || ::fstat(raw.file.get(), &status) != 0) return unreadable(raw.name, errno);
  if (S_ISDIR(status.st_mode)) {
    return fail(ErrorKind::usage, "the list of IDs is a directory", raw.name, "give the file in it");
  }
  // Redirected standard input may start anywhere, so only a file of our own is read twice in place.
  raw.regular = S_ISREG(status.st_mode) && named;
  if (raw.regular) {
    (void)::posix_fadvise(raw.file.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
    input.block_bytes_ = block_bytes_for(static_cast<std::uint64_t>(status.st_size));
  } else if (!spool_directory.empty()) {
    FQ_TRY(raw.open_spool(spool_directory));
  }
  input.buffer_ = std::make_unique_for_overwrite<char[]>(input.block_bytes_);
  return input;
}

Result<InputFile> InputFile::produced(std::string name, const std::filesystem::path& spool_directory) {
  InputFile input;
  input.raw_->name = std::move(name);
  input.raw_->regular = false;
  input.take_as_it_is();
  if (!spool_directory.empty()) FQ_TRY(input.raw_->open_spool(spool_directory));
  input.buffer_ = std::make_unique_for_overwrite<char[]>(input.block_bytes_);
  return input;
}

void InputFile::take_as_it_is() {
  as_it_is_ = true;
}
void InputFile::copy_to(ByteSink& copy) {
  raw_->copy = &copy;
}
void InputFile::work_in(const std::filesystem::path& directory) {
  raw_->work_directory = directory;
}
Result<void> InputFile::keep(std::string_view block) {
  return raw_->keep(block);
}
const std::string& InputFile::name() const {
  return raw_->name;
}
bool InputFile::streamed() const {
  return !raw_->regular;
}

Result<void> InputFile::look(const std::stop_token& stop) {
  raw_->stop = stop;
  if (looked_) return {};
  FQ_TRY_ASSIGN(held_, raw_->fill(buffer_.get(), block_bytes_));
  looked_ = true;
  if (as_it_is_) return {};
  const std::string_view first(buffer_.get(), held_);
  // What says of itself that it is another kind of archive stays text, which the cleaner refuses by name.
  if (first.starts_with("PK\x03\x04") && first.find("opendocument.spreadsheet") == std::string_view::npos)
    content_ = InputContent::workbook;
  const Compression compression = compression_of_content(first);
  if (compression == Compression::none) return {};
  content_ = InputContent::compressed_text;
  auto source = std::make_unique<Raw::Source>(*raw_, std::move(buffer_), std::exchange(held_, 0));
  buffer_ = std::make_unique_for_overwrite<char[]>(block_bytes_);
  compression_ = compression == Compression::gzip ? "gzip" : "zstd";
  const std::string remedy = fmt::format(
      "get the list again from where it was written; {} -t says whether a copy is whole", compression_);
  FQ_TRY_ASSIGN(decompressed_,
                decompress(std::move(source), compression, {ErrorKind::usage, raw_->name, remedy}));
  return {};
}

Result<InputContent> InputFile::content(const std::stop_token& stop) {
  FQ_TRY(look(stop));
  return content_;
}

// A few bytes can be made to expand without end. Lists of IDs do not shrink to a five hundredth.
Result<void> InputFile::check_expansion() const {
  constexpr std::uint64_t kFreeBytes = 256u << 20, kFactorMax = 500;
  if (text_bytes_ <= kFreeBytes || text_bytes_ / kFactorMax <= raw_->bytes) return {};
  return fail(
      ErrorKind::usage,
      fmt::format("the first {} bytes of the compressed list expand to more than {} MiB, which no list of "
                  "IDs does",
                  raw_->bytes, text_bytes_ >> 20),
      raw_->name, "if it is the right file, decompress it and give the text");
}

Result<std::string_view> InputFile::read(const std::stop_token& stop) {
  if (!raw_->ahead.valid()) FQ_TRY(look(stop));
  std::size_t filled = std::exchange(held_, 0);
  if (decompressed_) {
    while (filled < block_bytes_) {
      if (stop.stop_requested()) return stopped(raw_->name);
      FQ_TRY_ASSIGN(const std::size_t got,
                    decompressed_->read(buffer_.get() + filled, block_bytes_ - filled));
      if (got == 0) break;
      filled += got;
    }
    text_bytes_ += filled;
    FQ_TRY(check_expansion());
  } else if (raw_->ahead.valid()) {
    FQ_TRY_ASSIGN(filled, raw_->ahead.get());
    buffer_.swap(raw_->next);
  } else if (filled == 0) {
    FQ_TRY_ASSIGN(filled, raw_->fill(buffer_.get(), block_bytes_));
  }
  if (block_bytes_ > kBlockBytes && !decompressed_ && filled == block_bytes_) raw_->read_ahead(block_bytes_);
  return std::string_view(buffer_.get(), filled);
}

Result<void> InputFile::rewind() {
  raw_->end_reading_ahead();
  if (raw_->spool.get() >= 0) {
    raw_->file = std::exchange(raw_->spool, {});
    raw_->regular = true;
  }
  raw_->copy = nullptr;
  raw_->bytes = text_bytes_ = 0;
  decompressed_.reset();
  held_ = 0;
  looked_ = false;
  content_ = InputContent::text;
  if (::lseek(raw_->file.get(), 0, SEEK_SET) < 0) return unreadable(raw_->name, errno);
  return {};
}

Result<int> InputFile::random_access(const std::stop_token& stop) {
  raw_->end_reading_ahead();
  Raw& raw = *raw_;
  if (!raw.regular) {
    raw.stop = stop;
    if (raw.spool.get() < 0) {
      std::error_code error;
      if (raw.work_directory.empty()) raw.work_directory = std::filesystem::temp_directory_path(error);
      if (error) return file_failure("TMPDIR", "use", error.value());
      FQ_TRY(raw.open_spool(raw.work_directory));
      // What was read before there was a file to keep it in.
      ByteSink* const copy = std::exchange(raw.copy, nullptr);
      FQ_TRY(raw.keep({buffer_.get(), held_}));
      raw.copy = copy;
    }
    while (true) {
      FQ_TRY_ASSIGN(const std::size_t got, raw.fill(buffer_.get(), block_bytes_));
      if (got == 0) break;
    }
    raw.file = std::exchange(raw.spool, {});
    raw.regular = true;
  }
  held_ = 0;
  return raw.file.get();
}

}  // namespace firmquery
