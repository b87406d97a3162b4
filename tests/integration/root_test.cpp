// Root does not create, write, own or remove anything by a name that another account can turn into a link.
#include <fstream>
#include <set>

#include "firmquery/output/run_directory.hpp"
#include "integration/root_case.hpp"
#include "support/postgres.hpp"

namespace firmquery::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kAccount = "nobody";

class RootElsewhere : public RootCase {
 protected:
  void SetUp() override {
    RootCase::SetUp();
    if (IsSkipped()) return;
    fs::create_directory(theirs());
    give_to(theirs(), kAccount);
    fs::create_directory(shared());
    fs::permissions(shared(), fs::perms(01777));
    directory_.write("ids.txt", "1\n2\n3\n");
  }

  fs::path theirs(const std::string& name = {}) const { return directory_ / ("theirs/" + name); }
  fs::path shared(const std::string& name = {}) const { return directory_ / ("shared/" + name); }

  std::vector<std::string> run_to(const fs::path& out, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {
        "run",
        "--ids",
        "ids.txt",
        "--id-type",
        "int",
        "--dsn",
        shared_server().dsn(),
        "--out",
        out.string(),
        "--sql",
        "select g as firm_root_id from generate_series(2, 9) g where g in ({ID_PLACEHOLDER})"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  // A run of root's that stopped when its list was known.
  void make_unfinished(const fs::path& out) const {
    ASSERT_EQ(program(run_to(out)).exit_code, 0);
    std::ifstream journal(out / "journal.jsonl");
    std::string job, list;
    std::getline(journal, job);
    std::getline(journal, list);
    for (const auto& entry : fs::directory_iterator(out)) {
      if (entry.path().filename() != "audit.jsonl") fs::remove(entry.path());
    }
    write_text(out / "journal.jsonl", job + "\n" + list + "\n");
    ASSERT_EQ(*run_state(out), RunState::unfinished);
  }

  void expect_refused(const ProcessResult& result, const fs::path& place) const {
    EXPECT_EQ(result.exit_code, 2) << result.err;
    EXPECT_THAT(result.err, AllOf(HasSubstr(place.string()), HasSubstr("sudo -u ")));
    expect_roots_files_untouched();
  }
  void expect_refused(const ProcessResult& result) const {
    expect_refused(result, directory_ / "theirs");
    EXPECT_THAT(result.err, HasSubstr("sudo -u nobody firmquery"));
  }
  static std::set<std::string> names_in(const fs::path& directory) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory)) names.insert(entry.path().filename());
    return names;
  }
};

TEST_F(RootElsewhere, MakesNothingInTheDirectoryOfAnotherAccount) {
  const std::vector<std::vector<std::string>> commands = {
      run_to(theirs("out")),
      run_to(theirs("a/b/out")),
      run_to(theirs("../theirs/out")),
      {"clean", "--ids", "ids.txt", "--out", theirs("out")},
      {"demo", "--out", theirs("out")},
      {"config", "init", theirs("job.yaml")},
      {"clean", "--ids", "ids.txt", "--log-file", theirs("log")},
      {"plan", "--ids", "ids.txt", "--log-file", theirs("new/log"), "--sql",
       "select g as firm_root_id from generate_series(2, 9) g where g in ({ID_PLACEHOLDER})", "--dsn",
       shared_server().dsn()}};
  for (const auto& command : commands) {
    SCOPED_TRACE(command[0]);
    expect_refused(program(command));
    EXPECT_EQ(names_in(theirs()), std::set<std::string>());
  }
  ProcessOptions there;
  there.directory = theirs();
  expect_refused(program({"config", "init", "job.yaml"}, there));
  expect_refused(program({"clean", "--ids", "../ids.txt", "--out", "out"}, there));
  const ProcessResult doctor = program({"doctor", "--out", theirs("out"), "--dsn", shared_server().dsn()});
  EXPECT_THAT(doctor.out, AllOf(HasSubstr("fail"), HasSubstr("sudo -u nobody firmquery"))) << doctor.err;
}

TEST_F(RootElsewhere, IsNotLedAwayByLinksOfAnotherAccount) {
  plant(roots("empty"), theirs("out"), kAccount);
  expect_refused(program(run_to(theirs("out"))));
  expect_refused(program({"clean", "--ids", "ids.txt", "--out", theirs("out")}));
  plant(roots("new"), theirs("log"), kAccount);
  expect_refused(program({"clean", "--ids", "ids.txt", "--log-file", theirs("log")}));
  plant(roots("new"), theirs(".job.yaml.part"), kAccount);
  expect_refused(program({"config", "init", theirs("job.yaml")}));
  // A finished run is tidied by resume: files of another directory would go.
  directory_.write("roots/empty/manifest.json", "{}");
  directory_.write("roots/empty/unresolved.csv", "1\n");
  const ProcessResult resumed = program({"resume", theirs("out")});
  EXPECT_EQ(resumed.exit_code, 2) << resumed.err;
  EXPECT_TRUE(fs::exists(roots("empty/unresolved.csv")));
}

TEST_F(RootElsewhere, ResumesNothingThatAnotherAccountCanWrite) {
  make_unfinished(theirs().parent_path().parent_path() / "run");
  fs::rename(directory_ / "run", theirs("run"));
  plant(roots("new"), theirs("run/.results.csv.0.part"), kAccount);
  expect_refused(program({"resume", theirs("run")}));
  fs::remove(theirs("run/.results.csv.0.part"));
  const auto names = names_in(theirs("run"));
  expect_refused(program({"resume", theirs("run")}));
  expect_refused(program(run_to(theirs("run"), {"--resume"})));
  EXPECT_EQ(names_in(theirs("run")), names);
  // Moved to a place of root's, but still theirs.
  fs::rename(theirs("run"), directory_ / "run");
  give_to(directory_ / "run", kAccount);
  expect_refused(program({"resume", "run"}), directory_ / "run");
}

TEST_F(RootElsewhere, ResumesNothingThatHoldsAFileOfAnotherAccount) {
  make_unfinished(directory_ / "run");
  const fs::path run = directory_ / "run";
  for (const char* name : {".results.csv.0.part", ".report.json.part", ".lock", ".ids"}) {
    plant(roots("kept"), run / name, kAccount);
    expect_refused(program({"resume", run}), run / name);
    expect_refused(program(run_to(run, {"--resume"})), run / name);
    fs::remove(run / name);
    fs::create_hard_link(roots("kept"), run / name);  // as before the directory became root's
    const ProcessResult resumed = program({"resume", run});
    EXPECT_EQ(resumed.exit_code, 2) << resumed.err;
    EXPECT_THAT(resumed.err, HasSubstr((run / name).string()));
    fs::remove(run / name);
    expect_roots_files_untouched();
  }
  const std::string journal = read_text(run / "journal.jsonl");
  directory_.write("journal", journal);
  plant(directory_ / "journal", run / "journal.jsonl", kAccount);
  EXPECT_EQ(program({"resume", run}).exit_code, 3) << "a journal is a regular file, for everybody";
  EXPECT_EQ(read_text(directory_ / "journal"), journal);
  fs::remove(run / "journal.jsonl");
  write_text(run / "journal.jsonl", journal);
  give_to(run / "journal.jsonl", kAccount);
  expect_refused(program({"resume", run}), run / "journal.jsonl");
  fs::remove(run / "journal.jsonl");
  write_text(run / "journal.jsonl", journal);
  EXPECT_EQ(program({"resume", run}).exit_code, 0);
}

TEST_F(RootElsewhere, TakesNoOrdersFromAFileOfAnotherAccount) {
  const std::string job = "application: {log_file: " + roots("new").string() + "}\n";
  write_text(theirs("job.yaml"), job);
  expect_refused(program(run_to("out", {theirs("job.yaml")})));
  fs::copy(theirs("job.yaml"), directory_ / "job.yaml");
  give_to(directory_ / "job.yaml", kAccount);
  expect_refused(program(run_to("out", {"job.yaml"})), directory_ / "job.yaml");
  fs::create_directories(theirs(".config/firmquery"));
  write_text(theirs(".config/firmquery/config.yaml"), job);
  ProcessOptions home;
  home.environment = {{"HOME", theirs().string()}, {"XDG_CONFIG_HOME", std::nullopt}};
  expect_refused(program(run_to("out"), home));
  EXPECT_FALSE(fs::exists(directory_ / "out"));
}

TEST_F(RootElsewhere, WritesInASharedDirectoryWhatIsItsOwn) {
  EXPECT_EQ(program(run_to(shared("out"))).exit_code, 0);
  EXPECT_EQ(program({"clean", "--ids", "ids.txt", "--log-file", shared("log")}).exit_code, 0);
  EXPECT_EQ(program({"clean", "--ids", "ids.txt", "--log-file", shared("log")}).exit_code, 0);
  plant(roots("new"), shared(".job.yaml.part"), kAccount);
  EXPECT_EQ(program({"config", "init", shared("job.yaml")}).exit_code, 0);
  expect_roots_files_untouched();

  plant(roots("empty"), shared("out2"), kAccount);
  expect_refused(program(run_to(shared("out2"))), shared("out2"));
  fs::create_directory(shared("out3"));
  give_to(shared("out3"), kAccount);
  expect_refused(program(run_to(shared("out3"))), shared("out3"));
  expect_refused(program({"clean", "--ids", "ids.txt", "--out", shared("out3")}), shared("out3"));
  plant(roots("new"), shared("log2"), kAccount);
  expect_refused(program({"clean", "--ids", "ids.txt", "--log-file", shared("log2")}), shared("log2"));
  fs::create_hard_link(roots("kept"), shared("log3"));
  expect_refused(program({"clean", "--ids", "ids.txt", "--log-file", shared("log3")}), shared("log3"));
}

TEST_F(RootElsewhere, FollowsLinksThatOnlyRootCanHaveMade) {
  fs::create_directory(directory_ / "disk");
  fs::create_directory_symlink("disk", directory_ / "runs");
  EXPECT_EQ(program(run_to(directory_ / "runs/out")).exit_code, 0);
  EXPECT_TRUE(fs::exists(directory_ / "disk/out/manifest.json"));
  EXPECT_EQ(program({"resume", "runs/out"}).exit_code, 0);
  const ProcessResult logged = program({"clean", "--ids", "ids.txt", "--log-file", "/dev/stderr"});
  EXPECT_EQ(logged.exit_code, 0) << logged.err;
  EXPECT_EQ(program({"clean", "--ids", "ids.txt", "--log-file", "new/folder/log"}).exit_code, 0);
  EXPECT_TRUE(fs::exists(directory_ / "new/folder/log"));
}

// For everybody else nothing is refused: what such a link leads to is in that account's own power.
TEST_F(RootElsewhere, LeavesOtherAccountsAlone) {
  fs::copy(FIRMQUERY_BINARY, directory_ / "firmquery");
  fs::create_directory(theirs("disk"));
  fs::create_directory_symlink("disk", theirs("runs"));
  give_to(theirs(), kAccount);
  fs::permissions(theirs("disk"), fs::perms(0777));
  ProcessOptions nobody;
  nobody.user = kAccount;
  nobody.directory = theirs();
  for (const std::string out : {"out", "runs/out", "a/b/out"}) {
    const ProcessResult cleaned =
        run_process(directory_ / "firmquery",
                    {"clean", "--ids", "../ids.txt", "--out", out, "--log-file", "runs/log"}, nobody);
    EXPECT_EQ(cleaned.exit_code, 0) << cleaned.err;
  }
  EXPECT_TRUE(fs::exists(theirs("disk/out/ids.csv")));
}

}  // namespace
}  // namespace firmquery::test
