#include "support/zip_file.hpp"

#include <zip.h>

#include <stdexcept>

namespace firmquery::test {
namespace {

constexpr const char* kHead = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const std::string kMain = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const std::string kRelation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

std::string relationships(const std::string& inside) {
  return kHead + ("<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">" +
                  inside + "</Relationships>");
}

}  // namespace

void write_zip(const std::filesystem::path& path, const ZipParts& parts) {
  int code = 0;
  zip_t* archive = ::zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  if (archive == nullptr) throw std::runtime_error("zip_open: " + path.string());
  for (const auto& [name, content] : parts) {
    zip_source_t* source = ::zip_source_buffer(archive, content.data(), content.size(), 0);
    if (source == nullptr || ::zip_file_add(archive, name.c_str(), source, 0) < 0)
      throw std::runtime_error("zip_file_add: " + name);
  }
  if (::zip_close(archive) != 0) throw std::runtime_error("zip_close: " + path.string());
}

std::string read_zip(const std::filesystem::path& path, const std::string& part) {
  int code = 0;
  zip_t* archive = ::zip_open(path.c_str(), ZIP_RDONLY, &code);
  if (archive == nullptr) throw std::runtime_error("zip_open: " + path.string());
  zip_file_t* file = ::zip_fopen(archive, part.c_str(), 0);
  if (file == nullptr) throw std::runtime_error("zip_fopen: " + part);
  std::string content(1u << 16, '\0');
  std::size_t size = 0;
  for (zip_int64_t got = 0; (got = ::zip_fread(file, content.data() + size, content.size() - size)) != 0;) {
    if (got < 0) throw std::runtime_error("zip_fread: " + part);
    size += static_cast<std::size_t>(got);
    if (size == content.size()) content.resize(2 * size);
  }
  content.resize(size);
  ::zip_fclose(file);
  ::zip_discard(archive);
  return content;
}

ZipParts workbook_parts(const std::vector<std::pair<std::string, std::string>>& sheets,
                        const std::string& shared_strings) {
  ZipParts parts = {{"_rels/.rels", relationships("<Relationship Id=\"rId1\" Type=\"" + kRelation +
                                                  "/officeDocument\" Target=\"xl/workbook.xml\"/>")}};
  std::string list, targets;
  for (std::size_t i = 1; i <= sheets.size(); ++i) {
    const std::string number = std::to_string(i);
    list +=
        "<sheet name=\"" + sheets[i - 1].first + "\" sheetId=\"" + number + "\" r:id=\"rId" + number + "\"/>";
    targets += "<Relationship Id=\"rId" + number + "\" Type=\"" + kRelation +
               "/worksheet\" Target=\"worksheets/sheet" + number + ".xml\"/>";
    parts.emplace_back("xl/worksheets/sheet" + number + ".xml",
                       kHead + ("<worksheet xmlns=\"" + kMain + "\"><sheetData>" + sheets[i - 1].second +
                                "</sheetData></worksheet>"));
  }
  if (!shared_strings.empty()) {
    targets += "<Relationship Id=\"rIdS\" Type=\"" + kRelation +
               "/sharedStrings\" Target=\"/xl/sharedStrings.xml\"/>";
    parts.emplace_back("xl/sharedStrings.xml",
                       kHead + ("<sst xmlns=\"" + kMain + "\">" + shared_strings + "</sst>"));
  }
  parts.emplace_back("xl/workbook.xml", kHead + ("<workbook xmlns=\"" + kMain + "\" xmlns:r=\"" + kRelation +
                                                 "\"><sheets>" + list + "</sheets></workbook>"));
  parts.emplace_back("xl/_rels/workbook.xml.rels", relationships(targets));
  return parts;
}

}  // namespace firmquery::test
