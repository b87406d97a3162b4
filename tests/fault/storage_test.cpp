// Storage that fails once, at each point in turn: a sync whose bytes are lost, a write, a rename. Each time
// the answer is right or the program says what failed, and `resume` gives exactly the right answer.
#include <sys/stat.h>

#include "fault/fault_case.hpp"
#include "support/effort.hpp"

namespace firmquery::test {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

#ifndef FIRMQUERY_FAULT_LAYER
#define FIRMQUERY_FAULT_LAYER ""
#endif

class Storage : public FaultCase {
 protected:
  void SetUp() override {
    if (*FIRMQUERY_FAULT_LAYER == '\0') {
      GTEST_SKIP() << "NOT TESTED under a sanitizer: its runtime must come before a preloaded library";
    }
    strategy_ = "in-list";  // several ranges, and nothing on the server
    std::string ids;
    for (int n = 1; n <= 900; ++n) ids += std::to_string(n) + "\n";
    directory_.write("ids.txt", ids);
    const Ended ended = run(command({"--out", directory_ / "whole"}));
    ASSERT_EQ(ended.exit_code, 0) << ended.err;
    expected_ = answer_of(directory_ / "whole");
  }

  std::vector<std::string> command(const std::vector<std::string>& more = {}) {
    return arguments(server().dsn(), more);
  }

  // A run under which the `number`th call of `kind` on a path with `text` in it fails. Whether it came to
  // that call.
  bool run_with_fault(const char* kind, int number, const std::string& error, const std::string& text,
                      Ended& ended) {
    std::filesystem::remove_all(out());
    std::filesystem::remove(directory_ / "fired");
    ProcessOptions options;
    options.environment = {{"LD_PRELOAD", FIRMQUERY_FAULT_LAYER},
                           {"FIRMQUERY_FAULT", fmt::format("{}:{}:{}:{}", kind, number, error, text)},
                           {"FIRMQUERY_FAULT_FIRED", directory_ / "fired"}};
    ended = run(command(), {}, options);
    return std::filesystem::exists(directory_ / "fired");
  }

  void expect_right() {
    EXPECT_TRUE(answer_of(out()) == expected_);
    EXPECT_EQ(report_of(out()).status, "complete");
    expect_verified();
  }

  // Goes on as the message says: with the run, or with a new one when nothing of it had begun.
  void expect_resumed() {
    Ended ended = resume();
    if (ended.exit_code == 2) {
      EXPECT_THAT(ended.err, AnyOf(HasSubstr("run again"), HasSubstr("no run to resume")));
      ended = run(command());
    }
    ASSERT_EQ(ended.exit_code, 0) << ended.err;
    expect_right();
  }

  // Lets each call of the kind fail in turn until a run has no more of them; for a push, each fourth behind the first.
  void walk(const char* kind, const std::string& error, const std::string& message) {
    for (int number = 1; !HasFailure(); number += static_cast<int>(effort(4, 1))) {
      Ended ended;
      const bool fired = run_with_fault(kind, number, error, "/out", ended);
      SCOPED_TRACE(fmt::format("{} {} on {}", kind, number, fired ? read_text(directory_ / "fired") : "-"));
      if (ended.exit_code == 0) {
        expect_right();
        if (fired) continue;
        EXPECT_GT(number, 5) << "the layer does not see the program's calls";
        return;
      }
      ASSERT_TRUE(fired) << ended.err;
      EXPECT_EQ(ended.exit_code, 4) << ended.err;
      EXPECT_THAT(flat(ended.err), HasSubstr(message));
      EXPECT_FALSE(std::filesystem::exists(out() / "manifest.json"));
      expect_resumed();
    }
  }

  // A run that has read everything, but could not write its manifest.
  void stop_before_the_manifest() {
    Ended ended;
    ASSERT_TRUE(run_with_fault("rename", 1, "EIO", "/manifest.json", ended));
    ASSERT_EQ(ended.exit_code, 4) << ended.err;
  }

  Answer expected_;
};

TEST_F(Storage, ASyncFails) {
  walk("sync", "EIO", "Input/output error");
}

TEST_F(Storage, ASyncFindsNoSpace) {
  walk("sync", "ENOSPC", "No space left on device");
}

TEST_F(Storage, AWriteFails) {
  walk("write", "EIO", "Input/output error");
}

TEST_F(Storage, ARenameFails) {
  walk("rename", "EIO", "Input/output error");
}

TEST_F(Storage, AValueThatWasAlteredBeforeResumeIsFound) {
  stop_before_the_manifest();
  const auto part = out() / ".results.csv.0.part";
  std::string rows = read_text(part);
  const std::size_t at = rows.find("firm 7,");
  ASSERT_NE(at, std::string::npos);
  rows.replace(at, 6, "firm 8");
  write_text(part, rows);
  const Ended ended = resume();
  EXPECT_EQ(ended.exit_code, 3) << ended.err;
  EXPECT_THAT(ended.err,
              HasSubstr(".results.csv.0.part: the rows of finished ranges are not what the journal says: "
                        "range of"));
  EXPECT_THAT(flat(ended.err), HasSubstr("have other values"));
  EXPECT_FALSE(std::filesystem::exists(out() / "manifest.json"));
}

TEST_F(Storage, RowsBehindTheFinishedOnesDoNotCount) {
  stop_before_the_manifest();
  const auto part = out() / ".results.csv.1.part";
  write_text(part, read_text(part) + "3,alien,row\n");
  expect_resumed();
}

TEST_F(Storage, AFifoInPlaceOfAPartKeepsNobodyWaiting) {
  stop_before_the_manifest();
  const auto part = out() / ".results.csv.0.part";
  std::filesystem::remove(part);
  ASSERT_EQ(::mkfifo(part.c_str(), 0600), 0);
  const Ended ended = resume();
  EXPECT_EQ(ended.exit_code, ::geteuid() == 0 ? 2 : 3) << ended.err;
  EXPECT_THAT(flat(ended.err), HasSubstr("regular file"));
}

}  // namespace
}  // namespace firmquery::test
