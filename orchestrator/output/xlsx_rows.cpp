#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "xlsx_text.hpp"
#include "xlsx_workbook.hpp"
#include "xml_stream.hpp"

namespace firmquery {
namespace {

// A cell until its row is given away: its text is in the sheet's buffer, which may move.
struct HeldCell {
  XlsxCell cell;
  std::size_t begin = 0, size = 0;
};
struct HeldRow {
  std::uint32_t number = 0;
  std::size_t cells_end = 0;
  std::size_t text_end = 0;
};

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// 0-based, and only if it is one of row `row`: "B7" for 6.
bool parse_address(std::string_view address, std::uint32_t row, std::uint32_t& column) {
  std::uint32_t number = 0;
  std::size_t letters = 0;
  for (; letters < address.size() && address[letters] >= 'A' && address[letters] <= 'Z' && letters < 4;
       ++letters)
    number = number * 26 + static_cast<std::uint32_t>(address[letters] - 'A' + 1);
  if (letters == 0 || number > kXlsxColumnsMax) return false;
  std::uint32_t digits = 0;
  const char* end = address.data() + address.size();
  const auto parsed = std::from_chars(address.data() + letters, end, digits);
  if (parsed.ec != std::errc() || parsed.ptr != end || digits != row + 1) return false;
  column = number - 1;
  return true;
}

template <class Number>
bool parse_number(const char* text, Number& number) {
  const std::string_view digits(text);
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size();
}

}  // namespace

std::string xlsx_column_name(std::uint32_t column) {
  std::string name;
  for (std::uint32_t left = column + 1; left > 0; left = (left - 1) / 26)
    name.insert(name.begin(), static_cast<char>('A' + (left - 1) % 26));
  return name;
}

std::string xlsx_address(std::uint32_t row, std::uint32_t column) {
  return xlsx_column_name(column) + std::to_string(row + 1);
}

struct XlsxRows::State : XmlHandler {
  State(std::shared_ptr<XlsxWorkbook::State> of, std::string sheet_name)
      : workbook(std::move(of)), sheet(std::move(sheet_name)) {}

  Result<void> start(std::string_view name, std::size_t depth, const XmlAttributes& attributes) override {
    capture = false;
    switch (depth) {
      case 1:
        return name == "worksheet" ? Result<void>() : stream->damaged("this is not a sheet of cells");
      case 2:
        in_data = name == "sheetData";
        return {};
      case 3:
        in_row = in_data && name == "row";
        return in_row ? begin_row(attributes) : Result<void>();
      case 4:
        in_cell = in_row && name == "c";
        return in_cell ? begin_cell(attributes) : Result<void>();
      case 5:
        in_inline = in_cell && name == "is";
        if (!in_cell) return {};
        if (name == "f") held.cell.formula = true;
        capture = name == "v" && type != Type::inline_string;
        if (capture) has_value = true;
        return {};
      case 6:
        in_run = in_inline && name == "r";
        capture = in_inline && name == "t";
        if (in_inline) has_value = true;
        return {};
      case 7:
        capture = in_run && name == "t";
        return {};
      default:
        return {};
    }
  }

  Result<void> end(std::size_t depth) override {
    capture = false;
    if (depth == 4 && in_cell) {
      in_cell = false;
      return end_cell();
    }
    if (depth == 3 && in_row) {
      in_row = false;
      rows.push_back({row_number, cells.size(), text_.size()});
    }
    return {};
  }

  Result<void> text(std::string_view more) override {
    if (!capture) return {};
    text_ += more;
    return check_row_size();
  }

  Result<void> begin_row(const XmlAttributes& attributes) {
    std::uint32_t number = next_row + 1;
    const char* given = attributes.find("r");
    if (given != nullptr && (!parse_number(given, number) || number <= next_row || number > kXlsxRowsMax))
      return stream->damaged(fmt::format("a row \"{:.20}\" does not follow row {}", given, next_row));
    if (number > kXlsxRowsMax) return stream->damaged("there are too many rows");
    row_number = number - 1;
    next_row = number;
    next_column = 0;
    row_begin = text_.size();
    return {};
  }

  Result<void> begin_cell(const XmlAttributes& attributes) {
    held = {};
    held.begin = text_.size();
    has_value = false;
    std::uint32_t column = next_column;
    const char* address = attributes.find("r");
    if (address != nullptr && (!parse_address(address, row_number, column) || column < next_column)) {
      return stream->damaged(fmt::format("a cell \"{:.20}\" does not follow those before it in row {}",
                                         address, row_number + 1));
    }
    if (column >= kXlsxColumnsMax)
      return stream->damaged(fmt::format("row {} has too many cells", row_number + 1));
    held.cell.column = column;
    next_column = column + 1;
    const char* style = attributes.find("s");
    if (style != nullptr && !parse_number(style, held.cell.style))
      return cell_damaged(fmt::format("its style is \"{:.20}\"", style));
    const char* name = attributes.find("t");
    if (const auto known = type_of(name == nullptr ? "n" : name)) {
      type = *known;
      return {};
    }
    return cell_damaged(fmt::format("its type is \"{:.20}\"", name));
  }

  Result<void> end_cell() {
    if (has_value && type != Type::inline_string && type != Type::formula_string) trim();
    switch (type) {
      case Type::number:
        has_value = has_value && text_.size() > held.begin;
        held.cell.kind = XlsxKind::number;
        break;
      case Type::boolean:
        held.cell.kind = XlsxKind::boolean;
        break;
      case Type::error:
        held.cell.kind = XlsxKind::error;
        break;
      case Type::date:
        held.cell.kind = XlsxKind::date;
        break;
      case Type::shared_string:
        held.cell.kind = XlsxKind::text;
        if (has_value) FQ_TRY(take_shared());
        break;
      case Type::inline_string:
      case Type::formula_string:
        held.cell.kind = XlsxKind::text;
        undo_xlsx_escapes(text_, held.begin);
        break;
    }
    if (!has_value) {
      held.cell.kind = XlsxKind::blank;
      text_.resize(held.begin);
    }
    held.size = text_.size() - held.begin;
    cells.push_back(held);
    return {};
  }

  // The number of a shared string becomes the string.
  Result<void> take_shared() {
    std::size_t index = 0;
    const bool parsed = parse_number(text_.c_str() + held.begin, index);
    FQ_TRY_ASSIGN(const SharedStrings* strings, workbook->strings());
    if (!parsed || index >= strings->size()) return cell_damaged("the workbook has no such string");
    text_.resize(held.begin);
    text_ += strings->at(index);
    return check_row_size();
  }

  void trim() {
    while (text_.size() > held.begin && is_blank(text_.back())) text_.pop_back();
    std::size_t first = held.begin;
    while (first < text_.size() && is_blank(text_[first])) ++first;
    text_.erase(held.begin, first - held.begin);
  }

  Result<void> check_row_size() const {
    if (text_.size() - row_begin <= workbook->options.row_bytes_max) return {};
    return stream->damaged(
        fmt::format("row {} is longer than {} bytes", row_number + 1, workbook->options.row_bytes_max));
  }

  Failure cell_damaged(std::string_view what) const {
    return stream->damaged(
        fmt::format("cell {} is damaged: {}", xlsx_address(row_number, held.cell.column), what));
  }

  // What was given away goes; what is left of the row in the works moves to the front.
  void make_room() {
    const std::size_t gone_cells = rows.empty() ? 0 : rows.back().cells_end;
    const std::size_t gone_text = rows.empty() ? 0 : rows.back().text_end;
    cells.erase(cells.begin(), cells.begin() + static_cast<std::ptrdiff_t>(gone_cells));
    text_.erase(0, gone_text);
    for (HeldCell& cell : cells) cell.begin -= gone_text;
    held.begin -= std::min(held.begin, gone_text);
    row_begin -= std::min(row_begin, gone_text);
    rows.clear();
    given_rows = 0;
  }

  void give(std::size_t row) {
    const std::size_t first = row == 0 ? 0 : rows[row - 1].cells_end;
    given_cells.clear();
    for (std::size_t i = first; i < rows[row].cells_end; ++i) {
      given_cells.push_back(cells[i].cell);
      given_cells.back().text = std::string_view(text_).substr(cells[i].begin, cells[i].size);
    }
    given_row = rows[row].number;
  }

  enum class Type : std::uint8_t {
    number,
    boolean,
    error,
    date,
    shared_string,
    inline_string,
    formula_string
  };
  static std::optional<Type> type_of(std::string_view name) {
    if (name == "n") return Type::number;
    if (name == "s") return Type::shared_string;
    if (name == "inlineStr") return Type::inline_string;
    if (name == "str") return Type::formula_string;
    if (name == "b") return Type::boolean;
    if (name == "e") return Type::error;
    if (name == "d") return Type::date;
    return std::nullopt;
  }

  std::shared_ptr<XlsxWorkbook::State> workbook;
  std::string sheet;
  std::unique_ptr<XmlStream> stream;

  // Where the parser is.
  bool in_data = false, in_row = false, in_cell = false, in_inline = false, in_run = false;
  bool capture = false;          // character data belongs to the cell
  std::uint32_t next_row = 0;    // 1-based number of the row before
  std::uint32_t row_number = 0;  // 0-based
  std::uint32_t next_column = 0;
  std::size_t row_begin = 0;
  Type type = Type::number;
  bool has_value = false;
  HeldCell held;

  std::string text_;
  std::vector<HeldCell> cells;
  std::vector<HeldRow> rows;  // complete
  std::size_t given_rows = 0;

  std::vector<XlsxCell> given_cells;
  std::uint32_t given_row = 0;
};

Result<XlsxRows> XlsxWorkbook::rows(std::size_t sheet) const {
  auto state = std::make_unique<XlsxRows::State>(state_, state_->sheets[sheet].name);
  FQ_TRY_ASSIGN(ZipPart part, state_->archive.part(state_->sheet_parts[sheet]));
  FQ_TRY_ASSIGN(state->stream, XmlStream::open(std::move(part), *state));
  return XlsxRows(std::move(state));
}

XlsxRows::XlsxRows(std::unique_ptr<State> state) : state_(std::move(state)) {}
XlsxRows::XlsxRows(XlsxRows&&) noexcept = default;
XlsxRows& XlsxRows::operator=(XlsxRows&&) noexcept = default;
XlsxRows::~XlsxRows() = default;

Result<bool> XlsxRows::next() {
  if (state_->given_rows == state_->rows.size()) state_->make_room();
  while (state_->rows.empty()) {
    FQ_TRY_ASSIGN(const bool more, state_->stream->some());
    if (!more && state_->rows.empty()) return false;
  }
  state_->give(state_->given_rows++);
  return true;
}

std::uint32_t XlsxRows::row() const {
  return state_->given_row;
}

const std::vector<XlsxCell>& XlsxRows::cells() const {
  return state_->given_cells;
}

Failure XlsxRows::wrong(std::uint32_t column, std::string message, std::string remedy) const {
  const auto& workbook = *state_->workbook;
  Failure failure = bad_workbook(workbook.options, std::move(message),
                                 fmt::format("{}:{}!{}", workbook.name.string(), state_->sheet,
                                             xlsx_address(state_->given_row, column)));
  if (!remedy.empty()) failure.value().remedy = std::move(remedy);
  return failure;
}

}  // namespace firmquery
