#include "lock_wait.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "firmquery/sql_text.hpp"

namespace firmquery {
namespace {

constexpr std::size_t kShown = 3;

std::string holder(const Rows& rows, std::size_t row) {
  const std::string_view pid = rows.at(row, 1), role = rows.at(row, 2), application = rows.at(row, 3),
                         state = rows.at(row, 4), since = rows.at(row, 5), asked = rows.at(row, 6);
  if (pid == "0") return "a prepared transaction (pg_prepared_xacts)";
  std::string text = fmt::format("session {} of role {}", pid, role);
  if (!application.empty()) text += fmt::format(" ({})", application);
  // Without pg_read_all_stats the server shows no more of other roles' sessions than that they are there.
  if (state.empty()) return text + ", of which this role may not see more";
  text += fmt::format(", {}", state);
  if (!since.empty()) text += fmt::format(", in a transaction since {} UTC", since);
  if (!asked.empty()) text += fmt::format(", last statement at {} UTC", asked);
  return text;
}

}  // namespace

LockWait find_lock_wait(ConnectOptions options, int pid) {
  constexpr std::chrono::seconds kPatience{5};
  options.connect_timeout = std::min<std::chrono::seconds>(options.connect_timeout, kPatience);
  options.reading.lock_timeout = {};  // asks for no lock, and nobody watches this session in turn
  auto session = Session::open(options);
  if (!session) return {};
  session->set_patience(kPatience);
  const auto rows = session->execute(std::string(sql::postgresql::lock_holders), {std::to_string(pid)});
  if (!rows || rows->size() == 0) return {};
  LockWait wait;
  wait.text = fmt::format("it waits for a lock on {}; in the way: ", rows->at(0, 0));
  std::string ends;
  for (std::size_t row = 0; row < std::min(rows->size(), kShown); ++row) {
    wait.text += (row == 0 ? "" : "; ") + holder(*rows, row);
    if (rows->at(row, 1) == "0") continue;
    ends += fmt::format("{}select pg_terminate_backend({})", ends.empty() ? "" : "; ", rows->at(row, 1));
  }
  if (rows->size() > kShown) wait.text += fmt::format("; and {} more", rows->size() - kShown);
  wait.remedy = ends.empty() ? "wait until it has ended, or have it ended"
                             : fmt::format("wait until it has ended, or have it ended: {}", ends);
  wait.remedy += "; --lock-timeout says how long a statement waits";
  return wait;
}

void explain_lock_wait(const LockWait& wait, Error& error) {
  if (error.sqlstate != "55P03" && error.sqlstate != "57014") return;
  error.message += "; " + wait.text;
  error.remedy = wait.remedy;
}

}  // namespace firmquery
