#include "xlsx_workbook.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "posix_file.hpp"
#include "xlsx_text.hpp"
#include "xml_stream.hpp"

namespace firmquery {
namespace {

constexpr std::size_t kSheetsMax = 65'536;

std::string text_of(const char* attribute) {
  return attribute == nullptr ? std::string() : std::string(attribute);
}

// The part that a relationship of `source` names, as the archive has it: without a leading slash.
std::string resolved(std::string_view source, std::string_view target) {
  std::vector<std::string_view> folders;
  const auto walk = [&](std::string_view path) {
    for (std::size_t begin = 0; begin <= path.size();) {
      const std::size_t end = std::min(path.find('/', begin), path.size());
      const std::string_view step = path.substr(begin, end - begin);
      begin = end + 1;
      if (step == "..") {
        if (!folders.empty()) folders.pop_back();
      } else if (!step.empty() && step != ".") {
        folders.push_back(step);
      }
    }
  };
  if (!target.starts_with('/')) walk(source.substr(0, source.rfind('/') + 1));
  walk(target);
  std::string path;
  for (const std::string_view folder : folders) {
    if (!path.empty()) path += '/';
    path += folder;
  }
  return path;
}

struct Relationship {
  std::string kind;  // the last step of its type
  std::string part;
};

class Relationships : public XmlHandler {
 public:
  explicit Relationships(std::string source) : source_(std::move(source)) {}

  Result<void> start(std::string_view name, std::size_t depth, const XmlAttributes& attributes) override {
    if (depth != 2 || name != "Relationship") return {};
    if (by_id.size() >= kSheetsMax || text_of(attributes.find("TargetMode")) == "External") return {};
    const std::string type = text_of(attributes.find("Type"));
    by_id[text_of(attributes.find("Id"))] = {type.substr(type.rfind('/') + 1),
                                             resolved(source_, text_of(attributes.find("Target")))};
    return {};
  }
  Result<void> end(std::size_t) override { return {}; }

  std::string part_of_kind(std::string_view kind) const {
    for (const auto& [id, relationship] : by_id) {
      if (relationship.kind == kind) return relationship.part;
    }
    return {};
  }

  std::map<std::string, Relationship> by_id;

 private:
  std::string source_;
};

// Of the part `source`; the empty one is the archive.
Result<Relationships> relationships_of(const ZipArchive& archive, const std::string& source) {
  const std::size_t name = source.rfind('/') + 1;
  Relationships read(source);
  FQ_TRY_ASSIGN(ZipPart part,
                archive.part(source.substr(0, name) + "_rels/" + source.substr(name) + ".rels"));
  FQ_TRY_ASSIGN(const auto stream, XmlStream::open(std::move(part), read));
  FQ_TRY(stream->all());
  return read;
}

class SheetList : public XmlHandler {
 public:
  Result<void> start(std::string_view name, std::size_t depth, const XmlAttributes& attributes) override {
    if (depth == 2) in_sheets_ = name == "sheets";
    if (depth != 3 || !in_sheets_ || name != "sheet" || sheets.size() >= kSheetsMax) return {};
    XlsxSheet sheet{text_of(attributes.find("name")), false};
    const std::string state = text_of(attributes.find("state"));
    sheet.hidden = state == "hidden" || state == "veryHidden";
    sheets.emplace_back(std::move(sheet), text_of(attributes.find("id")));
    return {};
  }
  Result<void> end(std::size_t) override { return {}; }

  std::vector<std::pair<XlsxSheet, std::string>> sheets;  // with the IDs of their relationships

 private:
  bool in_sheets_ = false;
};

class StringItems : public XmlHandler {
 public:
  StringItems(std::string& text, std::vector<std::uint32_t>& ends, std::uint64_t bytes_max)
      : text_(text), ends_(ends), bytes_max_(std::min<std::uint64_t>(bytes_max, UINT32_MAX)) {}

  Result<void> start(std::string_view name, std::size_t depth, const XmlAttributes&) override {
    // si > t, si > r > t; what is in rPh says how to pronounce it.
    if (depth == 2) begin_ = text_.size();
    if (depth == 3) in_run_ = name == "r";
    capture_ = name == "t" && (depth == 3 || (depth == 4 && in_run_));
    return {};
  }

  Result<void> end(std::size_t depth) override {
    capture_ = false;
    if (depth != 2) return {};
    undo_xlsx_escapes(text_, begin_);
    FQ_TRY(check());
    ends_.push_back(static_cast<std::uint32_t>(text_.size()));
    return {};
  }

  Result<void> text(std::string_view text) override {
    if (!capture_) return {};
    text_ += text;
    return check();
  }

  const XmlStream* stream = nullptr;  // for what is wrong

 private:
  Result<void> check() const {
    if (text_.size() + (ends_.size() + 1) * sizeof(std::uint32_t) <= bytes_max_) return {};
    return stream->damaged(fmt::format("the workbook's strings are more than {} bytes long", bytes_max_));
  }

  std::string& text_;
  std::vector<std::uint32_t>& ends_;
  const std::uint64_t bytes_max_;
  std::size_t begin_ = 0;
  bool in_run_ = false, capture_ = false;
};

}  // namespace

Result<void> SharedStrings::load(const ZipArchive& archive, const std::string& part,
                                 const XlsxOptions& options) {
  FQ_TRY_ASSIGN(ZipPart opened, archive.part(part));
  StringItems items(text_, ends_, options.shared_strings_bytes_max);
  FQ_TRY_ASSIGN(const auto stream, XmlStream::open(std::move(opened), items));
  items.stream = stream.get();
  FQ_TRY(stream->all());
  text_.shrink_to_fit();
  ends_.shrink_to_fit();
  return {};
}

std::string_view SharedStrings::at(std::size_t index) const {
  const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
  return std::string_view(text_).substr(begin, ends_[index] - begin);
}

Result<void> XlsxWorkbook::State::read_directory() {
  if (!archive.has("_rels/.rels")) return archive.damaged("this ZIP archive is no Excel workbook (XLSX)");
  FQ_TRY_ASSIGN(const Relationships top, relationships_of(archive, ""));
  const std::string book = top.part_of_kind("officeDocument");
  if (book.empty()) return archive.damaged("this ZIP archive is no Excel workbook (XLSX)");
  if (book.ends_with(".bin")) return archive.damaged("this is a binary workbook (XLSB)");
  FQ_TRY_ASSIGN(ZipPart part, archive.part(book));
  SheetList list;
  FQ_TRY_ASSIGN(const auto stream, XmlStream::open(std::move(part), list));
  FQ_TRY(stream->all());
  FQ_TRY_ASSIGN(const Relationships parts, relationships_of(archive, book));
  for (auto& [sheet, id] : list.sheets) {
    const auto found = parts.by_id.find(id);
    if (found == parts.by_id.end())
      return stream->damaged(fmt::format("nothing says where the sheet \"{}\" is", sheet.name));
    if (found->second.kind != "worksheet") continue;
    sheets.push_back(std::move(sheet));
    sheet_parts.push_back(found->second.part);
  }
  strings_part = parts.part_of_kind("sharedStrings");
  return {};
}

Result<const SharedStrings*> XlsxWorkbook::State::strings() {
  if (!strings_loaded && !strings_part.empty()) FQ_TRY(shared_strings.load(archive, strings_part, options));
  strings_loaded = true;
  return &shared_strings;
}

XlsxWorkbook::XlsxWorkbook(std::shared_ptr<State> state) : state_(std::move(state)) {}

Result<XlsxWorkbook> XlsxWorkbook::open(Descriptor file, const std::filesystem::path& name,
                                        const XlsxOptions& options) {
  FQ_TRY_ASSIGN(ZipArchive archive, ZipArchive::open(std::move(file), name, options));
  auto state = std::make_shared<State>(std::move(archive), name, options);
  FQ_TRY(state->read_directory());
  return XlsxWorkbook(std::move(state));
}

Result<XlsxWorkbook> XlsxWorkbook::open(const std::filesystem::path& path, const XlsxOptions& options) {
  FQ_TRY_ASSIGN(Descriptor file, open_descriptor(path, O_RDONLY, "open"));
  return open(std::move(file), path, options);
}

const std::vector<XlsxSheet>& XlsxWorkbook::sheets() const {
  return state_->sheets;
}

}  // namespace firmquery
