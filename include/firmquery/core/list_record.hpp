// A list's own columns, for a file that has them beside an answer. Pure; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "firmquery/core/clean.hpp"

namespace firmquery {

// How the records of a list are taken apart.
struct RecordForm {
  enum class Text : std::uint8_t { field, delimited, csv };

  Text text = Text::field;
  char delimiter = ',';   // of what is delimited
  std::size_t width = 1;  // fields of the widest record, at least 1

  friend bool operator==(const RecordForm&, const RecordForm&) = default;
};
RecordForm record_form(const InputProfile& profile);  // of a list that was cleaned with keep_columns

// Appends the fields of ListRecord::text as CSV (csv.hpp), `form.width` of them: each as it stands there, quotes undone
// and put again; nothing where there is nothing, and an empty text where that stands in quotes. Bytes that are no UTF-8
// become \xNN.
void append_list_fields(std::string& out, std::string_view record, const RecordForm& form,
                        std::string& scratch);

// What the columns of such a file are called: those of the list as its header has them, then `status` and `reason`, then
// those of the result. A name of the last two that is taken (letters without case, as spreadsheets and databases have it)
// is `result_NAME`, and where that is taken too, `result_NAME_2` and so on. A column of the list that has no name is
// `column_N`, and the IDs of a list without a header are `id`.
struct MergedColumns {
  std::vector<std::string> own, result;
  std::string status, reason;
};
MergedColumns merged_columns(const InputProfile& list, const std::vector<std::string>& result);

}  // namespace firmquery
