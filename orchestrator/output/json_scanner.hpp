// Cuts one line of JSON into its values and leaves each as it was written: numbers keep their digits.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace firmquery {

bool is_json_number(std::string_view text);  // RFC 8259, section 6

class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : text_(text) {}

  bool take(char c);                  // that character comes next, perhaps after spaces
  bool string(std::string& text);     // a string, unescaped; appended to nothing: `text` is replaced
  bool value(std::string_view& raw);  // any value: for an object or array everything up to its end
  bool at_end();
  bool whole_value();  // one value and nothing else

 private:
  void skip_spaces();
  bool skip_string();
  bool skip_composed();
  bool escape(std::string& text);
  bool code_unit(unsigned& unit);

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace firmquery
