// Errors as values. Every fallible function of the library returns Result<T>; exceptions stay inside the
// module whose library throws them.
//
// An Error is written for the person who reads it: what happened, where (file and line, option, statement)
// and what to do about it. Its kind is chosen by what the caller should do next and fixes the exit code.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace firmquery {

enum class ErrorKind {
  usage,        // wrong options, configuration or unreadable input: change the command
  integrity,    // totals or digests do not add up: do not retry, look
  transient,    // the same command may succeed later
  permission,   // authentication or privileges
  query,        // the query or the schema does not fit
  interrupted,  // SIGINT; resumable
  terminated,   // SIGTERM; resumable
  hung_up,      // SIGHUP; resumable
  quit,         // SIGQUIT; resumable
  overlap,      // another run holds the job or the directory: nothing was done
  late,  // there is not enough time, or no more of it: later, or with more; resumable where it had begun
};

// Of a start that leaves the work to another run, by --on-overlap skip or as an error.
inline constexpr int kSkippedExitCode = 7;

// The process exit code of the contract: 2 to 7, or 128 and the number of the signal: 129, 130, 131, 143.
constexpr int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return 2;
    case ErrorKind::integrity:
      return 3;
    case ErrorKind::transient:
      return 4;
    case ErrorKind::permission:
      return 5;
    case ErrorKind::query:
      return 6;
    case ErrorKind::interrupted:
      return 130;
    case ErrorKind::terminated:
      return 143;
    case ErrorKind::hung_up:
      return 129;
    case ErrorKind::quit:
      return 131;
    case ErrorKind::overlap:
      return kSkippedExitCode;
    case ErrorKind::late:
      return 4;
  }
  return 2;
}

// As JSON has it: the enumerator's name.
constexpr std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return "usage";
    case ErrorKind::integrity:
      return "integrity";
    case ErrorKind::transient:
      return "transient";
    case ErrorKind::permission:
      return "permission";
    case ErrorKind::query:
      return "query";
    case ErrorKind::interrupted:
      return "interrupted";
    case ErrorKind::terminated:
      return "terminated";
    case ErrorKind::hung_up:
      return "hung_up";
    case ErrorKind::quit:
      return "quit";
    case ErrorKind::overlap:
      return "overlap";
    case ErrorKind::late:
      return "late";
  }
  return "";
}

struct [[nodiscard]] Error {
  ErrorKind kind = ErrorKind::usage;
  std::string message;      // one sentence, no final full stop
  std::string place;        // "job.yaml:12", "--column", "range 3 of 50"; may be empty
  std::string remedy;       // what to do; may be empty
  std::string sqlstate;     // five characters when a server said so
  bool timed_out = false;   // the statement ran into its own time limit
  std::string server = {};  // the one that was asked: "db.example.com:5432/production"; empty: none was

  // "place: message (SQLSTATE 42P01, server db.example.com:5432/production)\n  remedy"
  std::string to_string() const {
    std::string text = place.empty() ? message : place + ": " + message;
    const std::string code = sqlstate.empty() ? "" : "SQLSTATE " + sqlstate;
    const std::string asked = server.empty() ? "" : "server " + server;
    const std::string between = code.empty() || asked.empty() ? "" : ", ";
    if (!code.empty() || !asked.empty()) text += " (" + code + between + asked + ")";
    if (!remedy.empty()) text += "\n  " + remedy;
    return text;
  }
};

template <class T>
using Result = tl::expected<T, Error>;
using Failure = tl::unexpected<Error>;

inline Failure fail(ErrorKind kind, std::string message, std::string place = {}, std::string remedy = {}) {
  return Failure(Error{kind, std::move(message), std::move(place), std::move(remedy), {}});
}

}  // namespace firmquery

// FQ_TRY(expression): returns the error of a Result<void> from the enclosing function.
// FQ_TRY_ASSIGN(declaration, expression): the same, else initialises the declaration with the value.
// NOLINTBEGIN(bugprone-macro-parentheses): results and declarations cannot be parenthesised.
#define FQ_CONCAT_INNER(a, b) a##b
#define FQ_CONCAT(a, b) FQ_CONCAT_INNER(a, b)
#define FQ_TRY(expression)                                                       \
  do {                                                                           \
    auto fq_result_ = (expression);                                              \
    if (!fq_result_) return ::firmquery::Failure(std::move(fq_result_).error()); \
  } while (false)
#define FQ_TRY_ASSIGN_IMPL(result, declaration, expression)            \
  auto result = (expression);                                          \
  if (!result) return ::firmquery::Failure(std::move(result).error()); \
  declaration = std::move(*result)
#define FQ_TRY_ASSIGN(declaration, expression) \
  FQ_TRY_ASSIGN_IMPL(FQ_CONCAT(fq_result_, __LINE__), declaration, expression)
// NOLINTEND(bugprone-macro-parentheses)
