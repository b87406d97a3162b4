// Lists that are compressed: the same IDs as of the text, whatever the file is called, and a clear word for what is not
// whole.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

#include "firmquery/output/digested_file.hpp"
#include "firmquery/run/input.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using test::read_text;
using test::TempDir;
using ::testing::HasSubstr;
using ::testing::Values;

class Bytes : public ByteSink {
 public:
  Result<void> write(std::string_view more) override {
    bytes += more;
    return {};
  }
  std::string bytes;
};

std::string compressed(std::string_view text, Compression compression) {
  Bytes out;
  auto sink = compress_into(out, compression);
  EXPECT_TRUE(sink && (*sink)->write(text) && (*sink)->finish());
  return out.bytes;
}

class CompressedList : public testing::TestWithParam<Compression> {
 protected:
  static std::string pack(std::string_view text) { return compressed(text, GetParam()); }
  static InputOptions options(const std::filesystem::path& path) {
    InputOptions options;
    options.path = path.string();
    options.clean.type = IdType::integer;
    options.max_ids = 100'000'000;
    return options;
  }
  Result<CleanedInput> read(const std::string& bytes, const std::string& column = "") const {
    InputOptions of_list = options(dir_.write("list", bytes));
    of_list.clean.column = column;
    return read_input(of_list, out_.path(), {});
  }
  std::string error_of(const std::string& bytes) const {
    const auto cleaned = read(bytes);
    if (cleaned) return "read";
    EXPECT_EQ(cleaned.error().kind, ErrorKind::usage);
    return cleaned.error().to_string();
  }

  TempDir dir_, out_;
};
INSTANTIATE_TEST_SUITE_P(By, CompressedList, Values(Compression::gzip, Compression::zstd),
                         [](const auto& by) { return by.param == Compression::gzip ? "Gzip" : "Zstd"; });

TEST_P(CompressedList, IsReadAsItsTextIs) {
  std::string text = "firm,id\n";
  for (int i = 0; i < 400'000; ++i) text += "x," + std::to_string(i % 390'000) + "\n";
  const std::size_t bad = text.size();
  text += "y,bad\n";
  const auto plain = read(text, "id");
  const std::string rejected = read_text(out_ / "rejected.csv"),
                    repeated = read_text(out_ / "duplicates.csv");
  const auto cleaned = read(pack(text), "id");
  ASSERT_TRUE(plain && cleaned) << cleaned.error().to_string();
  EXPECT_EQ(cleaned->report.digest, plain->report.digest);
  EXPECT_EQ(cleaned->report.duplicates, 10'000u);
  EXPECT_EQ(cleaned->profile.compression, GetParam() == Compression::gzip ? "gzip" : "zstd");
  EXPECT_EQ(plain->profile.compression, "");
  EXPECT_EQ(read_text(out_ / "rejected.csv"), rejected);
  EXPECT_EQ(read_text(out_ / "duplicates.csv"), repeated);
  EXPECT_THAT(rejected, HasSubstr("400002,bad,not_an_integer,id," + std::to_string(bad + 2) + ",\n"));
}

TEST_P(CompressedList, MayBeSeveralPiecesOneBehindTheOther) {
  const auto cleaned = read(pack("1\n2") + pack("") + pack("3\n4\n") + pack("5"));
  ASSERT_TRUE(cleaned) << cleaned.error().to_string();
  EXPECT_EQ(cleaned->report.unique, 4u);  // 1, 23, 4, 5
  EXPECT_NE(cleaned->ids.find("23"), IdSet::npos);
}

TEST_P(CompressedList, ThatIsEmptyIsAnEmptyList) {
  EXPECT_THAT(error_of(pack("")), HasSubstr("the list holds no IDs: it is empty"));
}

// Cut anywhere, or with any byte changed, it is never a shorter list.
TEST_P(CompressedList, IsNeverReadInPart) {
  std::string text;
  for (int i = 0; i < 3'000; ++i) text += std::to_string(i * 7919) + "\n";
  const std::string whole = pack(text);
  for (std::size_t size = 5; size < whole.size(); size += size < 64 || size + 64 > whole.size() ? 1 : 97) {
    EXPECT_THAT(error_of(whole.substr(0, size)),
                HasSubstr("list: the compressed data ends in the middle, at byte " + std::to_string(size)));
  }
  for (std::size_t at = whole.size() / 2; at < whole.size(); at += whole.size() / 40) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    EXPECT_THAT(error_of(damaged), HasSubstr("the compressed data ")) << at;
  }
  EXPECT_THAT(error_of(whole + "rest"), HasSubstr("the compressed data is damaged at byte "));
  EXPECT_THAT(error_of(whole + "rest"), HasSubstr(" -t says whether a copy is whole"));
}

TEST_P(CompressedList, ComesThroughAPipeToo) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += std::to_string(i) + "\n" + std::to_string(i) + "\n";
  const std::string bytes = pack(text);
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  std::thread writer([&] {
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t written = ::write(ends[1], bytes.data() + at, bytes.size() - at);
      if (written <= 0) break;
      at += static_cast<std::size_t>(written);
    }
    ::close(ends[1]);
  });
  InputOptions piped = options("/proc/self/fd/" + std::to_string(ends[0]));
  piped.copy = out_ / ".ids";
  const auto cleaned = read_input(piped, out_.path(), {});
  ::close(ends[0]);
  writer.join();
  ASSERT_TRUE(cleaned) << cleaned.error().to_string();
  EXPECT_EQ(cleaned->report.duplicates, 200'000u);
  EXPECT_THAT(read_text(out_ / "duplicates.csv"), HasSubstr("\n400000,199999,399999\n"));
  EXPECT_TRUE(read_text(out_ / ".ids") == bytes);  // as it came, for `resume` to read
}

TEST_P(CompressedList, ThatUnfoldsWithoutEndIsRefused) {
  Bytes out;
  auto sink = compress_into(out, GetParam());
  ASSERT_TRUE(sink);
  const std::string line = std::string((1 << 20) - 1, 'x') + '\n';
  for (int i = 0; i < 300; ++i) ASSERT_TRUE((*sink)->write(line));
  ASSERT_TRUE((*sink)->finish());
  EXPECT_THAT(error_of(out.bytes), HasSubstr("of the compressed list expand to more than 257 MiB"));
}

TEST_P(CompressedList, OfSomethingElseIsRefused) {
  EXPECT_THAT(error_of(pack(std::string("PK\x03\x04[Content_Types].xml xl/", 28))),
              HasSubstr("not compressed once more"));
  EXPECT_THAT(error_of(pack(compressed("1\n", Compression::gzip))),
              HasSubstr("compressed with gzip, not text"));
  EXPECT_THAT(error_of(pack(std::string(100'000, '\0'))), HasSubstr("binary data"));
}

TEST(CompressedText, ZerosThatPadAGzipFileDoNotCount) {
  const TempDir dir;
  InputOptions options;
  options.clean.type = IdType::integer;
  options.path =
      dir.write("padded", compressed("7\n8\n", Compression::gzip) + std::string(300'000, '\0')).string();
  const auto cleaned = read_input(options, {}, {});
  ASSERT_TRUE(cleaned) << cleaned.error().to_string();
  EXPECT_EQ(cleaned->report.unique, 2u);
  options.path =
      dir.write("padded", compressed("7\n", Compression::gzip) + std::string(9, '\0') + "x").string();
  EXPECT_THAT(read_input(options, {}, {}).error().message, HasSubstr("what follows is not gzip"));
}

TEST(CompressedText, AFrameOfZstdThatIsToBeSkippedMayComeFirst) {
  const TempDir dir;
  InputOptions options;
  options.clean.type = IdType::integer;
  const std::string skipped(
      "\x50\x2A\x4D\x18\x04\x00\x00\x00"
      "abcd",
      12);
  options.path = dir.write("list", skipped + compressed("7\n8\n", Compression::zstd)).string();
  const auto cleaned = read_input(options, {}, {});
  ASSERT_TRUE(cleaned) << cleaned.error().to_string();
  EXPECT_EQ(cleaned->report.unique, 2u);
}

}  // namespace
}  // namespace firmquery
