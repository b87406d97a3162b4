#include "firmquery/output/audit_copies.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

class AuditCopy : public ::testing::Test {
 protected:
  AuditCopies to_file() const { return {directory / "all.jsonl", false}; }
  // A run whose events go to the file as well.
  std::filesystem::path run(const std::string& id, int events) {
    const std::filesystem::path path = directory / id;
    std::filesystem::create_directory(path);
    auto log = AuditLog::open(path / "audit.jsonl");
    EXPECT_TRUE(log);
    log->copy_to([&](std::string_view line) { return copy_audit_line(to_file(), id, line); });
    for (int n = 0; n < events; ++n)
      EXPECT_TRUE(log->event("asked", {{"text", "a,\"entry\":{" + std::to_string(n)}}));
    return path;
  }
  std::vector<std::string> differences(const std::string& id) const {
    const auto compared = compare_audit_file(to_file().file, directory / id, id);
    EXPECT_TRUE(compared) << compared.error().to_string();
    return compared ? compared->differences : std::vector<std::string>{"not compared"};
  }
  std::vector<std::string> lines() const {
    std::istringstream all(test::read_text(directory / "all.jsonl"));
    std::vector<std::string> found;
    for (std::string line; std::getline(all, line);) found.push_back(line);
    return found;
  }
  const test::TempDir directory;
};

TEST_F(AuditCopy, SaysWhoseRunEachEventIsOf) {
  const auto path = run("one", 1);
  const auto line = nlohmann::json::parse(lines().at(0));
  EXPECT_EQ(line["run_id"], "one");
  EXPECT_EQ(line["pid"], ::getpid());
  for (const char* field : {"host", "user"}) EXPECT_TRUE(line[field].is_string()) << field;
  EXPECT_EQ(line["entry"], nlohmann::json::parse(test::read_text(path / "audit.jsonl")));
  EXPECT_EQ(line.size(), 5u);
}

TEST_F(AuditCopy, ShowsWhatWasAlteredInEither) {
  run("one", 4);
  run("two", 2);
  EXPECT_THAT(differences("one"), IsEmpty());
  EXPECT_THAT(differences("two"), IsEmpty());
  // A line cut out of the file.
  const auto whole = lines();
  std::string text;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    if (i != 2) text += whole[i] + "\n";
  }
  directory.write("all.jsonl", text);
  EXPECT_THAT(differences("one"), ElementsAre(HasSubstr("1 of the 4 lines of audit.jsonl are not in")));
  EXPECT_THAT(differences("one"), ElementsAre(HasSubstr("first line 3")));
  EXPECT_THAT(differences("two"), IsEmpty());
  // A run's own log that somebody has written anew, with a chain that holds.
  directory.write("all.jsonl", "not one of ours\n" + whole[4] + "\n" + whole[5] + "\n");
  std::filesystem::remove(directory / "two/audit.jsonl");
  auto log = AuditLog::open(directory / "two/audit.jsonl");
  for (int n = 0; n < 2; ++n) ASSERT_TRUE(log->event("asked", {{"text", "forged"}}));
  ASSERT_TRUE(verify_audit(directory / "two/audit.jsonl"));
  EXPECT_THAT(differences("two"),
              ElementsAre(HasSubstr("2 of the 2 lines"), HasSubstr("2 lines of this run that")));
  EXPECT_FALSE(compare_audit_file(directory / "absent", directory / "two", "two"));
}

TEST_F(AuditCopy, WhichFailsIsAFailureOfTheEventAndKeepsTheChain) {
  auto log = AuditLog::open(directory / "audit.jsonl");
  ASSERT_TRUE(log);
  bool works = false;
  log->copy_to([&](std::string_view) -> Result<void> {
    if (works) return {};
    return fail(ErrorKind::transient, "no space");
  });
  EXPECT_FALSE(log->event("start", {}));
  works = true;
  EXPECT_TRUE(log->event("end", {}));
  const auto trail = verify_audit(directory / "audit.jsonl");
  ASSERT_TRUE(trail) << trail.error().to_string();
  EXPECT_EQ(trail->end.lines, 2u);
}

class Daemon {
 public:
  Daemon(const std::filesystem::path& path, int type) : socket_(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0)) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strncpy(&address.sun_path[0], path.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    if (type == SOCK_STREAM) {
      EXPECT_EQ(::listen(socket_, 1), 0);
    }
    stream_ = type == SOCK_STREAM;
  }
  ~Daemon() { ::close(socket_); }
  std::string message() const {
    std::string text(1 << 16, 0);
    const int from = stream_ ? ::accept(socket_, nullptr, nullptr) : socket_;
    const ssize_t got = ::recv(from, text.data(), text.size(), 0);
    if (stream_) ::close(from);
    text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return text;
  }

 private:
  int socket_;
  bool stream_ = false;
};

TEST_F(AuditCopy, GoesToTheSystemsLog) {
  const AuditCopies copies{{}, true, directory / "log"};
  const std::string line = "{\"seq\":1,\"text\":\"" + std::string(5000, 'x') + "\"}";
  {
    const Daemon daemon(copies.socket, SOCK_DGRAM);
    EXPECT_TRUE(check_audit_copies(copies));
    const auto sent = copy_audit_line(copies, "one", line);
    ASSERT_TRUE(sent) << sent.error().to_string();
    const std::string message = daemon.message();
    EXPECT_THAT(message, MatchesRegex("<86>[A-Z][a-z][a-z] [ 0-9][0-9] [0-9:]+ firmquery\\[[0-9]+\\]: .*"));
    const auto json = nlohmann::json::parse(message.substr(message.find('{')));
    EXPECT_EQ(json["entry"], nlohmann::json::parse(line));
  }
  // Nobody listens any more; then somebody does who wants a stream.
  EXPECT_EQ(check_audit_copies(copies).error().kind, ErrorKind::transient);
  EXPECT_FALSE(copy_audit_line(copies, "one", line));
  std::filesystem::remove(copies.socket);
  EXPECT_THAT(check_audit_copies(copies).error().message, HasSubstr("takes no messages"));
  const Daemon daemon(copies.socket, SOCK_STREAM);
  ASSERT_TRUE(copy_audit_line(copies, "one", line));
  const std::string message = daemon.message();
  EXPECT_EQ(message.back(), 0);
  EXPECT_THAT(message, HasSubstr(line));
}

}  // namespace
}  // namespace firmquery
