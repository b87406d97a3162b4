#include "local_extension.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <utility>

#include "firmquery/output/files.hpp"

namespace firmquery {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExtensionPlace = "firm_staging";
constexpr const char* kControl = "firm_staging.control";
constexpr const char* kModule = "firm_staging.so";
constexpr int kHasControlPath = 18;  // the first version with extension_control_path
constexpr std::uint64_t kFileBytesMax = 256u << 20;

Failure without(std::string why, std::string remedy = {}) {
  return fail(ErrorKind::usage, std::move(why), kExtensionPlace, std::move(remedy));
}

// Where an installed server has its parts.
struct Installation {
  fs::path binaries, share, modules;
  int major = 0;
};

Result<std::string> ask_pg_config(const fs::path& binaries, const char* what) {
  FQ_TRY_ASSIGN(const CommandOutput output, run_as(Account{}, {binaries / "pg_config", what}));
  const std::string answer = output.text.substr(0, output.text.find('\n'));
  if (output.exit_code == 0 && answer.starts_with('/')) return answer;
  return without(
      fmt::format("{} does not say where the server's files are", (binaries / "pg_config").string()));
}

Result<Installation> find_installation(const fs::path& binaries) {
  Installation found;
  FQ_TRY_ASSIGN(const std::string version, binaries_version(binaries));
  found.major = std::atoi(version.c_str());
  FQ_TRY_ASSIGN(found.binaries, ask_pg_config(binaries, "--bindir"));
  FQ_TRY_ASSIGN(found.share, ask_pg_config(binaries, "--sharedir"));
  FQ_TRY_ASSIGN(found.modules, ask_pg_config(binaries, "--pkglibdir"));
  return found;
}

bool is_installed(const Installation& server) {
  std::error_code ignored;
  return fs::exists(server.share / "extension" / kControl, ignored);
}

// PREFIX/bin/firmquery has them in PREFIX/lib/firmquery/MAJOR, installed and in the build directory.
Result<fs::path> files_of(int major) {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) return without("the place of this program is not known");
  const fs::path directory = program.parent_path().parent_path() / "lib/firmquery" / std::to_string(major);
  for (const char* name : {kControl, kModule}) {
    if (fs::exists(directory / name, error)) continue;
    return without(fmt::format("there is no build of it for PostgreSQL {} in {}", major, directory.string()),
                   "build it (cmake --build) or install it on the server (make -C staging install)");
  }
  return directory;
}

// The files' names and contents, read as whoever runs the program.
using Contents = std::vector<std::pair<std::string, std::string>>;
Result<Contents> read_files(const fs::path& directory) {
  Contents contents;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("firm_staging")) continue;
    FQ_TRY_ASSIGN(std::string text, read_file(entry.path(), kFileBytesMax));
    contents.emplace_back(name, std::move(text));
  }
  if (error) return file_failure(directory, "read", error.value());
  return contents;
}

std::string stamp_of(const fs::path& file) {
  struct stat facts {};
  if (::stat(file.c_str(), &facts) != 0) return "none";
  return fmt::format("{} {} {}.{}", file.string(), facts.st_size, facts.st_mtim.tv_sec,
                     facts.st_mtim.tv_nsec);
}

// What a private installation was made of; another one is made when this changes.
std::string make_stamp(const Installation& server, const fs::path& files) {
  return fmt::format("1\n{}\n{}\n{}\n", stamp_of(server.binaries / "postgres"), stamp_of(files / kControl),
                     stamp_of(files / kModule));
}

void link_entries(const fs::path& from, const fs::path& to) {
  for (const auto& entry : fs::directory_iterator(from)) {
    const fs::path link = to / entry.path().filename();
    if (fs::symlink_status(link).type() == fs::file_type::not_found) fs::create_symlink(entry.path(), link);
  }
}

void write_contents(const Contents& contents, const fs::path& share, const fs::path& modules) {
  fs::create_directories(share / "extension");
  fs::create_directories(modules);
  for (const auto& [name, text] : contents) {
    const fs::path path = (name == kModule ? modules : share / "extension") / name;
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    if (!file) throw fs::filesystem_error("write", path, std::make_error_code(std::errc::io_error));
  }
}

// Before version 18 a server finds extensions below its own installation only, and that by the place of its
// executable: so the executable is copied, everything else is linked, and the paths below `root` are as they
// were.
void make_installation(const fs::path& root, const Installation& server, const Contents& contents) {
  const auto below = [&](const fs::path& path) { return root / path.relative_path(); };
  write_contents(contents, below(server.share), below(server.modules));
  link_entries(server.share / "extension", below(server.share) / "extension");
  link_entries(server.share, below(server.share));
  link_entries(server.modules, below(server.modules));
  fs::create_directories(below(server.binaries));
  fs::copy_file(server.binaries / "postgres", below(server.binaries) / "postgres");
}

Result<void> remake(const fs::path& root, const Installation& server, const Contents& contents,
                    const std::string& stamp) {
  const fs::path part = root.parent_path() / ".server.part";
  try {
    fs::remove_all(part);
    if (server.major >= kHasControlPath) {
      write_contents(contents, part / "share", part / "lib");
    } else {
      make_installation(part, server, contents);
    }
    std::ofstream(part / "stamp") << stamp;
    fs::remove_all(root);
    fs::rename(part, root);
  } catch (const fs::filesystem_error& error) {
    return file_failure(error.path1(), "prepare", error.code().value());
  }
  return {};
}

std::string read_stamp(const fs::path& root) {
  return read_some_text(root / "stamp");
}

// A home directory may be mounted so that nothing in it can be executed.
Result<void> check_runs(const Account& account, const fs::path& postgres, const fs::path& original) {
  FQ_TRY_ASSIGN(const CommandOutput expected, run_as(Account{}, {original, "--version"}));
  const auto answer = run_as(account, {postgres, "--version"});
  if (answer && answer->exit_code == 0 && answer->text == expected.text) return {};
  return without(fmt::format("the copy of the server cannot be run: {}", postgres.string()),
                 "set FIRMQUERY_LOCAL_DIR to a directory where programs may be executed");
}

}  // namespace

Result<ServerProgram> prepare_extension(const LocalPaths& paths, const Account& account,
                                        const fs::path& binaries) {
  FQ_TRY_ASSIGN(const Installation server, find_installation(binaries));
  ServerProgram program{binaries / "postgres", {}};
  if (is_installed(server)) return program;
  const fs::path root = paths.directory / "server";
  std::string stamp;
  Contents contents;
  {
    const AsAccount ours = AsAccount::ourselves();
    FQ_TRY_ASSIGN(const fs::path files, files_of(server.major));
    stamp = make_stamp(server, files);
    FQ_TRY_ASSIGN(contents, read_files(files));
  }
  if (read_stamp(root) != stamp) FQ_TRY(remake(root, server, contents, stamp));
  if (server.major < kHasControlPath) {
    program.postgres = root / server.binaries.relative_path() / "postgres";
    FQ_TRY(check_runs(account, program.postgres, binaries / "postgres"));
    return program;
  }
  if (root.string().find(':') != std::string::npos) {
    return without("the path of the local server holds a colon, which separates search paths",
                   "set FIRMQUERY_LOCAL_DIR");
  }
  program.arguments = {"-c", "extension_control_path=$system:" + (root / "share").string(), "-c",
                       "dynamic_library_path=$libdir:" + (root / "lib").string()};
  return program;
}

Result<void> find_extension_files(const fs::path& binaries) {
  FQ_TRY_ASSIGN(const Installation server, find_installation(binaries));
  if (is_installed(server)) return {};
  const AsAccount ours = AsAccount::ourselves();
  FQ_TRY(files_of(server.major));
  return {};
}

Result<void> ensure_extension(Session& session) {
  FQ_TRY_ASSIGN(const Rows known,
                session.execute("SELECT installed_version, default_version FROM pg_available_extensions "
                                "WHERE name = 'firm_staging'"));
  if (known.size() == 0) return {};
  if (known.is_null(0, 0)) FQ_TRY(session.execute("CREATE EXTENSION firm_staging"));
  if (!known.is_null(0, 0) && known.at(0, 0) != known.at(0, 1)) {
    FQ_TRY(session.execute("ALTER EXTENSION firm_staging UPDATE"));
  }
  return {};
}

Result<std::string> extension_version(Session& session) {
  FQ_TRY_ASSIGN(const Rows rows,
                session.execute("SELECT extversion FROM pg_extension WHERE extname = 'firm_staging'"));
  return rows.size() == 0 ? std::string() : std::string(rows.at(0, 0));
}

}  // namespace firmquery
