// XML as a stream of elements, by expat: a piece of the part at a time, so that the caller says how far it goes.
// Refused: document type declarations, nesting deeper than any workbook has, tags larger than a buffer of 1 MiB.
#pragma once

#include <expat.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "firmquery/core/error.hpp"
#include "zip_archive.hpp"

namespace firmquery {

// The attributes of an element; valid during start().
class XmlAttributes {
 public:
  explicit XmlAttributes(const XML_Char** pairs) : pairs_(pairs) {}
  // By the name without its prefix; null: there is none.
  const char* find(std::string_view name) const;

 private:
  const XML_Char** pairs_;
};

class XmlHandler {
 public:
  virtual ~XmlHandler() = default;
  // Names without their prefix. `depth`: 1 for the root. A failure ends the parsing.
  virtual Result<void> start(std::string_view name, std::size_t depth, const XmlAttributes& attributes) = 0;
  virtual Result<void> end(std::size_t depth) = 0;
  virtual Result<void> text(std::string_view) { return {}; }
};

class XmlStream {
 public:
  // `handler` must outlive it.
  static Result<std::unique_ptr<XmlStream>> open(ZipPart part, XmlHandler& handler);
  XmlStream(const XmlStream&) = delete;
  XmlStream& operator=(const XmlStream&) = delete;

  // Gives another piece to the handler; false: that was the end.
  Result<bool> some();
  Result<void> all();
  // Names the part and the line.
  Failure damaged(std::string_view what) const;

 private:
  struct Free {
    void operator()(XML_Parser parser) const { ::XML_ParserFree(parser); }
  };
  XmlStream(ZipPart part, XmlHandler& handler) : part_(std::move(part)), handler_(handler) {}
  static void on_start(void* self, const XML_Char* name, const XML_Char** attributes);
  static void on_end(void* self, const XML_Char* name);
  static void on_text(void* self, const XML_Char* text, int size);
  static void on_doctype(void* self, const XML_Char*, const XML_Char*, const XML_Char*, int);
  void take(Result<void> outcome);

  ZipPart part_;
  XmlHandler& handler_;
  std::unique_ptr<std::remove_pointer_t<XML_Parser>, Free> parser_;
  std::size_t depth_ = 0;
  std::uint64_t given_bytes_ = 0;
  std::optional<Error> failure_;
  bool ended_ = false;
};

}  // namespace firmquery
