// What a run needs of this machine: the list, and room for the results.
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "doctor_checks.hpp"
#include "firmquery/output/trusted_path.hpp"
#include "firmquery/run/input.hpp"
#include "preparing/key_equality.hpp"
#include "preparing/key_sample.hpp"

namespace firmquery {
namespace {

namespace fs = std::filesystem;
constexpr double kGibibyte = 1024.0 * 1024.0 * 1024.0;
constexpr double kRoom = 1.0;  // GiB: below this a large result may not fit

// The directory in which the run's would be made.
fs::path existing_ancestor(fs::path path) {
  std::error_code ignored;
  path = fs::absolute(path, ignored).lexically_normal();
  while (!fs::exists(path, ignored) && path.has_relative_path()) path = path.parent_path();
  return path;
}

// The run's own rule: absent, or a directory with nothing in it.
bool is_free(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return true;
  return fs::is_directory(path, error) && fs::is_empty(path, error) && !error;
}

void check_fit(const Job& job, const CleanedInput& input, const QueryFacts& facts, IdType type,
               Checks& checks) {
  const std::string name = "list against key";
  const std::string types =
      fmt::format("the list as {}, the key column {}", to_string(type), facts.key.type_name);
  const std::uint64_t entries = input.report.accepted + input.report.rejected;
  InputOptions options = input_options(job);
  options.clean.type = type;
  options.allow_empty = job.allow_empty || entries == 0;  // of the other check
  if (auto usable = check_usable(options, input.report, input.profile); !usable) {
    Error error = std::move(usable).error();
    error.message = fmt::format("{}: {}", types, error.message);
    return checks.fail(name, error);
  }
  if (input.report.rejected > 0) {
    return checks.warn(name,
                       fmt::format("{}: {} of {} entries do not fit", types, input.report.rejected, entries),
                       "look at rejected.csv of: firmquery clean --ids ... --id-type " +
                           std::string(to_string(type)) + " --out DIR");
  }
  if (type != facts.key.id_type) {
    return checks.warn(name, types,
                       job.id_type_auto ? "" : "leave --id-type at auto, the type of the key column");
  }
  checks.ok(name, types);
}

// Whether its IDs can be in the column at all.
void check_widths(const Job& job, Session& session, const Dialect& dialect, const QueryFacts& facts,
                  const CleanedInput& input, Checks& checks) {
  const std::string name = "list against the column";
  const auto sample = sample_key(session, dialect, facts.key, input.ids, job.query_timeout.count());
  if (!sample) return checks.not_checked(name, "there is no sample of the key column");
  const auto misfit = find_misfit(input.ids, input.profile, *sample);
  if (misfit) return checks.warn(name, misfit->problem, misfit->remedy);
  checks.ok(name, fmt::format("{} values of the key column have nothing against it", sample->values.size()));
}

}  // namespace

Checks check_output(const Job& job) {
  const std::string name = "output directory";
  Checks checks;
  if (!is_free(job.out)) {
    checks.fail(name, Error{ErrorKind::usage,
                            "exists and is not an empty directory",
                            job.out.string(),
                            "name a new or empty directory with --out",
                            {}});
    return checks;
  }
  const fs::path parent = existing_ancestor(job.out);
  if (::access(parent.c_str(), W_OK | X_OK) != 0) {
    checks.fail(name, Error{ErrorKind::usage,
                            "cannot be written to",
                            parent.string(),
                            "name another directory with --out, or ask for write permission",
                            {}});
    return checks;
  }
  if (const auto trusted = check_trusted_ancestor(job.out); !trusted) {
    checks.fail(name, trusted.error());
    return checks;
  }
  struct statvfs facts {};
  if (::statvfs(parent.c_str(), &facts) != 0) {
    checks.not_checked("free disk", "the file system of " + parent.string() + " does not say");
    return checks;
  }
  checks.ok(name, job.out.string() + ": can be made");
  const double free = static_cast<double>(facts.f_bavail) * static_cast<double>(facts.f_frsize) / kGibibyte;
  const std::string detail = fmt::format("{:.1f} GiB at {}", free, parent.string());
  if (free < kRoom) {
    checks.warn("free disk", detail, "make room, or name a directory on another file system with --out");
  } else {
    checks.ok("free disk", detail);
  }
  return checks;
}

ListChecks check_list(const Job& job, Session* session, const Dialect* dialect, const QueryFacts* facts,
                      std::stop_token stop) {
  const std::string name = "list of IDs", fit = "list against key";
  ListChecks checks;
  if (job.ids_path.empty()) {
    checks.readable.not_checked(name, "no --ids");
    checks.fits.not_checked(fit, "no --ids");
    return checks;
  }
  InputOptions options = input_options(job);
  if (facts != nullptr) {
    const auto type = choose_id_type(job, *facts);
    if (type) options.clean.type = *type;
    if (!type) {
      checks.fits.fail(fit, type.error());
      facts = nullptr;
    }
  } else {
    checks.fits.not_checked(fit, "the key column is not known");
  }
  options.allow_empty = options.accept_rejected = true;  // judged below
  auto input = read_input(options, {}, stop);
  if (!input) {
    checks.readable.fail(name, input.error());
    if (facts != nullptr) checks.fits.not_checked(fit, "the list cannot be read");
    return checks;
  }
  options.allow_empty = job.allow_empty;
  options.accept_rejected = job.accept_rejected;
  // What is rejected because of the key is said where list and key are compared.
  const bool compared = facts != nullptr && input->report.accepted + input->report.rejected > 0;
  const auto usable = check_usable(options, input->report, input->profile);
  if (!compared && !usable) {
    checks.readable.fail(name, usable.error());
  } else {
    checks.readable.ok(
        name, fmt::format("{}: {} unique IDs, {} rejected, {} duplicates", job.ids_path, input->report.unique,
                          input->report.rejected, input->report.duplicates));
  }
  for (const std::string& warning : input->warnings) checks.readable.warn(name, warning, "");
  for (const std::string& suspicion : input->profile.suspicions) checks.readable.warn(name, suspicion, "");
  if (facts == nullptr) return checks;
  const auto comparable = session == nullptr || dialect == nullptr
                              ? Result<void>()
                              : check_list_collation(*session, *dialect, *facts, input->ids);
  if (comparable) {
    check_fit(job, *input, *facts, options.clean.type, checks.fits);
    if (session != nullptr && dialect != nullptr)
      check_widths(job, *session, *dialect, *facts, *input, checks.fits);
    if (!checks.fits.failed()) checks.ids = std::move(input->ids);
  } else {
    checks.fits.fail(fit, comparable.error());
  }
  return checks;
}

}  // namespace firmquery
