// What a Prepared is made of.
#pragma once

#include <optional>
#include <string>

#include "firmquery/core/list_fit.hpp"
#include "firmquery/run/run.hpp"
#include "preparing/control.hpp"
#include "preparing/early_list.hpp"
#include "reading/retry_policy.hpp"

namespace firmquery {

// Filled from top to bottom.
struct Prepared::Parts {
  Parts(Job given, EventStream& stream, std::stop_token token, Access granted);

  Job job;
  EventStream& events;
  const std::stop_token stop;
  const Access access;
  RetryPolicy retry;
  Control control;     // its session and dialect: after connect()
  std::string server;  // as messages call it
  AuthenticationReport authentication;
  SessionReport session_report;
  std::string cluster;  // of a run, after examine(); empty where this role may not know
  std::optional<SqlTemplate> sql_template;
  QueryFacts facts;  // after examine()
  ListFiles files;
  std::optional<EarlyList> early_list;  // between examine() and read_list()
  CleanedInput input;
  std::optional<IdType> id_type;        // after the list was read
  std::optional<KeySample> key_sample;  // likewise; none where the column cannot be looked at
  double clean_s = 0;
};

// What decides whether a run that is gone on with is still the same: the list, who was asked, and how.
JournalList list_now(const Prepared::Parts& parts, const InputReport& input);

}  // namespace firmquery
