#include "firmquery/history/keep.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "firmquery/core/caused_by_stop.hpp"
#include "firmquery/core/sql_fill.hpp"
#include "firmquery/output/files.hpp"
#include "firmquery/output/run_directory.hpp"
#include "firmquery/sql_text.hpp"
#include "kept_rows.hpp"

namespace firmquery {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& directory, Artifact artifact) {
  std::error_code ignored;
  return fs::exists(artifact_path(directory, artifact), ignored);
}

struct Extension {
  std::string schema;  // quoted
  bool compares = false;
};

Result<Extension> find_extension(Session& session) {
  FQ_TRY_ASSIGN(const Rows found, session.execute(std::string(sql::postgresql::staging_extension)));
  if (found.size() == 1) {
    return Extension{session.quote_identifier(found.at(0, 0)), found.at(0, 1) == "t"};
  }
  const auto available =
      session.execute("select from pg_catalog.pg_available_extensions where name = 'firm_staging'");
  const bool installed = available && available->size() > 0;
  return fail(
      ErrorKind::usage, fmt::format("the extension firm_staging is not in database {}", session.database()),
      session.host(),
      installed ? "run there as a superuser: create extension firm_staging"
                : "install it on that server (make -C staging install), then run there as a superuser: "
                  "create extension firm_staging; or say --dsn local: the private local PostgreSQL has it");
}

Failure already_kept(const std::string& run_id, const std::string& remedy) {
  return fail(ErrorKind::usage, fmt::format("run {} is kept already", run_id), "firmquery.run", remedy);
}

Result<void> check_new(Session& session, const std::string& run_id) {
  FQ_TRY_ASSIGN(const Rows kept,
                session.execute("select job, kept_at from firmquery.run where run_id = $1", {run_id}));
  if (kept.size() == 0) return {};
  return already_kept(run_id,
                      fmt::format("as job {} since {}; to keep it anew: delete from firmquery.run where "
                                  "run_id = {}",
                                  kept.at(0, 0), kept.at(0, 1), session.quote_literal(run_id)));
}

Result<void> insert_run(Session& session, const FinishedRun& run, const std::string& job) {
  const auto inserted = session.execute(std::string(sql::postgresql::keep_run),
                                        {job, run.reader.report_json(), run.manifest_json});
  if (inserted) return {};
  // Another session was faster.
  if (inserted.error().sqlstate == "23505") return already_kept(run.reader.report().run_id, {});
  return Failure(inserted.error());
}

// The database's own counts and digests against those of the run.
Result<void> check_kept(Session& session, const Extension& extension, const Report& report) {
  FQ_TRY_ASSIGN(const Rows rows,
                session.execute(sql_fill(sql::postgresql::kept_proof, {{"schema", extension.schema}}),
                                {report.run_id}));
  const std::pair<const char*, std::string> expected[] = {
      {"rejected", std::to_string(report.input.rejected)},
      {"result rows", std::to_string(report.result.rows)},
      {"missing IDs", std::to_string(report.result.missing)},
      {"digest of the missing IDs", report.result.missing_digest.to_hex()},
      {"found IDs", std::to_string(report.result.found)},
      {"digest of the found IDs", report.result.found_digest.to_hex()}};
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    if (rows.at(0, i) == expected[i].second) continue;
    return fail(ErrorKind::integrity,
                fmt::format("{}: the tables hold {}, the run's report says {}", expected[i].first,
                            rows.at(0, i), expected[i].second),
                "firmquery.run", "nothing was kept; look for triggers and rules on the tables of firmquery");
  }
  return {};
}

Result<KeptRun> keep_in(Session& session, const FinishedRun& run, const std::string& job) {
  FQ_TRY_ASSIGN(const Extension extension, find_extension(session));
  const Report& report = run.reader.report();
  KeptRun kept;
  kept.place = session.host() + "/" + session.database();
  FQ_TRY(check_new(session, report.run_id));
  FQ_TRY(session.execute("begin"));
  FQ_TRY(insert_run(session, run, job));
  FQ_TRY_ASSIGN(kept.missing, copy_missing(session, run.reader));
  FQ_TRY_ASSIGN(kept.rejected, copy_rejected(session, run.reader));
  FQ_TRY_ASSIGN(kept.rows, copy_results(session, run.reader));
  FQ_TRY(check_kept(session, extension, report));
  if (extension.compares) {
    FQ_TRY_ASSIGN(const Rows changes,
                  session.execute(std::string(sql::postgresql::kept_changes), {report.run_id}));
    if (changes.size() == 1 && !changes.is_null(0, 0)) {
      kept.previous = changes.at(0, 0);
      kept.newly_missing = std::strtoull(std::string(changes.at(0, 1)).c_str(), nullptr, 10);
      kept.recovered = std::strtoull(std::string(changes.at(0, 2)).c_str(), nullptr, 10);
    }
  }
  FQ_TRY(session.execute("commit"));
  return kept;
}

}  // namespace

Result<FinishedRun> open_finished_run(const fs::path& directory) {
  const std::string place = directory.string();
  if (!is_there(directory, Artifact::manifest)) {
    const bool begun = is_there(directory, Artifact::journal) || is_there(directory, Artifact::audit);
    return fail(ErrorKind::usage,
                begun ? "the run is not finished: it has no manifest.json" : "not a run directory", place,
                begun ? "only complete runs are kept: bring it to its end, or run again"
                      : "name the directory that firmquery run wrote");
  }
  FQ_TRY_ASSIGN(const Verification verification, verify_run(directory));
  if (!verification.failures.empty()) {
    return fail(ErrorKind::integrity, verification.failures.front(), place,
                "nothing was kept; firmquery verify lists all that is wrong");
  }
  FQ_TRY_ASSIGN(RunReader reader, RunReader::open(directory));
  FQ_TRY_ASSIGN(std::string manifest, read_regular_file(artifact_path(directory, Artifact::manifest)));
  if (reader.report().status != "complete") {
    return fail(ErrorKind::usage, fmt::format("the run is {}, not complete", reader.report().status), place,
                "only complete runs are kept: bring it to its end, or run again");
  }
  FQ_TRY(reader.results());  // whether there is a file that can be read back
  return FinishedRun{std::move(reader), std::move(manifest)};
}

Result<KeptRun> keep_run(const FinishedRun& run, const std::string& job, const ConnectOptions& server,
                         std::stop_token stop) {
  ConnectOptions options = server;
  options.stop = stop;
  FQ_TRY_ASSIGN(Session session, Session::open(options));
  auto kept = keep_in(session, run, job);
  if (!kept && stop.stop_requested() && caused_by_stop(kept.error())) {
    return fail(ErrorKind::interrupted, "stopped before the run was kept; nothing was kept",
                run.reader.directory().string());
  }
  return kept;
}

}  // namespace firmquery
