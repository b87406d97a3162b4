#include "xml_stream.hpp"

#include <fmt/format.h>

#include <utility>

namespace firmquery {
namespace {

// Expat 2.9 has both in 64 bits, and warns of the others.
std::uint64_t line_of(XML_Parser parser) {
#if XML_MAJOR_VERSION > 2 || XML_MINOR_VERSION >= 9
  return ::XML_GetCurrentLineNumber64(parser);
#else
  return ::XML_GetCurrentLineNumber(parser);
#endif
}
std::int64_t byte_of(XML_Parser parser) {
#if XML_MAJOR_VERSION > 2 || XML_MINOR_VERSION >= 9
  return ::XML_GetCurrentByteIndex64(parser);
#else
  return ::XML_GetCurrentByteIndex(parser);
#endif
}

constexpr int kPieceBytes = 64 << 10;
constexpr std::size_t kDepthMax = 128;
constexpr std::uint64_t kTagBytesMax = 1u << 20;

std::string_view without_prefix(const XML_Char* name) {
  const XML_Char* begin = name;
  for (; *name != '\0'; ++name) {
    if (*name == ':') begin = name + 1;
  }
  return {begin, static_cast<std::size_t>(name - begin)};
}

}  // namespace

const char* XmlAttributes::find(std::string_view name) const {
  for (const XML_Char** pair = pairs_; *pair != nullptr; pair += 2) {
    if (without_prefix(*pair) == name) return pair[1];
  }
  return nullptr;
}

Result<std::unique_ptr<XmlStream>> XmlStream::open(ZipPart part, XmlHandler& handler) {
  std::unique_ptr<XmlStream> stream(new XmlStream(std::move(part), handler));
  stream->parser_.reset(::XML_ParserCreate(nullptr));
  if (!stream->parser_) return fail(ErrorKind::transient, "out of memory", stream->part_.name());
  XML_Parser parser = stream->parser_.get();
  ::XML_SetUserData(parser, stream.get());
  ::XML_SetElementHandler(parser, on_start, on_end);
  ::XML_SetCharacterDataHandler(parser, on_text);
  ::XML_SetStartDoctypeDeclHandler(parser, on_doctype);
  return stream;
}

void XmlStream::take(Result<void> outcome) {
  if (outcome || failure_) return;
  failure_ = std::move(outcome).error();
  ::XML_StopParser(parser_.get(), XML_FALSE);
}

void XmlStream::on_start(void* self, const XML_Char* name, const XML_Char** attributes) {
  auto& stream = *static_cast<XmlStream*>(self);
  if (stream.failure_) return;
  if (++stream.depth_ > kDepthMax)
    return stream.take(stream.damaged(fmt::format("elements are nested more than {} deep", kDepthMax)));
  stream.take(stream.handler_.start(without_prefix(name), stream.depth_, XmlAttributes(attributes)));
}

void XmlStream::on_end(void* self, const XML_Char*) {
  auto& stream = *static_cast<XmlStream*>(self);
  if (stream.failure_) return;
  stream.take(stream.handler_.end(stream.depth_));
  --stream.depth_;
}

void XmlStream::on_text(void* self, const XML_Char* text, int size) {
  auto& stream = *static_cast<XmlStream*>(self);
  if (stream.failure_) return;
  stream.take(stream.handler_.text({text, static_cast<std::size_t>(size)}));
}

void XmlStream::on_doctype(void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
  auto& stream = *static_cast<XmlStream*>(self);
  stream.take(stream.damaged("it has a document type declaration, which no spreadsheet program writes"));
}

Failure XmlStream::damaged(std::string_view what) const {
  return part_.damaged(fmt::format("line {}: {}", line_of(parser_.get()), what));
}

Result<bool> XmlStream::some() {
  if (failure_) return Failure(*failure_);
  if (ended_) return false;
  XML_Parser parser = parser_.get();
  void* buffer = ::XML_GetBuffer(parser, kPieceBytes);
  if (buffer == nullptr) return fail(ErrorKind::transient, "out of memory", part_.name());
  FQ_TRY_ASSIGN(const std::size_t got, part_.read(static_cast<char*>(buffer), kPieceBytes));
  ended_ = got == 0;
  given_bytes_ += got;
  const XML_Status status = ::XML_ParseBuffer(parser, static_cast<int>(got), ended_ ? XML_TRUE : XML_FALSE);
  if (failure_) return Failure(*failure_);
  if (status != XML_STATUS_OK) {
    const XML_Error code = ::XML_GetErrorCode(parser);
    if (code == XML_ERROR_NO_MEMORY) return fail(ErrorKind::transient, "out of memory", part_.name());
    take(damaged(fmt::format("this is no XML: {}", ::XML_ErrorString(code))));
    return Failure(*failure_);
  }
  // What expat has not passed on it holds, until a tag is complete.
  const std::int64_t passed_on = byte_of(parser);
  if (!ended_ && passed_on >= 0 && given_bytes_ - static_cast<std::uint64_t>(passed_on) > kTagBytesMax) {
    take(damaged("a tag does not end"));
    return Failure(*failure_);
  }
  return !ended_;
}

Result<void> XmlStream::all() {
  for (;;) {
    FQ_TRY_ASSIGN(const bool more, some());
    if (!more) return {};
  }
}

}  // namespace firmquery
