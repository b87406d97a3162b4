#include "firmquery/history/missing_ages.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <map>
#include <utility>

#include "firmquery/output/files.hpp"
#include "firmquery/output/scratch_file.hpp"

namespace firmquery {
namespace {

struct Record {
  std::uint32_t instant, runs, fresh;
};
constexpr std::size_t kBlockRecords = 8192;

}  // namespace

struct MissingAges::File {
  ScratchFile bytes;
  std::filesystem::path place;
  std::map<std::string, std::uint32_t, std::less<>> known = {};  // of the instants
};

MissingAges::MissingAges(std::string read_at) : instants_{std::move(read_at)} {}
MissingAges::MissingAges(MissingAges&&) noexcept = default;
MissingAges& MissingAges::operator=(MissingAges&&) noexcept = default;
MissingAges::~MissingAges() = default;

Result<void> MissingAges::begin(const std::filesystem::path& scratch) {
  FQ_TRY_ASSIGN(ScratchFile bytes, ScratchFile::create(scratch));
  file_ = std::make_unique<File>(File{std::move(bytes), scratch});
  file_->known.emplace(instants_.front(), 0);
  return {};
}

Result<void> MissingAges::add(const Age& age) {
  if (instants_[last_] != age.since) {
    const auto known = file_->known.find(age.since);
    if (known != file_->known.end()) {
      last_ = known->second;
    } else {
      last_ = instants_.size();
      instants_.emplace_back(age.since);
      file_->known.emplace(instants_.back(), static_cast<std::uint32_t>(last_));
    }
  }
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  const Record record{static_cast<std::uint32_t>(last_),
                      static_cast<std::uint32_t>(std::min(age.runs, kMost)), age.fresh ? 1u : 0u};
  return file_->bytes.append({reinterpret_cast<const char*>(&record), sizeof record});
}

Result<void> MissingAges::end() {
  file_->known.clear();
  return file_->bytes.flush();
}

Result<MissingAges::Age> MissingAges::Cursor::next() {
  if (ages_.file_ == nullptr) return Age{ages_.instants_.front()};
  if (at_ == block_.size()) {
    block_.resize(kBlockRecords * sizeof(Record));
    FQ_TRY_ASSIGN(const std::size_t got, ages_.file_->bytes.read(read_, block_.data(), block_.size()));
    block_.resize(got);
    read_ += got;
    at_ = 0;
  }
  Record record;
  if (block_.size() - at_ < sizeof record) return file_failure(ages_.file_->place, "read back", EIO);
  std::memcpy(&record, block_.data() + at_, sizeof record);
  at_ += sizeof record;
  return Age{ages_.instants_[record.instant], record.runs, record.fresh != 0};
}

}  // namespace firmquery
