// Files that a list may come in: any bytes at all; a sheet of any XML in a workbook; a text that is compressed, which
// must be read as the text is. Whatever it is, it is read or refused in words, the same each time, and it adds up.
#include <zlib.h>

#include <string>
#include <utility>
#include <vector>

#include "firmquery/output/compression.hpp"
#include "firmquery/run/input.hpp"
#include "fuzz/fuzz.hpp"

namespace firmquery::fuzz {
namespace {

// A ZIP archive of parts that are stored, so that what a fuzzer changes reaches the reader of the sheet.
class StoredZip {
 public:
  void add(const std::string& name, const std::string& content) {
    const auto crc =
        ::crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()));
    std::string facts;
    const auto size = static_cast<unsigned>(content.size());
    put(facts, 20, 2), put(facts, 0, 2), put(facts, 0, 2), put(facts, 0, 2), put(facts, 0x21, 2);
    put(facts, static_cast<unsigned>(crc), 4), put(facts, size, 4), put(facts, size, 4);
    put(facts, static_cast<unsigned>(name.size()), 2), put(facts, 0, 2);
    directory_ += "PK\x01\x02";
    put(directory_, 20, 2);
    directory_ += facts + std::string(10, '\0');
    put(directory_, static_cast<unsigned>(bytes_.size()), 4);
    directory_ += name;
    bytes_ += "PK\x03\x04" + facts + name + content;
    ++count_;
  }
  std::string finish() {
    std::string end = "PK\x05\x06" + std::string(4, '\0');
    put(end, count_, 2), put(end, count_, 2);
    put(end, static_cast<unsigned>(directory_.size()), 4), put(end, static_cast<unsigned>(bytes_.size()), 4);
    put(end, 0, 2);
    return bytes_ + directory_ + end;
  }

 private:
  static void put(std::string& out, unsigned value, int bytes) {
    for (; bytes > 0; --bytes, value >>= 8) out += static_cast<char>(value & 0xFF);
  }
  std::string bytes_, directory_;
  unsigned count_ = 0;
};

// `data` stands where the rows do; behind a 0 byte, if there is one, are shared strings.
std::string workbook_of(const std::string& data) {
  const std::string head = "<?xml version=\"1.0\"?>", name = "xmlns=\"http://schemas.openxmlformats.org/";
  const std::string types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  const std::size_t split = std::min(data.find('\0'), data.size());
  StoredZip zip;
  zip.add("[Content_Types].xml", head + "<Types " + name + "package/2006/content-types\"/>");
  zip.add("_rels/.rels", head + "<Relationships " + name +
                             "package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"" + types +
                             "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>");
  zip.add("xl/workbook.xml",
          head + "<workbook " + name + "spreadsheetml/2006/main\" xmlns:r=\"" + types +
              "\"><sheets><sheet name=\"List\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>");
  zip.add("xl/_rels/workbook.xml.rels",
          head + "<Relationships " + name + "package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"" +
              types + "/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Type=\"" +
              types + "/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>");
  zip.add("xl/worksheets/sheet1.xml", head + "<worksheet " + name + "spreadsheetml/2006/main\"><sheetData>" +
                                          data.substr(0, split) + "</sheetData></worksheet>");
  zip.add("xl/sharedStrings.xml", head + "<sst " + name + "spreadsheetml/2006/main\">" +
                                      data.substr(std::min(split + 1, data.size())) + "</sst>");
  return zip.finish();
}

struct Bytes : ByteSink {
  Result<void> write(std::string_view more) override {
    bytes += more;
    return {};
  }
  std::string bytes;
};

std::string compressed(const std::string& text, Compression compression) {
  Bytes out;
  const auto sink = compress_into(out, compression);
  require(sink && (*sink)->write(text) && (*sink)->finish(), "compressing");
  return out.bytes;
}

// What was read, as text to compare.
std::string read(const std::string& bytes, InputOptions options) {
  const MemoryFile file(bytes);
  options.path = file.path();
  const auto input = read_input(options, {}, {});
  if (!input) {
    require(!input.error().message.empty(), "an error has words");
    std::string message = input.error().to_string();
    for (std::size_t at; (at = message.find(file.path())) != std::string::npos;)
      message.replace(at, file.path().size(), "FILE");
    return message;
  }
  const InputReport& report = input->report;
  require(report.lines == report.blank + report.header + report.rejected + report.duplicates + report.unique,
          "lines add up");
  require(input->ids.size() == report.unique, "as many IDs as unique");
  return report.digest.to_hex() + " " + std::to_string(report.lines) + " " + std::to_string(report.rejected) +
         " " + input->profile.column;
}

}  // namespace
}  // namespace firmquery::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace firmquery;
  constexpr IdType kTypes[] = {IdType::text, IdType::integer, IdType::numeric, IdType::uuid};
  constexpr const char* kColumns[] = {"", "", "1", "B", "id"};
  constexpr const char* kSheets[] = {"", "", "", "1", "List", "none"};
  fuzz::Input input(data, size);
  InputOptions options;
  options.clean.type = input.pick(kTypes);
  options.clean.column = input.pick(kColumns);
  options.allow_empty = options.accept_rejected = true;
  const unsigned mode = input.byte(), flags = input.byte();
  options.clean.allow_lossy = (flags & 1U) != 0;
  options.clean.key_name = (flags & 2U) != 0 ? "id" : "";
  const std::string rest = input.rest();
  if (mode % 3 == 0) {
    options.clean.sheet = kSheets[(flags >> 2) % std::size(kSheets)];
    fuzz::require(fuzz::read(rest, options) == fuzz::read(rest, options), "bytes: the same each time");
  } else if (mode % 3 == 1) {
    options.clean.sheet = kSheets[(flags >> 2) % std::size(kSheets)];
    const std::string book = fuzz::workbook_of(rest);
    fuzz::require(fuzz::read(book, options) == fuzz::read(book, options), "a sheet: the same each time");
  } else {
    const Compression by = (flags & 4U) != 0 ? Compression::gzip : Compression::zstd;
    // Text only: what is something else by its first bytes is another test.
    const std::string text = "1\n" + rest;
    const std::string whole = fuzz::compressed(text, by);
    fuzz::require(fuzz::read(whole, options) == fuzz::read(text, options), "compressed: as the text");
    const std::string cut = whole.substr(0, whole.size() - 1 - flags % 4);
    fuzz::require(fuzz::read(cut, options).find("the compressed data") != std::string::npos ||
                      fuzz::read(text, options).find(": ") != std::string::npos,
                  "a stream that is cut is refused");
  }
  return 0;
}
