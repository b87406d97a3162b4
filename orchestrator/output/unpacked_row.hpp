// A row of a format that has to be unpacked field by field, as ResultRows gives it.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/csv.hpp"

namespace firmquery {

struct UnpackedField {
  std::string value;
  bool is_null = false;
};

class UnpackedRow {
 public:
  explicit UnpackedRow(std::size_t columns) : fields_(columns) {}

  std::size_t size() const { return fields_.size(); }
  UnpackedField& operator[](std::size_t column) { return fields_[column]; }
  void clear() {
    for (UnpackedField& field : fields_) field.is_null = true;
  }

  std::string_view csv() {
    csv_.clear();
    for (const UnpackedField& field : fields_) {
      if (&field != fields_.data()) csv_ += ',';
      if (!field.is_null) append_csv_field(csv_, field.value, fields_.size() == 1);
    }
    csv_ += '\n';
    return csv_;
  }
  bool field(std::size_t column, std::string_view& value, bool& is_null) const {
    if (column >= fields_.size()) return false;
    is_null = fields_[column].is_null;
    value = is_null ? std::string_view() : std::string_view(fields_[column].value);
    return true;
  }
  void each(const std::function<void(std::string_view value, bool is_null)>& take) const {
    for (const UnpackedField& field : fields_)
      take(field.is_null ? std::string_view() : std::string_view(field.value), field.is_null);
  }

 private:
  std::vector<UnpackedField> fields_;
  std::string csv_;
};

}  // namespace firmquery
