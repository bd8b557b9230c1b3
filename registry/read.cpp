#include "registry/read.hpp"

#include "registry/sections.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

namespace rolecall::registry {

namespace {

/// Far beyond any fleet; keeps a wrong path (a GGUF, say) from being read into memory.
constexpr std::uintmax_t largest_file = 4ULL << 20;

model_registry read_document(const yaml_node& document, reading& context) {
  model_registry result;
  mapping_reader reader(document, root_section(), "", context);
  int version = 1;
  reader.integer("version", version);
  const yaml_node* host = reader.find("host");
  result.host = host ? read_host(*host, context) : default_host();
  if (const yaml_node* models = reader.find("models"))
    result.models = read_models(*models, context);
  const yaml_node* common = reader.find("defaults");
  const role defaults = common ? read_defaults(*common, context) : role{};
  if (const yaml_node* roles = reader.find("roles"))
    result.roles = read_roles(*roles, defaults, context);
  if (const yaml_node* rules = reader.find("compatibility")) {
    result.compatibility = read_compatibility(*rules, context);
  }
  return result;
}

}  // namespace

read_result read(std::string_view text, const std::filesystem::path& file) {
  reading context{.file = file.string(),
                  .directory = std::filesystem::absolute(file).parent_path(),
                  .notes = {},
                  .places = {}};
  const auto document = parse_yaml(text, context.file);
  if (!document) return {std::nullopt, {document.error()}};
  model_registry result = read_document(*document, context);
  in_text_order(context.notes);
  result.file = file;
  result.places = std::move(context.places);
  if (has_errors(context.notes)) return {std::nullopt, std::move(context.notes), std::move(result)};
  return {std::move(result), std::move(context.notes)};
}

read_result read_file(const std::filesystem::path& file) {
  const auto refuse = [&](const std::string& reason) -> read_result {
    return {std::nullopt,
            {{diagnostic::severity::error, file.string(), 0, 0,
              "cannot open the registry: " + reason}}};
  };
  std::error_code failure;
  const auto status = std::filesystem::status(file, failure);
  if (std::filesystem::is_directory(status))
    return refuse("it is a directory; name the file in it");
  if (std::filesystem::is_regular_file(status) &&
      std::filesystem::file_size(file, failure) > largest_file) {
    return refuse("it is larger than 4 MiB; is this a registry?");
  }
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    const int code = errno;
    return refuse(std::string(std::strerror(code)) +
                  (code == ENOENT ? "; name one with --registry or ROLECALL_REGISTRY" : ""));
  }
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (stream.bad()) return refuse("reading failed");
  return read(text, file);
}

std::filesystem::path find_file(const std::filesystem::path& given) {
  if (!given.empty()) return given;
  if (const char* named = std::getenv("ROLECALL_REGISTRY"); named != nullptr && *named != '\0')
    return named;
  std::error_code ignored;
  for (const char* candidate : {"model_registry.yaml", "/etc/rolecall/model_registry.yaml"}) {
    if (std::filesystem::exists(candidate, ignored)) return candidate;
  }
  return "/etc/rolecall/model_registry.yaml";
}

}  // namespace rolecall::registry
