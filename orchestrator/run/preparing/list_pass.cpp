#include "preparing/list_pass.hpp"

#include <fmt/format.h>

#include <utility>

#include "preparing/sheet_pass.hpp"

namespace firmquery {
namespace {

class TextPass {
 public:
  explicit TextPass(const ListPass& pass) : pass_(pass), cleaner_(pass.options, pass.sink, pass.executor) {}

  Result<void> feed(std::string_view block) {
    FQ_TRY(cleaner_.feed(block));
    return check();
  }
  Result<PassedList> finish() {
    FQ_TRY(cleaner_.finish());
    FQ_TRY(check());
    return PassedList{cleaner_.counts(), cleaner_.profile(), {}};
  }

 private:
  Result<void> check() {
    FQ_TRY(pass_.sink_outcome);
    const std::uint64_t lines = cleaner_.counts().lines;
    if (pass_.lines_read && lines > told_) pass_.lines_read(lines - std::exchange(told_, lines));
    return {};
  }

  const ListPass& pass_;
  Cleaner cleaner_;
  std::uint64_t told_ = 0;  // of the lines
};

}  // namespace

Result<PassedList> pass_over(InputFile& file, const ListPass& pass, const std::stop_token& stop) {
  FQ_TRY_ASSIGN(const InputContent content, file.content(stop));
  if (content == InputContent::workbook) return pass_over_sheet(file, pass, stop);
  if (!pass.options.sheet.empty()) {
    return fail(ErrorKind::usage,
                fmt::format("the list is text, and has no sheet \"{}\"", pass.options.sheet), file.name(),
                "leave --sheet out, or give an XLSX workbook to --ids");
  }
  TextPass text(pass);
  while (true) {
    FQ_TRY_ASSIGN(const std::string_view block, file.read(stop));
    if (block.empty()) break;
    FQ_TRY(text.feed(block));
  }
  FQ_TRY_ASSIGN(PassedList passed, text.finish());
  passed.profile.compression = file.compression();
  return passed;
}

Result<PassedList> pass_over_text(std::string_view list, InputFile& file, const ListPass& pass) {
  TextPass text(pass);
  FQ_TRY(file.keep(list));
  FQ_TRY(text.feed(list));
  return text.finish();
}

Result<PassedList> pass_over_rows(const IdQuery& query, const ConnectOptions& server, InputFile& file,
                                  const ListPass& pass, const std::stop_token& stop) {
  TextPass text(pass);
  const auto take = [&](std::string_view block) -> Result<void> {
    FQ_TRY(file.keep(block));
    return text.feed(block);
  };
  FQ_TRY(query.stream(server, stop, take));
  return text.finish();
}

}  // namespace firmquery
