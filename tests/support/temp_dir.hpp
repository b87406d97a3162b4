// A unique private directory for one test, removed with everything in it at the end; FIRMQUERY_KEEP=1 keeps
// it and prints its name. Short, because Unix socket paths are; readable by all (0755), because a server
// started by root runs as another user.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace firmquery::test {

class TempDir {
 public:
  TempDir();  // throws std::runtime_error
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  // Writes a file below the directory (making folders as needed) and returns its path.
  std::filesystem::path write(std::string_view name, std::string_view text) const;

 private:
  std::filesystem::path path_;
};

void write_text(const std::filesystem::path& path, std::string_view text);  // throws std::runtime_error
// Makes everything from `path` down the account's, links themselves and not what they lead to. Only root can.
void give_to(const std::filesystem::path& path, const std::string& account);  // throws std::runtime_error
std::string read_text(const std::filesystem::path& path);                     // throws std::runtime_error

}  // namespace firmquery::test
