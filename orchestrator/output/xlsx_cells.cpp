#include "xlsx_cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "json_scanner.hpp"

namespace firmquery {
namespace {

constexpr std::uint32_t kFirstDecimals = static_cast<std::uint32_t>(XlsxStyle::decimals);

// Day 61 of Excel's calendar: before it there is a 29 February 1900, which never was.
constexpr int kFirstSafeDay = 61;
constexpr std::chrono::sys_days kDayZero = std::chrono::year{1899} / 12 / 30;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// A plain decimal number without an exponent, and how many of its digits count.
struct Decimal {
  std::size_t significant = 0, decimals = 0;
};
std::optional<Decimal> decimal_of(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  if (text.size() > 1 && text.front() == '0' && is_digit(text[1])) return std::nullopt;
  Decimal decimal;
  bool behind_point = false;
  for (const char c : text) {
    if (c == '.' && !behind_point) {
      behind_point = true;
    } else if (is_digit(c)) {
      if (c != '0' || decimal.significant > 0) ++decimal.significant;
      decimal.decimals += behind_point ? 1 : 0;
    } else {
      return std::nullopt;
    }
  }
  if (text.back() == '.') return std::nullopt;
  return decimal;
}

// A double that a spreadsheet keeps: no denormal, no infinity, and not the zero whose sign it drops.
bool is_common_double(std::string_view text) {
  if (!is_json_number(text)) return false;
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc() && (value == 0 ? text == "0" : value > -1e307 && value < 1e307) &&
         (value == 0 || value > 1e-307 || value < -1e-307);
}

template <class Number>
bool parse_digits(std::string_view text, Number& number) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

// 2026-11-30 as a day of Excel's calendar.
bool day_of(std::string_view text, int& day) {
  int year = 0;
  unsigned month = 0, of_month = 0;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !is_digit(text[0]) || !is_digit(text[5]) ||
      !is_digit(text[8]) || !parse_digits(text.substr(0, 4), year) ||
      !parse_digits(text.substr(5, 2), month) || !parse_digits(text.substr(8, 2), of_month))
    return false;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                         std::chrono::day{of_month}};
  if (!date.ok()) return false;
  day = static_cast<int>((std::chrono::sys_days{date} - kDayZero).count());
  return day >= kFirstSafeDay;
}

bool date_of(std::string_view digits, std::string& text) {
  int day = 0;
  constexpr int kLastDay = 2'958'465;  // 9999-12-31
  if (!parse_digits(digits, day) || day < kFirstSafeDay || day > kLastDay) return false;
  const std::chrono::year_month_day date{kDayZero + std::chrono::days{day}};
  text = fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
  return true;
}

}  // namespace

XlsxForm xlsx_form_of(std::uint32_t type_oid) {
  switch (type_oid) {
    case 16:  // bool
      return XlsxForm::boolean;
    case 20:    // int8
    case 21:    // int2
    case 23:    // int4
    case 26:    // oid
    case 1700:  // numeric
      return XlsxForm::number;
    case 700:  // float4
    case 701:  // float8
      return XlsxForm::floating;
    case 1082:  // date
      return XlsxForm::date;
    default:  // what has a time of day as well: a spreadsheet has neither microseconds nor time zones
      return XlsxForm::text;
  }
}

XlsxValue xlsx_value(std::string_view value, XlsxForm form, std::string& scratch) {
  switch (form) {
    case XlsxForm::text:
      return {};
    case XlsxForm::boolean:
      if (value == "t") return {XlsxStyle::general, true, "1"};
      if (value == "f") return {XlsxStyle::general, true, "0"};
      return {};
    case XlsxForm::floating:
      return is_common_double(value) ? XlsxValue{XlsxStyle::general, false, value} : XlsxValue{};
    case XlsxForm::number: {
      const auto decimal = decimal_of(value);
      const bool kept = decimal && decimal->significant <= kXlsxDigitsMax &&
                        decimal->decimals <= kXlsxDigitsMax &&
                        !(value.starts_with('-') && decimal->significant == 0);
      if (!kept) return {};
      if (decimal->decimals == 0) return {XlsxStyle::whole, false, value};
      return {static_cast<XlsxStyle>(kFirstDecimals + decimal->decimals - 1), false, value};
    }
    case XlsxForm::date: {
      int day = 0;
      if (!day_of(value, day)) return {};
      scratch = std::to_string(day);
      return {XlsxStyle::date, false, scratch};
    }
  }
  return {};
}

std::optional<std::string_view> value_of_xlsx(const XlsxCell& cell, std::string& scratch) {
  switch (cell.kind) {
    case XlsxKind::text:
      return cell.text;
    case XlsxKind::boolean:
      if (cell.text == "1") return "t";
      if (cell.text == "0") return "f";
      return std::nullopt;
    case XlsxKind::number:
      if (cell.style != static_cast<std::uint32_t>(XlsxStyle::date)) return cell.text;
      if (!date_of(cell.text, scratch)) return std::nullopt;
      return scratch;
    default:
      return std::nullopt;
  }
}

std::string xlsx_styles_xml() {
  constexpr std::uint32_t kOwnFormats = 164;  // the first number of a format that is not built in
  std::string formats, cells;
  const auto cell = [&](std::uint32_t format, std::string_view rest) {
    cells += fmt::format(R"(<xf numFmtId="{}" fontId="{}" fillId="0" borderId="0" xfId="0"{}/>)", format,
                         rest.empty() ? 0 : 1, format == 0 ? "" : R"( applyNumberFormat="1")");
  };
  cell(0, "");
  cell(49, "");      // @
  cell(49, "bold");  // of the header
  formats += fmt::format(R"(<numFmt numFmtId="{}" formatCode="yyyy\-mm\-dd"/>)", kOwnFormats);
  cell(kOwnFormats, "");
  cell(1, "");  // 0
  for (std::uint32_t decimals = 1; decimals <= kXlsxDigitsMax; ++decimals) {
    formats += fmt::format(R"(<numFmt numFmtId="{}" formatCode="0.{:0>{}}"/>)", kOwnFormats + decimals, "",
                           decimals);
    cell(kOwnFormats + decimals, "");
  }
  constexpr std::uint32_t kCells = kFirstDecimals + kXlsxDigitsMax;
  return fmt::format(
      R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>)"
      "\n"
      R"(<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="{}">{}</numFmts>)"
      R"(<fonts count="2"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font>)"
      R"(<font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>)"
      R"(<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>)"
      R"(<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>)"
      R"(<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>)"
      R"(<cellXfs count="{}">{}</cellXfs>)"
      R"(<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>)",
      kXlsxDigitsMax + 1, formats, kCells, cells);
}

}  // namespace firmquery
