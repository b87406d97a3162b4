#include "firmquery/run/input.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "support/cleaned.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using test::ids_of;
using test::read_text;
using test::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

InputOptions options_for(const std::filesystem::path& path, IdType type) {
  InputOptions options;
  options.path = path.string();
  options.clean.type = type;
  return options;
}

Digest digest_of(const std::vector<std::string>& ids) {
  Digest sum;
  for (const std::string& id : ids) sum += Digest::of(id);
  return sum;
}

TEST(ReadInput, SortsCountsAndWritesWhatIsLeftOut) {
  const TempDir dir;
  const auto path = dir.write("ids.txt", "30\n2\n1,5\"\n007\n2\n\n7\n2\n");
  std::atomic<std::uint64_t> lines = 0;
  InputOptions options = options_for(path, IdType::integer);
  options.clean.format = InputFormat::lines;
  const auto cleaned = read_input(options, dir.path(), {}, [&](std::uint64_t more) { lines += more; });
  ASSERT_TRUE(cleaned) << cleaned.error().to_string();
  EXPECT_THAT(ids_of(cleaned->ids), ElementsAre("2", "7", "30"));
  const InputReport& report = cleaned->report;
  EXPECT_EQ(report.lines, 8u);
  EXPECT_EQ(report.blank, 1u);
  EXPECT_EQ(report.accepted, 6u);
  EXPECT_EQ(report.rejected, 1u);
  EXPECT_EQ(report.duplicates, 3u);
  EXPECT_EQ(report.unique, 3u);
  EXPECT_EQ(report.digest, digest_of({"2", "7", "30"}));
  EXPECT_EQ(lines.load(), 8u);
  EXPECT_EQ(read_text(dir / "rejected.csv"),
            "line,raw,reason,column,byte_offset,cell\n3,\"1,5\"\"\",not_an_integer,1,5,\n");
  EXPECT_EQ(read_text(dir / "duplicates.csv"), "line,id,first_line\n5,2,2\n7,7,4\n8,2,2\n");
}

TEST(ReadInput, WritesNothingWithoutADirectory) {
  const TempDir dir;
  const auto path = dir.write("in/ids.txt", "a1\na1\n");
  const auto cleaned = read_input(options_for(path, IdType::text), {}, {});
  ASSERT_TRUE(cleaned) << cleaned.error().to_string();
  EXPECT_EQ(cleaned->report.duplicates, 1u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir / "in"), {}), 1);
}

TEST(ReadInput, ReadsAPipeTwiceThroughACopy) {
  const TempDir dir;
  std::string text;
  for (int round = 0; round < 2; ++round) {
    for (int id = 0; id < 300'000; ++id) text += std::to_string(id) + "\n";
  }
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  std::thread writer([&] {
    for (std::size_t at = 0; at < text.size();) {
      const ssize_t bytes = ::write(ends[1], text.data() + at, text.size() - at);
      if (bytes <= 0) break;
      at += static_cast<std::size_t>(bytes);
    }
    ::close(ends[1]);
  });
  const auto cleaned =
      read_input(options_for("/proc/self/fd/" + std::to_string(ends[0]), IdType::integer), dir.path(), {});
  ::close(ends[0]);
  writer.join();
  ASSERT_TRUE(cleaned) << cleaned.error().to_string();
  EXPECT_EQ(cleaned->report.unique, 300'000u);
  EXPECT_EQ(cleaned->report.duplicates, 300'000u);
  EXPECT_THAT(read_text(dir / "duplicates.csv"), HasSubstr("\n600000,299999,300000\n"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 2);  // the copy left nothing
}

TEST(ReadInput, AStopRequestEndsTheWaitForAPipe) {
  const TempDir dir;
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  std::stop_source stop;
  std::thread stopper([&] { stop.request_stop(); });
  const auto cleaned = read_input(options_for("/proc/self/fd/" + std::to_string(ends[0]), IdType::text),
                                  dir.path(), stop.get_token());
  stopper.join();
  ::close(ends[0]);
  ::close(ends[1]);
  ASSERT_FALSE(cleaned);
  EXPECT_EQ(cleaned.error().kind, ErrorKind::interrupted);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 0);
}

TEST(ReadInput, GuardsTheNumberOfIds) {
  const TempDir dir;
  InputOptions options = options_for(dir.write("ids.txt", "1\n2\n3\n3\n"), IdType::integer);
  options.max_ids = 2;
  const auto refused = read_input(options, {}, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::usage);
  EXPECT_THAT(refused.error().to_string(), HasSubstr("--max-input-ids 3"));
  options.max_ids = 3;
  options.warning_threshold = 2;
  const auto warned = read_input(options, {}, {});
  ASSERT_TRUE(warned);
  EXPECT_THAT(warned->warnings, ElementsAre(HasSubstr("3 unique IDs")));
}

TEST(ReadInput, AListWithoutAnIdIsAnErrorUnlessItIsAllowed) {
  const TempDir dir;
  for (const char* text : {"", "\xEF\xBB\xBF", "\n \n", "id\n", "sep=;\nid;name\n"}) {
    SCOPED_TRACE(::testing::PrintToString(std::string(text)));
    InputOptions options = options_for(dir.write("ids.txt", text), IdType::uuid);
    const auto refused = read_input(options, {}, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::usage);
    EXPECT_THAT(refused.error().message, HasSubstr("the list holds no IDs"));
    EXPECT_THAT(refused.error().remedy, HasSubstr("--allow-empty"));
    options.accept_rejected = true;
    EXPECT_FALSE(read_input(options, {}, {}));
    options.allow_empty = true;
    const auto cleaned = read_input(options, dir.path(), {});
    ASSERT_TRUE(cleaned) << cleaned.error().to_string();
    EXPECT_TRUE(cleaned->ids.empty());
    EXPECT_EQ(cleaned->ids.type(), IdType::uuid);
    EXPECT_THAT(cleaned->warnings, ElementsAre("the list holds no IDs"));
    EXPECT_EQ(read_text(dir / "duplicates.csv"), "line,id,first_line\n");
  }
}

TEST(ReadInput, AListOfRejectsIsAnErrorUnlessTheyAreAccepted) {
  const TempDir dir;
  InputOptions options = options_for(dir.write("ids.txt", "7\nBob\n\nAnn\n1.234.567\n"), IdType::integer);
  options.clean.format = InputFormat::lines;
  const auto refused = read_input(options, dir.path(), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::usage);
  EXPECT_THAT(refused.error().message,
              HasSubstr("3 of 4 entries are no ID of type int: not_an_integer 2 (line 2: \"Bob\"), "
                        "thousands 1 (line 5: \"1.234.567\")"));
  EXPECT_THAT(refused.error().remedy, HasSubstr("--thousands . reads them"));
  EXPECT_THAT(refused.error().remedy, HasSubstr("--accept-rejected"));
  EXPECT_THAT(refused.error().remedy, HasSubstr("firmquery clean --ids"));
  EXPECT_FALSE(std::filesystem::exists(dir / "rejected.csv"));
  options.allow_empty = true;
  options.keep_rejected = true;
  EXPECT_FALSE(read_input(options, dir.path(), {}));
  EXPECT_THAT(read_text(dir / "rejected.csv"), HasSubstr("4,Ann,not_an_integer,1,7,\n"));
  options.accept_rejected = true;
  const auto accepted = read_input(options, dir.path(), {});
  ASSERT_TRUE(accepted) << accepted.error().to_string();
  EXPECT_THAT(ids_of(accepted->ids), ElementsAre("7"));
}

TEST(ReadInput, HalfOfAListMayBeRejected) {
  const TempDir dir;
  EXPECT_TRUE(read_input(options_for(dir.write("ids.txt", "7\n8\nx9\ny9\n"), IdType::integer), {}, {}));
  InputOptions all = options_for(dir.write("all.txt", "*x\n*y\n"), IdType::integer);
  all.accept_rejected = true;
  const auto none = read_input(all, {}, {});
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("2 rejected: not_an_integer 2"));
}

TEST(ReadInput, AGuessedColumnIsAWarning) {
  const TempDir dir;
  const auto cleaned =
      read_input(options_for(dir.write("a.csv", "a;b\n7;x\n8;y\n"), IdType::integer), {}, {});
  ASSERT_TRUE(cleaned) << cleaned.error().to_string();
  EXPECT_THAT(cleaned->warnings, ElementsAre(HasSubstr("taken from column 1 (a)")));
}

TEST(ReadInput, SaysWhatItCannotRead) {
  const TempDir dir;
  const auto error = [&](const std::filesystem::path& path) {
    const auto cleaned = read_input(options_for(path, IdType::text), {}, {});
    EXPECT_FALSE(cleaned) << path;
    EXPECT_EQ(cleaned.error().kind, ErrorKind::usage);
    return cleaned.error().to_string();
  };
  EXPECT_THAT(error(dir / "nothing"), HasSubstr("No such file"));
  EXPECT_THAT(error(dir.path()), HasSubstr("is a directory"));
  EXPECT_THAT(error(dir.write("a.xz", std::string("\xFD"
                                                  "7zXZ\0",
                                                  6))),
              HasSubstr("compressed with xz"));
  EXPECT_THAT(error(dir.write("a.csv", "1,2\n3,4\n")),
              HasSubstr("a.csv:1: can be read as CSV with 2 columns"));
}

TEST(ReadInput, AFailedRunLeavesNoOutput) {
  const TempDir dir;
  const auto path = dir.write("in/ids.csv", "id,n\nx,\"\n");
  EXPECT_FALSE(read_input(options_for(path, IdType::integer), dir.path(), {}));
  EXPECT_FALSE(std::filesystem::exists(dir / "rejected.csv"));
  EXPECT_FALSE(std::filesystem::exists(dir / ".rejected.csv.part"));
}

}  // namespace
}  // namespace firmquery
