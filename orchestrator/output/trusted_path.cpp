#include "firmquery/output/trusted_path.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <vector>

#include "firmquery/output/files.hpp"
#include "trusted_open.hpp"

namespace firmquery {
namespace fs = std::filesystem;
namespace {

constexpr int kLinksMax = 40;  // the kernel's own limit
constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH;

bool is_root() {
  return ::geteuid() == 0;
}

// As sudo takes it: an account may have no name.
std::string account_name(uid_t user) {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> text{};
  if (::getpwuid_r(user, &entry, text.data(), text.size(), &found) == 0 && found != nullptr)
    return found->pw_name;
  return fmt::format("'#{}'", user);
}

constexpr const char* kLinks = "who could put links in root's way";
constexpr const char* kOrders = "who could have root do anything";

Failure refuse(const fs::path& path, const std::string& why, const std::string& who,
               const std::string& account) {
  return fail(
      ErrorKind::usage, why, path.string(),
      fmt::format("run it as {}: sudo -u {} firmquery ...; or choose a place that only root can write", who,
                  account));
}

Failure refuse_owner(const fs::path& path, uid_t owner, const char* danger = kLinks) {
  const std::string name = account_name(owner);
  return refuse(path, fmt::format("belongs to {}, {}", name, danger), "that account", name);
}

Failure refuse_mode(const fs::path& path, mode_t mode, const char* danger = kLinks) {
  const char* user = std::getenv("SUDO_USER");
  return refuse(path, fmt::format("can be written by others (mode {:04o}), {}", mode & 07777, danger),
                "an account that works there",
                user != nullptr && std::strcmp(user, "root") != 0 ? user : "NAME");
}

// The names of a path that are still to go, and the directory that has been reached.
class Trail {
 public:
  enum class Missing : std::uint8_t { fails, ends, is_made, is_made_for_all };

  // `file`: the last name is looked at and not entered.
  static Result<Trail> follow(const fs::path& path, bool file, Missing missing) {
    std::error_code error;
    Trail trail(file, missing);
    const fs::path whole = fs::absolute(path.empty() ? "." : path, error);
    if (error) return file_failure(path, "find", error.value());
    FQ_TRY(trail.take(whole));
    while (!trail.names_.empty()) FQ_TRY(trail.step());
    return trail;
  }

  int directory() const { return at_->get(); }
  bool shared() const { return shared_; }
  mode_t mode() const { return mode_; }
  bool ended_early() const { return ended_early_; }
  const fs::path& reached() const { return reached_; }
  const std::string& name() const { return name_; }
  const std::optional<struct stat>& facts() const { return facts_; }
  // A link of /proc leads to what a process has open, not to a name.
  bool open_file() const { return facts_ && S_ISLNK(facts_->st_mode); }

 private:
  Trail(bool file, Missing missing) : file_(file), missing_(missing) {}

  Result<void> take(const fs::path& path) {
    if (path.is_absolute()) {
      reached_ = "/";
      FQ_TRY_ASSIGN(Descriptor root, open_descriptor("/", O_RDONLY | O_DIRECTORY, "open"));
      FQ_TRY(enter(std::move(root)));
    }
    std::vector<std::string> names(path.begin(), path.end());
    names_.insert(names_.end(), names.rbegin(), names.rend());
    return {};
  }

  Result<void> enter(Descriptor directory) {
    struct stat facts {};
    if (::fstat(directory.get(), &facts) != 0) return file_failure(reached_, "inspect", errno);
    if (facts.st_uid != 0) return refuse_owner(reached_, facts.st_uid);
    mode_ = facts.st_mode;
    shared_ = (mode_ & kOthersWrite) != 0;
    if (shared_ && (mode_ & S_ISVTX) == 0) return refuse_mode(reached_, mode_);
    at_.emplace(std::move(directory));
    return {};
  }

  Result<void> step() {
    const std::string name = std::move(names_.back());
    names_.pop_back();
    if (name.empty() || name == "." || name == "/") return {};
    const fs::path path = name == ".." ? reached_.parent_path() : reached_ / name;
    struct stat facts {};
    const bool there = ::fstatat(at_->get(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0;
    if (!there && errno != ENOENT) return file_failure(path, "inspect", errno);
    const bool last = file_ && names_.empty();
    if (there && S_ISLNK(facts.st_mode) && !(last && on_proc())) return follow_link(name, facts);
    if (last) {
      name_ = name;
      if (there) facts_ = facts;
      return {};
    }
    if (!there && missing_ == Missing::ends) {
      ended_early_ = true;
      names_.clear();
      return {};
    }
    if (!there) FQ_TRY(make(name));
    const int fd = ::openat(at_->get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return file_failure(path, "open the directory", errno);
    reached_ = path;
    return enter(Descriptor(fd));
  }

  Result<void> make(const std::string& name) const {
    if (missing_ == Missing::fails) return file_failure(reached_ / name, "open the directory", ENOENT);
    if (::mkdirat(at_->get(), name.c_str(), 0755) == 0) {
      const bool for_all = missing_ == Missing::is_made_for_all;
      if (!for_all || ::fchmodat(at_->get(), name.c_str(), 0755, 0) == 0) return {};
    } else if (errno == EEXIST) {
      return {};
    }
    return file_failure(reached_ / name, "create the directory", errno);
  }

  Result<void> follow_link(const std::string& name, const struct stat& facts) {
    const fs::path path = reached_ / name;
    if (facts.st_uid != 0) return refuse_owner(path, facts.st_uid);
    if (shared_) return refuse_mode(reached_, mode_);
    if (++links_ > kLinksMax) return file_failure(path, "follow", ELOOP);
    std::string target(PATH_MAX, '\0');
    const ssize_t size = ::readlinkat(at_->get(), name.c_str(), target.data(), target.size());
    if (size < 0) return file_failure(path, "follow", errno);
    target.resize(static_cast<std::size_t>(size));
    return take(target);
  }

  bool on_proc() const {
    struct statfs facts {};
    return ::fstatfs(at_->get(), &facts) == 0 && facts.f_type == PROC_SUPER_MAGIC;
  }

  const bool file_;
  const Missing missing_;
  std::vector<std::string> names_;  // the next one last
  std::optional<Descriptor> at_;
  fs::path reached_;
  mode_t mode_ = 0;
  bool shared_ = false;  // others can make names here, but not touch root's
  bool ended_early_ = false;
  int links_ = 0;
  std::string name_;                  // of the file
  std::optional<struct stat> facts_;  // of the file, where there is one
};

// What others put into a shared directory is not root's to write.
Result<void> check_shared(const struct stat& facts, const fs::path& path) {
  if (facts.st_uid != 0) return refuse_owner(path, facts.st_uid);
  if (S_ISREG(facts.st_mode) && facts.st_nlink == 1) return {};
  return refuse(path, "is no regular file, or has a second name", "an account that works there", "NAME");
}

Result<void> check_closed(const Trail& trail) {
  return trail.shared() ? refuse_mode(trail.reached(), trail.mode()) : Result<void>();
}

}  // namespace

Result<Descriptor> open_trusted(const fs::path& path, int flags, std::string_view action) {
  FQ_TRY_ASSIGN(const Trail trail, Trail::follow(path.parent_path(), false, Trail::Missing::ends));
  if (trail.ended_early()) return file_failure(path, action, ENOENT);
  if (trail.shared()) flags |= O_NONBLOCK;  // nothing of others is waited for
  int fd = -1;
  do {
    fd = ::openat(trail.directory(), path.filename().c_str(), flags | O_NOFOLLOW | O_CLOEXEC, 0600);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return file_failure(path, action, errno);
  Descriptor file(fd);
  if (!trail.shared()) return file;
  struct stat facts {};
  if (::fstat(fd, &facts) != 0) return file_failure(path, "inspect", errno);
  FQ_TRY(check_shared(facts, path));
  return file;
}

Result<void> check_trusted_directory(const fs::path& directory) {
  if (!is_root()) return {};
  FQ_TRY_ASSIGN(const Trail trail, Trail::follow(directory, false, Trail::Missing::fails));
  return check_closed(trail);
}

Result<void> check_trusted_ancestor(const fs::path& directory) {
  if (!is_root()) return {};
  FQ_TRY(Trail::follow(directory, false, Trail::Missing::ends));
  return {};
}

Result<void> check_trusted_entries(const fs::path& directory) {
  if (!is_root()) return {};
  FQ_TRY_ASSIGN(const Trail trail, Trail::follow(directory, false, Trail::Missing::fails));
  FQ_TRY(check_closed(trail));
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path name = entry->path().filename();
    struct stat facts {};
    if (::fstatat(trail.directory(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;  // of another run that ends
      return file_failure(entry->path(), "inspect", errno);
    }
    if (S_ISDIR(facts.st_mode) && facts.st_uid == 0) continue;
    FQ_TRY(check_shared(facts, entry->path()));
  }
  if (error) return file_failure(directory, "read the directory", error.value());
  return {};
}

Result<void> check_trusted_source(const fs::path& file) {
  if (!is_root()) return {};
  FQ_TRY_ASSIGN(const Trail trail, Trail::follow(file, true, Trail::Missing::ends));
  if (!trail.facts() || trail.open_file()) return {};
  const struct stat& facts = *trail.facts();
  const fs::path path = trail.reached() / trail.name();
  if (facts.st_uid != 0) return refuse_owner(path, facts.st_uid, kOrders);
  if (S_ISREG(facts.st_mode) && (facts.st_mode & kOthersWrite) != 0)
    return refuse_mode(path, facts.st_mode, kOrders);
  return {};
}

Result<void> check_trusted_output(const fs::path& file) {
  if (!is_root()) return {};
  FQ_TRY_ASSIGN(const Trail trail, Trail::follow(file, true, Trail::Missing::is_made));
  if (!trail.shared()) return {};
  // From here on it is root's, and nobody else can put another in its place.
  FQ_TRY(open_trusted(file, O_WRONLY | O_CREAT | O_APPEND, "open"));
  return {};
}

Result<void> make_directories(const fs::path& directory, Passage passage) {
  if (is_root()) {
    FQ_TRY(Trail::follow(
        directory, false,
        passage == Passage::for_all ? Trail::Missing::is_made_for_all : Trail::Missing::is_made));
    return {};
  }
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return file_failure(directory, "create the directory", error.value());
  return {};
}

}  // namespace firmquery
