#include "preparing/preparation.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "execution.hpp"
#include "firmquery/db/catalog.hpp"
#include "firmquery/output/exceptions.hpp"
#include "firmquery/run/parallel.hpp"
#include "preparing/key_equality.hpp"
#include "preparing/key_sample.hpp"
#include "preparing/ticket.hpp"
#include "publishing/run_record.hpp"
#include "reading/strategy.hpp"

namespace firmquery {
namespace {

Job stoppable(Job job, const std::stop_token& stop) {
  job.connect.stop = stop;  // reaches each session
  return job;
}

// After a stop request a failure is the stop's own, unless it is one of data, rights or files.
Result<void> stopped(const Prepared::Parts& parts, Result<void> done) {
  if (!done && parts.stop.stop_requested() && caused_by_stop(done.error()))
    return fail(ErrorKind::interrupted, "interrupted");
  return done;
}

void warn(EventStream& events, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) events.emit(event::Warning{text});
}

std::function<void(std::uint64_t)> tells_lines(EventStream& events) {
  return [&events](std::uint64_t lines) { events.emit(event::LinesRead{lines}); };
}

ListReport list_report(const InputProfile& profile) {
  ListReport list;
  list.format = to_string(profile.format);
  list.encoding = to_string(profile.encoding);
  list.compression = profile.compression;
  list.column = profile.column;
  list.sheet = profile.sheet;
  list.leading_zero = profile.leading_zero;
  list.ends_in_zeros = profile.ends_in_zeros;
  list.text_marker = profile.text_marker;
  list.text_formula = profile.text_formula;
  list.suspicions = profile.suspicions;
  for (const auto& [reason, count] : profile.problems) {
    const auto first = profile.examples.find(reason);
    const FieldExample example = first == profile.examples.end() ? FieldExample{} : first->second;
    list.problems.push_back({reason, count, example.line, example.text});
  }
  std::stable_sort(list.problems.begin(), list.problems.end(),
                   [](const auto& a, const auto& b) { return a.count > b.count; });
  return list;
}

// Only for a list that nobody has to agree to first.
void read_early(Prepared::Parts& p, std::uint32_t key_type) {
  if (p.early_list || p.files.from_copy || p.files.accept) return;
  p.early_list.emplace().begin(p.job, key_type, p.files.directory, p.stop, tells_lines(p.events));
}

// Before a million IDs come back missing.
Result<void> check_fit(Prepared::Parts& p) {
  if (!p.key_sample) return {};
  const auto misfit = find_misfit(p.input.ids, p.input.profile, *p.key_sample);
  if (!misfit) return {};
  const bool plan = p.access == Access::read_only;
  if (p.job.strict_input && !plan)
    return fail(ErrorKind::usage, misfit->problem, input_options(p.job).clean.source_name, misfit->remedy);
  p.events.emit(event::Warning{misfit->problem + "; " + misfit->remedy});
  p.input.warnings.push_back(misfit->problem + "; " + misfit->remedy);
  if (plan || !p.job.go_on || p.job.go_on(misfit->problem, misfit->remedy)) return {};
  return fail(ErrorKind::usage, "the run was not begun: " + misfit->problem,
              input_options(p.job).clean.source_name, misfit->remedy);
}

Result<void> read_list(Prepared::Parts& p) {
  p.events.emit(event::PhaseBegun{Phase::cleaning});
  const ListFiles& files = p.files;
  InputOptions options = input_options(p.job);
  options.copy = files.copy;
  if (files.from_copy) {
    FQ_TRY(check_list_copy(files.copy));
    options.path = files.copy;
  }
  if (files.accept) {
    options.accept = [&](const InputReport& input) { return files.accept(list_now(p, input)); };
  }
  FQ_TRY_ASSIGN(options.clean.type, choose_id_type(p.job, p.facts));
  FQ_TRY(check_scan(p.job, p.facts, options.clean.type));
  auto read = p.early_list ? p.early_list->take(options.clean.type) : std::nullopt;
  if (!read) read = read_input_timed(options, files.directory, p.stop, tells_lines(p.events));
  FQ_TRY_ASSIGN(TimedInput timed, *std::move(read));
  p.input = std::move(timed.input);
  p.clean_s = timed.seconds;
  p.id_type = options.clean.type;
  warn(p.events, p.input.warnings);
  p.events.emit(event::ListRead{p.input.report, std::string(to_string(*p.id_type)), p.clean_s});
  FQ_TRY(p.control.attempt(
      [&](Session& session) {
        return check_list_collation(session, p.control.dialect(), p.facts, p.input.ids);
      },
      p.stop));
  p.key_sample = sample_key(p.control.session(), p.control.dialect(), p.facts.key, p.input.ids,
                            p.job.query_timeout.count());
  // The list of a run that is gone on with was agreed to.
  return files.accept ? Result<void>() : check_fit(p);
}

}  // namespace

Prepared::Parts::Parts(Job given, EventStream& stream, std::stop_token token, Access granted)
    : job(stoppable(std::move(given), token)),
      events(stream),
      stop(std::move(token)),
      access(granted),
      retry(job),
      control(job, retry, events, granted == Access::read_only) {}

JournalList list_now(const Prepared::Parts& parts, const InputReport& input) {
  return {input.unique,
          input.digest,
          parts.cluster,
          csv_header(parts.facts.columns),
          {},
          session_text(parts.session_report),
          server_name(parts.job.connect)};
}

Preparation::Preparation(Job job, EventStream& events, std::stop_token stop, ListFiles files, Access access)
    : parts_(std::make_unique<Prepared::Parts>(std::move(job), events, std::move(stop), access)) {
  parts_->files = std::move(files);
}
Preparation::Preparation(Preparation&&) noexcept = default;
Preparation::~Preparation() = default;

Result<void> Preparation::connect() {
  Prepared::Parts& p = *parts_;
  return stopped(p, guarded([&]() -> Result<void> {
                   FQ_TRY_ASSIGN(p.sql_template, SqlTemplate::parse(p.job.sql, p.job.sql_name, p.job.key));
                   p.events.emit(event::PhaseBegun{Phase::connecting});
                   FQ_TRY(p.control.attempt(
                       [&](Session& session) -> Result<void> {
                         FQ_TRY_ASSIGN(p.session_report, session_report(session));
                         return {};
                       },
                       p.stop));
                   const Session& session = p.control.session();
                   p.server = session.name();
                   p.authentication = authentication_report(session);
                   p.events.emit(event::Connected{session.name(), session.host(), session.user(),
                                                  std::string(to_string(p.control.dialect().kind)),
                                                  p.control.dialect().version, p.authentication});
                   tend_ticket(p.job.connect, p.events);
                   return {};
                 }));
}

Result<void> Preparation::examine() {
  Prepared::Parts& p = *parts_;
  return stopped(
      p, guarded([&]() -> Result<void> {
        FQ_TRY(p.control.attempt(
            [&](Session& session) -> Result<void> {
              // Who goes on with a run asks whether it is the same one; a plan does not.
              if (p.access == Access::run) {
                FQ_TRY_ASSIGN(p.cluster, cluster_identity(session, p.control.dialect()));
              }
              FQ_TRY_ASSIGN(p.facts, examine_query(session, Catalog(p.job.connect), p.control.dialect(),
                                                   *p.sql_template, p.job.key,
                                                   [&](std::uint32_t key_type) { read_early(p, key_type); }));
              return {};
            },
            p.stop));
        warn(p.events, p.facts.warnings);
        return {};
      }));
}

void Preparation::abandon() {
  parts_->early_list.reset();
}

Result<void> Preparation::read_list() {
  Prepared::Parts& p = *parts_;
  return stopped(p, guarded([&] { return firmquery::read_list(p); }));
}

void describe(const Prepared::Parts& p, Report& report) {
  report.key = p.job.key;
  report.spreadsheet_safe = p.job.spreadsheet_safe;
  report.server = p.server;
  if (!p.server.empty()) report.dialect = to_string(p.control.dialect().kind);
  report.server_version = p.control.dialect().version;
  report.authentication = p.authentication;
  report.session = p.session_report;
  report.key_type = p.facts.key.type_name;
  report.input = p.input.report;
  if (p.id_type) report.id_type = to_string(*p.id_type);
  if (p.input.report.lines > 0) report.list = list_report(p.input.profile);
}

void Preparation::describe(Report& report) const {
  firmquery::describe(*parts_, report);
}

Prepared Preparation::finish() && {
  return Prepared(std::move(parts_));
}

Result<Prepared> prepare(const Job& job, EventStream& events, std::stop_token stop, const ListFiles& files,
                         Access access) {
  Preparation preparation(job, events, std::move(stop), files, access);
  FQ_TRY(preparation.connect());
  FQ_TRY(preparation.examine());
  FQ_TRY(preparation.read_list());
  return std::move(preparation).finish();
}

Prepared::Prepared(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Prepared::Prepared(Prepared&&) noexcept = default;
Prepared& Prepared::operator=(Prepared&&) noexcept = default;
Prepared::~Prepared() = default;

Job& Prepared::job() {
  return parts_->job;
}

void Prepared::keep_sample(std::size_t ids) {
  constexpr std::size_t kStretches = 20;
  CleanedInput& input = parts_->input;
  const std::size_t all = input.ids.size();
  if (ids >= all) return;
  IdSetBuilder builder(input.ids.type());
  const std::size_t stretches = std::clamp<std::size_t>(ids / kStretches, 1, kStretches);
  std::string id;
  for (std::size_t i = 0; i < stretches; ++i) {
    const std::size_t length = ids * (i + 1) / stretches - ids * i / stretches, begin = all * i / stretches;
    for (std::size_t rank = begin; rank < begin + length; ++rank) {
      id.clear();
      input.ids.append_canonical(rank, id);
      builder.add(std::string_view(id));
    }
  }
  input.ids = builder.finish().unique;
  InputReport& report = input.report;
  report.lines = report.accepted = report.unique = input.ids.size();
  report.blank = report.header = report.rejected = report.duplicates = 0;
  report.digest = input.ids.digest();
}

const Job& Prepared::job() const {
  return parts_->job;
}
const Dialect& Prepared::dialect() const {
  return parts_->control.dialect();
}
const SqlTemplate& Prepared::sql_template() const {
  return *parts_->sql_template;
}
const QueryFacts& Prepared::facts() const {
  return parts_->facts;
}
const CleanedInput& Prepared::input() const {
  return parts_->input;
}
Session& Prepared::session() {
  return parts_->control.session();
}

}  // namespace firmquery
