#pragma once

#include <string>

namespace rolecall::registry {

/// JSON Schema (draft 2020-12) of the registry, made from the reader's own table of keys:
/// docs/registry.schema.json.
[[nodiscard]] std::string json_schema();

/// Every key with type, default, range and meaning, made from the same table: docs/registry.md.
[[nodiscard]] std::string reference_page();

}  // namespace rolecall::registry
