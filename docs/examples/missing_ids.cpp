// How many rows a list of IDs has in a database, and how many of the IDs have none. Nothing is written, neither here nor
// on the server but a temporary table.
//
//   missing_ids DSN LIST.txt "select id, name from firm where id in ({ID_PLACEHOLDER})" id
#include <cstdio>

#include "firmquery/run/run.hpp"

using namespace firmquery;

class Ticker : public Observer {
  void on(const Event& event) override {
    if (const auto* done = std::get_if<event::UnitDone>(&event.body))
      std::fprintf(stderr, "session %u: %zu IDs in %.3f s\n", done->session, done->ids.size(), done->seconds);
  }
};

int failed(const Error& error) {
  std::fprintf(stderr, "%s\n", error.to_string().c_str());
  return exit_code(error.kind);
}

int main(int argc, char** argv) {
  if (argc != 5)
    return failed({ErrorKind::usage, "give a DSN, a list, a query and the key's name", {}, {}, {}});
  Job job;
  job.connect.dsn = argv[1];
  job.ids_path = argv[2];
  job.sql = argv[3];
  job.sql_name = "the third argument";
  job.key = argv[4];

  Ticker ticker;
  EventStream events;
  events.add(ticker);
  Result<Prepared> prepared = prepare(job, events, std::stop_token());
  if (!prepared) return failed(prepared.error());

  MeasuringStore nowhere;
  const RunOutcome outcome = execute(*prepared, nowhere);
  if (outcome.error) return failed(*outcome.error);
  const ResultReport& result = outcome.report.result;
  std::printf("%ju rows, %ju found, %ju missing\n", std::uintmax_t{result.rows}, std::uintmax_t{result.found},
              std::uintmax_t{result.missing});
}
