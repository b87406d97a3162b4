// Tables and lists of facts, as HTML. Cells are HTML already.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace firmquery::html {

class Table {
 public:
  struct Column {
    std::string_view head;
    bool number = false;  // right-aligned
    bool wide = false;    // takes the room that is left, and may break anywhere
  };
  // The caption says what the table is, for those who jump to it, too; `hidden`: for them only, as a heading says it.
  Table(std::string_view caption, std::vector<Column> columns, bool hidden = false);
  // The first cell heads the row.
  void row(const std::vector<std::string>& cells);
  // A row group whose first `common` cells hold for all of its rows, each of which has the others.
  void group(const std::vector<std::string>& common, const std::vector<std::vector<std::string>>& rows);
  bool empty() const { return body_.empty(); }
  std::string html() const;

 private:
  std::string cell(std::size_t column, std::string_view text, std::size_t span = 1) const;

  std::string caption_;
  bool hidden_;
  std::vector<Column> columns_;
  std::string body_;
};

// Pairs of name and value.
class Facts {
 public:
  void add(std::string_view name, std::string_view html);  // nothing where it is empty
  std::string html() const { return items_.empty() ? std::string() : "<dl>" + items_ + "</dl>"; }

 private:
  std::string items_;
};

std::string paragraph(std::string_view html);

}  // namespace firmquery::html
