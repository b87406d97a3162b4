#include "support/kdc.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "support/loopback.hpp"

namespace firmquery::test {
namespace {

bool listens(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  const bool connected = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return connected;
}

// Debian keeps the server's programs where a user's PATH does not look.
std::string server_program(const std::string& name) {
  const std::string path = "/usr/sbin/" + name;
  if (::access(path.c_str(), X_OK) == 0) return path;
  return name;
}

ProcessResult succeed(const std::string& program, const std::vector<std::string>& arguments,
                      const ProcessOptions& options) {
  ProcessResult result = run_process(program, arguments, options);
  if (result.exit_code == 0) return result;
  throw std::runtime_error(program + " failed:\n" + result.out + result.err);
}

}  // namespace

Kdc::Kdc(KdcOptions options) {
  // Somebody else may have taken a port that was free a moment ago.
  for (int attempt = 0; attempt < 10; ++attempt) {
    port_ = free_tcp_port();
    write_configuration();
    if (attempt == 0) {
      succeed(server_program("kdb5_util"), {"create", "-r", kRealm, "-s", "-P", "master"}, environment());
    }
    ProcessOptions server = environment();
    server.death_signal = SIGKILL;
    std::vector<std::string> command = {server_program("krb5kdc"), "-n"};
    if (!options.clock.empty()) command.insert(command.begin(), {"faketime", "-f", options.clock});
    process_.emplace(Process::start(command.front(), {command.begin() + 1, command.end()}, server));
    while (!process_->wait(std::chrono::milliseconds(50))) {
      if (listens(port_)) return;
    }
  }
  throw std::runtime_error("the KDC did not start:\n" + process_->out() + process_->err());
}

void Kdc::write_configuration() {
  config("krb5.conf", "");
  const std::string address = "127.0.0.1:" + std::to_string(port_);
  directory_.write("kdc.conf",
                   "[kdcdefaults]\n kdc_listen = " + address + "\n kdc_tcp_listen = " + address +
                       "\n[realms]\n " + kRealm + " = {\n  database_name = " + path("principal").string() +
                       "\n  key_stash_file = " + path("stash").string() +
                       "\n  acl_file = " + path("acl").string() +
                       "\n  max_life = 10h\n  max_renewable_life = 7d\n }\n[logging]\n kdc = FILE:" +
                       path("kdc.log").string() + "\n");
}

void Kdc::stop() {
  process_->signal(SIGKILL);
  process_->wait(std::chrono::minutes(2));
}

ProcessOptions Kdc::environment() const {
  ProcessOptions options;
  options.environment = {{"KRB5_CONFIG", config().string()},
                         {"KRB5_KDC_PROFILE", path("kdc.conf").string()},
                         {"KRB5CCNAME", std::nullopt},
                         {"KRB5_CLIENT_KTNAME", std::nullopt}};
  return options;
}

void Kdc::kadmin(const std::string& command) {
  const ProcessResult result =
      succeed(server_program("kadmin.local"), {"-r", kRealm, "-q", command}, environment());
  // It exits with 0 whatever happened.
  if (result.err.find("while") != std::string::npos) throw std::runtime_error(command + ": " + result.err);
}

void Kdc::add_user(const std::string& name, const std::string& password, const std::string& options) {
  kadmin("addprinc -pw " + password + " +requires_preauth " + options + " " + name);
}

void Kdc::add_service(const std::string& name) {
  kadmin("addprinc -randkey " + name);
}

void Kdc::remove_user(const std::string& name) {
  kadmin("delprinc -force " + name);
}

void Kdc::change_password(const std::string& name, const std::string& password) {
  kadmin("cpw -pw " + password + " " + name);
}

std::filesystem::path Kdc::keytab(const std::string& file, const std::vector<std::string>& principals,
                                  const std::string& owner) {
  for (const std::string& principal : principals) {
    kadmin("ktadd -norandkey -k " + path(file).string() + " " + principal);
  }
  if (const passwd* entry = owner.empty() ? nullptr : ::getpwnam(owner.c_str()); entry != nullptr) {
    if (::chown(path(file).c_str(), entry->pw_uid, entry->pw_gid) != 0)
      throw std::runtime_error("chown failed");
  }
  return path(file);
}

void Kdc::kinit(const std::string& principal, const std::string& password, const std::filesystem::path& cache,
                std::vector<std::string> options) {
  ProcessOptions environment = this->environment();
  environment.input = password + "\n";
  options.insert(options.end(), {"-c", cache.string(), principal});
  succeed("kinit", options, environment);
}

bool Kdc::has_valid_ticket(const std::filesystem::path& cache) {
  return run_process("klist", {"-s", "-c", cache.string()}, environment()).exit_code == 0;
}

std::filesystem::path Kdc::config(const std::string& file, const std::string& libdefaults, int port) {
  return directory_.write(
      file, "[libdefaults]\n default_realm = " + std::string(kRealm) +
                "\n dns_lookup_kdc = false\n dns_lookup_realm = false\n"
                // The first value of a key counts.
                " udp_preference_limit = 1\n" +
                libdefaults + " rdns = false\n dns_canonicalize_hostname = false\n[realms]\n " + kRealm +
                " = {\n  kdc = 127.0.0.1:" + std::to_string(port == 0 ? port_ : port) + "\n }\n");
}

std::size_t Kdc::logged(const std::string& kind, const std::string& text) const {
  std::istringstream lines(read_text(path("kdc.log")));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.find(kind) != std::string::npos && line.find(text) != std::string::npos) ++count;
  }
  return count;
}

}  // namespace firmquery::test
