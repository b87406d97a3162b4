#include "firmquery/core/list_record.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "firmquery/core/clean_rows.hpp"

namespace firmquery {
namespace {

std::string list_fields(std::string_view record, const RecordForm& form) {
  std::string out, scratch;
  append_list_fields(out, record, form, scratch);
  return out;
}

TEST(ListRecord, FieldsAreQuotedAgainAndPadded) {
  const RecordForm form{RecordForm::Text::delimited, ';', 4};
  EXPECT_EQ(list_fields("1;b", form), "1,b,,");
  EXPECT_EQ(list_fields("", form), ",,,");
  EXPECT_EQ(list_fields("1;\"\";;\" x\"", form), "1,\"\",, x");
  EXPECT_EQ(list_fields("a,b;\"say \"\"so\"\"\nand more\";c;d", form),
            "\"a,b\",\"say \"\"so\"\"\nand more\",c,d");
  EXPECT_EQ(list_fields(" 7 ;\"a\" b", form), " 7 ,a b,,");
}

TEST(ListRecord, AnItemIsOneField) {
  const RecordForm form{RecordForm::Text::field, ',', 2};
  EXPECT_EQ(list_fields("1,2 \"x\"", form), "\"1,2 \"\"x\"\"\",");
  EXPECT_EQ(list_fields("", form), ",");
}

TEST(ListRecord, RowsOfCellsAreCsvAlready) {
  const RecordForm form{RecordForm::Text::csv, ',', 4};
  EXPECT_EQ(list_fields("a,,\"\"", form), "a,,\"\",");
  EXPECT_EQ(list_fields("\"x\ny\",\"1,5\",,d", form), "\"x\ny\",\"1,5\",,d");
}

TEST(ListRecord, BytesThatAreNoTextCanBeRead) {
  const RecordForm form{RecordForm::Text::delimited, ',', 2};
  EXPECT_EQ(list_fields("a\xFF,b", form), "a\\xFF,b");
  EXPECT_EQ(list_fields("\xC3\xBC,b", form), "\xC3\xBC,b");
}

MergedColumns merged_names(std::vector<std::string> header, std::size_t width,
                           std::vector<std::string> result, std::size_t id = 0) {
  InputProfile list;
  list.delimiter = ',';
  list.header = std::move(header);
  list.width = width;
  list.column_index = id;
  return merged_columns(list, result);
}

TEST(MergedColumns, TakenNamesArePrefixed) {
  const MergedColumns columns =
      merged_names({"ID", "Status", "name", "name", ""}, 6, {"id", "NAME", "reason", "status", "x"});
  EXPECT_EQ(columns.own, (std::vector<std::string>{"ID", "Status", "name", "name", "column_5", "column_6"}));
  EXPECT_EQ(columns.status, "result_status");
  EXPECT_EQ(columns.reason, "reason");
  EXPECT_EQ(columns.result,
            (std::vector<std::string>{"result_id", "result_NAME", "result_reason", "result_status_2", "x"}));
}

TEST(MergedColumns, WithoutAHeaderTheIdHasAName) {
  const MergedColumns columns = merged_names({}, 3, {"id", "a", "a", "a"}, 1);
  EXPECT_EQ(columns.own, (std::vector<std::string>{"column_1", "id", "column_3"}));
  EXPECT_EQ(columns.result, (std::vector<std::string>{"result_id", "a", "result_a", "result_a_2"}));
  EXPECT_EQ(merged_names({"column_2", ""}, 2, {}).own, (std::vector<std::string>{"column_2", "column_2_2"}));
}

// What a sink that wants records is given, one in each line.
class ShownRecords : public CleanSink {
 public:
  bool wants_records() const override { return true; }
  void record(const ListRecord& record) override {
    const char* kinds[] = {"header", "blank", "data"};
    text += std::string(kinds[static_cast<int>(record.kind)]) + " " + std::to_string(record.line) + " <" +
            std::string(record.text) + ">" + (record.cut ? " cut" : "") + "\n";
  }
  void accept(std::int64_t id, std::uint64_t line) override {
    text += "  " + std::to_string(id) + " " + std::to_string(line) + "\n";
  }
  void accept(std::string_view canonical, std::uint64_t line) override {
    text += "  " + std::string(canonical) + " " + std::to_string(line) + "\n";
  }
  void reject(std::string_view, const InputPlace& place, IdProblem problem) override {
    text += "  " + std::string(problem_code(problem)) + " " + std::to_string(place.line) + "\n";
  }
  std::string text;
};

struct ShownList {
  std::string text;
  InputProfile profile;
};

ShownList shown(std::string_view list, CleanOptions options) {
  ShownRecords sink;
  options.keep_columns = true;
  Cleaner cleaner(std::move(options), sink);
  EXPECT_TRUE(cleaner.feed(list));
  EXPECT_TRUE(cleaner.finish());
  return {sink.text, cleaner.profile()};
}

TEST(CleanRecords, EachIsShownBeforeWhatItLeadsTo) {
  CleanOptions options;
  options.type = IdType::integer;
  options.column = "id";
  options.comment = "#";
  const ShownList csv = shown("sep=;\nid;name\n7;\"a\nb\"\n\n#x\nabc;;;\n;;\n8", options);
  EXPECT_EQ(csv.text,
            "header 2 <id;name>\ndata 3 <7;\"a\nb\">\n  7 3\nblank 5 <>\nblank 6 <#x>\ndata 7 <abc;;;>\n  "
            "not_an_integer 7\nblank 8 <;;>\ndata 9 <8>\n  8 9\n");
  EXPECT_EQ(csv.profile.header, (std::vector<std::string>{"id", "name"}));
  EXPECT_EQ(csv.profile.width, 4u);
  EXPECT_EQ(csv.profile.column_index, 0u);
}

TEST(CleanRecords, OfDigitsAndItemsToo) {
  CleanOptions options;
  options.type = IdType::integer;
  options.format = InputFormat::lines;
  options.header = HeaderMode::absent;
  EXPECT_EQ(shown("12\r\n007\n x\n", options).text,
            "data 1 <12>\n  12 1\ndata 2 <007>\n  7 2\ndata 3 < x>\n  not_an_integer 3\n");
  options.format = InputFormat::list;
  const ShownList list = shown("1, '2',\n,x;3", options);
  EXPECT_EQ(list.text,
            "data 1 <1>\n  1 1\ndata 1 <2>\n  2 1\nblank 2 <>\ndata 2 <x>\n  not_an_integer 2\ndata 2 <3>\n  "
            "3 2\n");
  EXPECT_EQ(list.profile.width, 1u);
}

TEST(CleanRecords, OfASheetAreCsvWithTheRowsThatAreNotThere) {
  ShownRecords sink;
  CleanOptions options;
  options.type = IdType::integer;
  options.column = "id";
  options.keep_columns = true;
  RowCleaner cleaner(options, sink);
  const RowCell header[] = {{0, "name"}, {2, "id"}};
  const RowCell first[] = {{0, "a, b"}, {1, ""}, {2, "7", RowCell::Kind::number}, {4, "x"}};
  const RowCell second[] = {{1, {}, RowCell::Kind::error}, {2, "8"}};
  EXPECT_TRUE(cleaner.add_row(1, header) && cleaner.add_row(2, first) && cleaner.add_row(5, second));
  EXPECT_TRUE(cleaner.finish());
  EXPECT_EQ(sink.text,
            "header 1 <name,,id>\ndata 2 <\"a, b\",\"\",7,,x>\n  7 2\nblank 3 <>\nblank 4 <>\ndata 5 <,,8>\n "
            " 8 5\n");
  EXPECT_EQ(cleaner.profile().header, (std::vector<std::string>{"name", "", "id"}));
  EXPECT_EQ(cleaner.profile().width, 5u);
}

}  // namespace
}  // namespace firmquery
