// A throw-away MIT KDC for tests: a realm of its own in a directory of its own, on a free port of 127.0.0.1.
// It ends with the test program, also when that crashes.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace firmquery::test {

struct KdcOptions {
  std::string clock = {};  // "+1h": the KDC's clock is that much ahead (faketime); empty: right
};

class Kdc {
 public:
  static constexpr const char* kRealm = "FIRMQUERY.TEST";

  // Throw std::runtime_error with what the programs printed.
  explicit Kdc(KdcOptions options = {});

  void stop();  // for good

  // `options` are kadmin's: "-maxlife 10s", "+requires_preauth".
  void add_user(const std::string& name, const std::string& password, const std::string& options = {});
  void add_service(const std::string& name);  // "postgres/localhost", with random keys
  void remove_user(const std::string& name);
  void change_password(const std::string& name, const std::string& password);
  // A keytab (mode 0600) with the present keys, owned by `owner` when the test runs as root.
  std::filesystem::path keytab(const std::string& file, const std::vector<std::string>& principals,
                               const std::string& owner = {});
  // Gets a ticket by password; `options` are kinit's: {"-l", "5s"}.
  void kinit(const std::string& principal, const std::string& password, const std::filesystem::path& cache,
             std::vector<std::string> options = {});
  bool has_valid_ticket(const std::filesystem::path& cache);

  // A krb5.conf with these lines in [libdefaults] after the tests' own; `port` 0 is the KDC's.
  std::filesystem::path config(const std::string& file, const std::string& libdefaults, int port = 0);
  std::filesystem::path config() const { return directory_ / "krb5.conf"; }
  std::filesystem::path path(const std::string& name) const { return directory_ / name; }

  // How often a line of the KDC's log has both texts: ("AS_REQ", "alice@").
  std::size_t logged(const std::string& kind, const std::string& text) const;

 private:
  void write_configuration();
  ProcessOptions environment() const;
  void kadmin(const std::string& command);

  TempDir directory_;
  int port_ = 0;
  std::optional<Process> process_;
};

}  // namespace firmquery::test
