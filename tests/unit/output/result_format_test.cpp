// Every format of the table gives back what it was given, row by row and byte for byte.
#include "firmquery/output/result_format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firmquery/output/digested_file.hpp"
#include "support/temp_dir.hpp"

namespace firmquery {
namespace {

using test::TempDir;

// As PostgreSQL writes them.
const std::vector<std::string> kRecords = {
    "1,plain,2\n",
    "2,,\"\"\n",
    "3,\"a,\"\"b\"\"\nc\r\n\",-1.50\n",
    "12345678901234567890,\\.,1e400\n",
    "=1+1,@cmd,'quoted\n",
    "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80,\ttab,\"{\"\"json\"\":1}\"\n",
};

class EachFormat : public testing::TestWithParam<std::tuple<std::size_t, bool, Compression>> {
 protected:
  const ResultFormat& format() const { return result_formats()[std::get<0>(GetParam())]; }
  FormatOptions options() const { return {std::get<1>(GetParam()), "id", dir_.path()}; }
  Compression compression() const { return std::get<2>(GetParam()); }

  void write(const ResultColumns& columns, const std::vector<std::vector<std::string>>& parts) {
    std::vector<std::filesystem::path> paths;
    for (const auto& records : parts) {
      std::string text;
      for (const std::string& record : records) text += record;
      paths.push_back(dir_.write("part" + std::to_string(paths.size()), text));
    }
    auto file = DigestedFile::create(path());
    ASSERT_TRUE(file);
    std::unique_ptr<CompressingSink> compressor;
    if (compression() != Compression::none) compressor = *compress_into(*file, compression());
    const auto writer = format().writer(compressor ? static_cast<ByteSink&>(*compressor) : *file, options());
    ASSERT_TRUE(writer->open(columns));
    for (const auto& part : paths) ASSERT_TRUE(writer->part(part, {}));
    ASSERT_TRUE(writer->finish());
    ASSERT_TRUE(!compressor || compressor->finish());
    ASSERT_TRUE(file->finish() && file->commit());
  }

  Result<std::unique_ptr<ResultRows>> open(const ResultColumns& columns) {
    std::vector<std::string> names;
    for (const ResultColumn& column : columns) names.push_back(column.name);
    return format().reader(path(), options(), names);
  }

  std::vector<std::string> read(const ResultColumns& columns) {
    auto rows = open(columns);
    if (!rows) return {rows.error().to_string()};
    EXPECT_EQ((*rows)->columns().size(), columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) EXPECT_EQ((*rows)->columns()[i], columns[i].name);
    std::vector<std::string> records;
    while ((*rows)->next().value()) records.emplace_back((*rows)->csv());
    return records;
  }

  std::filesystem::path path() const { return dir_ / ResultFile{&format(), compression()}.name(); }
  TempDir dir_;
};

TEST_P(EachFormat, GivesTheRowsOfAllPartsBackAsTheyCame) {
  const ResultColumns columns = {{"id"}, {"a \"name\",\n"}, {"=note"}};
  write(columns, {{kRecords[0], kRecords[1]}, {}, {kRecords.begin() + 2, kRecords.end()}});
  EXPECT_EQ(read(columns), kRecords);
}

TEST_P(EachFormat, KnowsALoneEndOfDataFromAnEndOfData) {
  const ResultColumns columns = {{"id"}};
  const std::vector<std::string> records = {"\"\\.\"\n", "\n", "\"\"\n", "7\n"};
  write(columns, {records});
  EXPECT_EQ(read(columns), records);
}

TEST_P(EachFormat, HasItsColumnsWithoutRows) {
  const ResultColumns columns = {{"id"}, {"name"}};
  write(columns, {});
  EXPECT_TRUE(read(columns).empty());
}

TEST_P(EachFormat, GivesFieldsAndTellsNullFromEmpty) {
  const ResultColumns columns = {{"id"}, {"name"}, {"note"}};
  write(columns, {{kRecords[1]}});
  auto rows = open(columns);
  ASSERT_TRUE(rows && (*rows)->next().value());
  std::string_view value;
  bool is_null = false;
  ASSERT_TRUE((*rows)->field(0, value, is_null));
  EXPECT_EQ(value, "2");
  ASSERT_TRUE((*rows)->field(1, value, is_null));
  EXPECT_TRUE(is_null);
  ASSERT_TRUE((*rows)->field(2, value, is_null));
  EXPECT_FALSE(is_null);
  EXPECT_EQ(value, "");
  EXPECT_FALSE((*rows)->field(3, value, is_null));
}

// Types as in pg_type; what a format cannot hold as a number or as JSON comes back all the same.
TEST_P(EachFormat, GivesTypedValuesBackAsTheyCame) {
  const ResultColumns columns = {{"id", 20},   {"id", 23},    {"real", 701}, {"numeric", 1700},
                                 {"flag", 16}, {"doc", 3802}, {"id_2", 25}};
  const std::vector<std::string> records = {
      "9007199254740992,7,1e+20,0.10,t,\"{\"\"a\"\": [1, \"\"}\"\"]}\",x\n",
      "9007199254740993,-7,-0,123456789012345.6,f,\"{\"\"percent-encoded\"\": \"\"%41\"\"}\",null\n",
      "-1,0,NaN,1E-7,,\"\"\"text\"\"\",\n",
      "0,1,Infinity,12345678901234567890.5,t,true,\"\"\n",
      "1,2,0.1,7,f,\"{\"\"percent-encoded\"\":\"\"%41\"\"}\",\xff\xfe%\n",
      "1,2,0.1,7,f,\"{\n}\",a\x01\u007f\n"};
  write(columns, {records});
  EXPECT_EQ(read(columns), records);
}

TEST_P(EachFormat, RefusesAFileOfOtherColumns) {
  write({{"id"}, {"name"}}, {{"1,a\n"}});
  auto rows = open({{"id"}, {"other"}});
  if (rows) {
    const auto next = (*rows)->next();
    ASSERT_FALSE(next);
    EXPECT_EQ(next.error().kind, ErrorKind::integrity);
  } else {
    EXPECT_EQ(rows.error().kind, ErrorKind::integrity);
  }
}

TEST_P(EachFormat, StopsWhenItIsAskedTo) {
  std::stop_source stop;
  stop.request_stop();
  auto file = DigestedFile::create(path());
  ASSERT_TRUE(file);
  const auto writer = format().writer(*file, options());
  ASSERT_TRUE(writer->open({{"id"}}));
  const auto part = writer->part(dir_.write("part", "1\n"), stop.get_token());
  ASSERT_FALSE(part);
  EXPECT_EQ(part.error().kind, ErrorKind::interrupted);
}

std::string name_of(const testing::TestParamInfo<std::tuple<std::size_t, bool, Compression>>& info) {
  const auto& [format, safe, compression] = info.param;
  std::string name(result_formats()[format].name);
  if (safe) name += "_spreadsheet_safe";
  if (compression != Compression::none) name += compression == Compression::gzip ? "_gzip" : "_zstd";
  return name;
}

std::vector<std::tuple<std::size_t, bool, Compression>> cases() {
  std::vector<std::tuple<std::size_t, bool, Compression>> all;
  for (std::size_t format = 0; format < result_formats().size(); ++format) {
    for (const bool safe : {false, true}) {
      for (const Compression compression : {Compression::none, Compression::gzip, Compression::zstd}) {
        if (result_file(result_formats()[format], compression).compression == compression)
          all.emplace_back(format, safe, compression);
      }
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Formats, EachFormat, testing::ValuesIn(cases()), name_of);

}  // namespace
}  // namespace firmquery
