#include "orchestrator/run/reading/share.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/run/publishing/part_writer.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using ::testing::ElementsAre;

IdSet numbers(int count) {
  IdSetBuilder builder(IdType::integer);
  for (std::int64_t n = 0; n < count; ++n) builder.add(n * 10);
  return builder.finish().unique;
}

Digest digest_of(std::initializer_list<const char*> ids) {
  Digest digest;
  for (const char* id : ids) digest += Digest::of(id);
  return digest;
}

Digest bytes_of(std::string_view rows) {
  ByteDigest digest;
  digest.update(rows);
  return digest.value();
}

TEST(Share, KnowsWhatIsUnread) {
  const IdSet ids = numbers(10);
  Share share(ids, 0, {2, 10});
  share.finish({2, 4});
  share.fail({4, 5}, "timeout");
  share.fail({5, 6}, "timeout");
  share.finish({6, 8});
  EXPECT_EQ(share.front(), (Slice{8, 10}));
  EXPECT_THAT(share.unread(), ElementsAre(Slice{4, 6}, Slice{8, 10}));
  share.fail_rest("gone");
  EXPECT_TRUE(share.done());
  ASSERT_EQ(share.failed().size(), 2u);
  EXPECT_EQ(share.failed()[0].slice, (Slice{4, 6}));
  EXPECT_EQ(share.failed()[1].error, "gone");
}

TEST(Share, RestoresFromItsPartFileAroundFailedRanges) {
  const IdSet ids = numbers(10);
  const test::TempDir dir;
  // Rows of a unit that never reached the journal follow, and a torn one.
  const auto part = dir.write("part", "0,a\n0,\"b\nc\"\n10,d\n50,e\n60,never\n7");
  Share share(ids, 1, {0, 10});
  const std::vector<JournalUnit> units = {
      {1, {0, 2}, 17, 1, 3, 2, digest_of({"0", "10"}), bytes_of("0,a\n0,\"b\nc\"\n10,d\n")},
      {0, {0, 1}, 99, 1, 0, 0, {}, {}},
      {1, {5, 6}, 22, 1, 1, 1, digest_of({"50"}), bytes_of("50,e\n")}};
  const auto restored = restore_share(share, part, units, RowKey(0));
  ASSERT_TRUE(restored) << restored.error().to_string();
  EXPECT_EQ(*restored, 22u);
  EXPECT_EQ(test::read_text(part),
            "0,a\n0,\"b\nc\"\n10,d\n50,e\n");  // joined as it is, should nothing be read
  EXPECT_EQ(share.reconciler().rows(), 4u);
  EXPECT_EQ(share.reconciler().found(), 3u);
  EXPECT_TRUE(share.reconciler().is_found(5));
  EXPECT_FALSE(share.reconciler().is_found(6));
  EXPECT_THAT(share.unread(), ElementsAre(Slice{2, 5}, Slice{6, 10}));
}

TEST(Share, RefusesAnAlteredPartFile) {
  const IdSet ids = numbers(10);
  const test::TempDir dir;
  const std::vector<JournalUnit> units = {
      {0, {0, 2}, 9, 1, 2, 2, digest_of({"0", "10"}), bytes_of("0,a\n10,b\n")}};
  for (const char* text :
       {"0,a\n", "0,a\n0,a\n", "0,a\n90,b\n", "0,a\n10,\"b\n", "", "0,a\n10,bb\n", "0,x\n10,b\n"}) {
    Share share(ids, 0, {0, 10});
    const auto restored = restore_share(share, dir.write("part", text), units, RowKey(0));
    ASSERT_FALSE(restored) << text;
    EXPECT_EQ(restored.error().kind, ErrorKind::integrity);
    EXPECT_THAT(restored.error().message, ::testing::HasSubstr("range of 2 IDs from 0 to 10"));
    EXPECT_EQ(restored.error().place, (dir / "part").string());
  }
  std::filesystem::remove(dir / "part");
  Share gone(ids, 0, {0, 10});
  EXPECT_EQ(restore_share(gone, dir / "part", units, RowKey(0)).error().kind, ErrorKind::integrity);
  Share twice(ids, 0, {0, 10});
  EXPECT_FALSE(restore_share(twice, dir.write("part", "0,a\n10,b\n"), {units[0], units[0]}, RowKey(0)));
}

}  // namespace
}  // namespace firmquery
