#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "firmquery/output/artifacts.hpp"
#include "firmquery/output/files.hpp"
#include "firmquery/output/run_directory.hpp"
#include "json_text.hpp"

namespace firmquery {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::uint64_t kSchema = 2;

Failure not_a_manifest(const std::filesystem::path& path, const std::string& reason) {
  return fail(ErrorKind::integrity, "this is not a manifest of a run: " + reason, path.string(),
              "it was altered after it was written, or another program wrote it");
}

// Throws what `at` and `get` throw, and for a count that is negative or has a fraction, which get() converts.
std::uint64_t count_at(const Json& object, const char* name) {
  const Json& value = object.at(name);
  if (!value.is_number_unsigned()) {
    throw Json::type_error::create(302, fmt::format("{} is not a count", name), &value);
  }
  return value.get<std::uint64_t>();
}

std::string text_at(const Json& object, const char* name) {
  auto text = text_from_json(object.at(name));
  if (!text) throw Json::type_error::create(302, fmt::format("{} is not a text", name), &object);
  return *std::move(text);
}

Manifest from_object(const Json& json) {
  Manifest manifest;
  json.at("run_id").get_to(manifest.run_id);
  json.at("created_at").get_to(manifest.created_at);
  json.at("program").at("version").get_to(manifest.program_version);
  manifest.input_path = text_at(json.at("input"), "path");
  json.at("input").at("digest").get_to(manifest.input_digest);
  json.at("snapshot").at("kind").get_to(manifest.snapshot.kind);
  json.at("snapshot").at("value").get_to(manifest.snapshot.value);
  manifest.sql = text_at(json.at("query"), "sql");
  json.at("server").at("dialect").get_to(manifest.dialect);
  json.at("server").at("version").get_to(manifest.server_version);
  manifest.audit.lines = count_at(json.at("audit"), "lines");
  json.at("audit").at("chain").get_to(manifest.audit.chain);
  for (const Json& entry : json.at("files").get_ref<const Json::array_t&>()) {
    FileReport& file = manifest.files.emplace_back();
    entry.at("name").get_to(file.name);
    file.rows = count_at(entry, "rows");
    file.bytes = count_at(entry, "bytes");
    entry.at("sha256").get_to(file.sha256);
  }
  return manifest;
}

}  // namespace

Result<void> write_manifest(const std::filesystem::path& directory, const Manifest& manifest) {
  Json files = Json::array();
  for (const FileReport& file : manifest.files) {
    files.push_back(
        {{"name", file.name}, {"rows", file.rows}, {"bytes", file.bytes}, {"sha256", file.sha256}});
  }
  const Json json = {
      {"schema", kSchema},
      {"run_id", manifest.run_id},
      {"created_at", manifest.created_at},
      {"program", {{"name", "firmquery"}, {"version", manifest.program_version}}},
      {"input", {{"path", text_to_json(manifest.input_path)}, {"digest", manifest.input_digest}}},
      {"snapshot", {{"kind", manifest.snapshot.kind}, {"value", manifest.snapshot.value}}},
      {"query", {{"sql", text_to_json(manifest.sql)}}},
      {"server", {{"dialect", manifest.dialect}, {"version", manifest.server_version}}},
      {"audit", {{"lines", manifest.audit.lines}, {"chain", manifest.audit.chain}}},
      {"files", std::move(files)}};
  return write_file(artifact_path(directory, Artifact::manifest),
                    json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

Result<Manifest> read_manifest(const std::filesystem::path& directory) {
  const std::filesystem::path path = artifact_path(directory, Artifact::manifest);
  FQ_TRY_ASSIGN(const std::string text, read_regular_file(path));
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return not_a_manifest(path, "it is not a JSON object");
  try {
    const std::uint64_t schema = count_at(json, "schema");
    if (schema != kSchema) {
      return fail(ErrorKind::usage, fmt::format("the manifest has schema {}, not {}", schema, kSchema),
                  path.string(), "use the version of firmquery that wrote it");
    }
    return from_object(json);
  } catch (const Json::exception& error) {
    return not_a_manifest(path, error.what());
  }
}

}  // namespace firmquery
