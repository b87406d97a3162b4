#include "firmquery/output/compression.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "firmquery/output/digested_file.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using test::TempDir;

class Compressed : public testing::TestWithParam<Compression> {
 protected:
  std::filesystem::path path() const { return dir_ / ("data" + std::string(extension_of(GetParam()))); }

  void write(const std::vector<std::string>& pieces) {
    auto file = DigestedFile::create(path());
    ASSERT_TRUE(file);
    auto sink = compress_into(*file, GetParam());
    ASSERT_TRUE(sink);
    for (const std::string& piece : pieces) ASSERT_TRUE((*sink)->write(piece));
    ASSERT_TRUE((*sink)->finish());
    ASSERT_TRUE(file->finish() && file->commit());
  }

  Result<std::string> read(std::size_t block) const {
    FQ_TRY_ASSIGN(const std::unique_ptr<ByteSource> source, open_source(path()));
    std::string text, buffer(block, '\0');
    for (;;) {
      FQ_TRY_ASSIGN(const std::size_t got, source->read(buffer.data(), buffer.size()));
      if (got == 0) return text;
      text.append(buffer, 0, got);
    }
  }

  TempDir dir_;
};

TEST_P(Compressed, GivesTheBytesBackWhateverTheBlocks) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::string noise(700'000, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  const std::vector<std::string> pieces = {"", "a", std::string(3'000'000, 'x'), noise, "end"};
  write(pieces);
  std::string expected;
  for (const std::string& piece : pieces) expected += piece;
  for (const std::size_t block : {1u << 20, 65'536u, 4'099u}) {
    const auto text = read(block);
    ASSERT_TRUE(text) << text.error().to_string();
    EXPECT_TRUE(*text == expected) << "blocks of " << block;
  }
}

TEST_P(Compressed, AnEmptyStreamIsNoBytes) {
  write({});
  EXPECT_EQ(read(100).value(), "");
}

// Blocks that end just where the stream does, and where the library holds more than fits.
TEST_P(Compressed, EveryBlockSizeEndsWhereTheDataDoes) {
  write({std::string(1000, 'a')});
  for (const std::size_t block : {1u, 10u, 500u, 999u, 1000u, 1001u}) {
    const auto text = read(block);
    ASSERT_TRUE(text) << text.error().to_string() << " with blocks of " << block;
    EXPECT_EQ(text->size(), 1000u);
  }
}

TEST_P(Compressed, TheOrdinaryProgramReadsIt) {
  write({"1,a\n", "2,b\n"});
  const char* const program = GetParam() == Compression::gzip ? "gzip" : "zstd";
  const auto ran =
      test::run_process("/bin/sh", {"-c", std::string("command -v ") + program + " > /dev/null || exit 77; " +
                                              program + " -dc " + path().string()});
  if (ran.exit_code == 77) GTEST_SKIP() << program << " is not here";
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(ran.out, "1,a\n2,b\n");
}

TEST_P(Compressed, StreamsThatFollowEachOtherAreOne) {
  write({"1\n"});
  const std::string once = test::read_text(path());
  test::write_text(path(), once + once);
  EXPECT_EQ(read(100).value(), "1\n1\n");
}

TEST_P(Compressed, SaysThatAFileWasCutOrAltered) {
  write({std::string(100'000, 'a'), "tail"});
  const std::string whole = test::read_text(path());
  for (const std::size_t left : {std::size_t{0}, std::size_t{5}, whole.size() / 2, whole.size() - 1}) {
    test::write_text(path(), whole.substr(0, left));
    const auto text = read(1000);
    ASSERT_FALSE(text) << left << " bytes of " << whole.size();
    EXPECT_EQ(text.error().kind, ErrorKind::integrity);
    EXPECT_EQ(text.error().place, path().string());
  }
  std::string altered = whole;
  altered[altered.size() - 6] ^= 1;  // in the checksum
  test::write_text(path(), altered);
  EXPECT_FALSE(read(1000));
}

TEST_P(Compressed, TheSameBytesGiveTheSameFile) {
  write({"1,a\n"});
  const std::string first = test::read_text(path());
  write({"1,a\n"});
  EXPECT_EQ(test::read_text(path()), first);
}

INSTANTIATE_TEST_SUITE_P(Each, Compressed, testing::Values(Compression::gzip, Compression::zstd),
                         [](const auto& tested) {
                           return tested.param == Compression::gzip ? "gzip" : "zstd";
                         });

}  // namespace
}  // namespace firmquery
