// Job files: any text. It is read or every complaint says where; no value of a secret is ever taken.
#include "fuzz/fuzz.hpp"
#include "orchestrator/job/yaml_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace firmquery;
  fuzz::Input input(data, size);
  const bool relative = (input.byte() & 1U) != 0;
  const fuzz::MemoryFile file(input.rest());
  const YamlFile read = read_yaml_file(file.path(), relative);
  for (const Error& error : read.errors) {
    fuzz::require(error.kind == ErrorKind::usage && !error.message.empty(), "an error is one of usage");
    fuzz::require(error.place.starts_with(file.path()), "an error says where");
  }
  for (const Given& given : read.given) {
    fuzz::require(given.option != nullptr && !given.items.empty(), "a value belongs to an option");
    fuzz::require(given.place.starts_with(file.path()), "a value says where");
    for (const std::string& item : given.items) {
      fuzz::require(
          check_value(*given.option, item, given.place).has_value() || given.option->kind == ValueKind::path,
          "a value has passed its check");
    }
  }
  return 0;
}
