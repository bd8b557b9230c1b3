#pragma once

#include "registry/diagnostic.hpp"
#include "registry/registry.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

namespace rolecall::registry {

/// A YAML document as plain values. Unlike the parser's own nodes it keeps duplicate keys, quotes
/// and every position, and reading it changes nothing. Aliases are copies of what they refer to.
struct yaml_node {
  enum class kind { null, scalar, sequence, mapping };

  kind what = kind::null;
  std::string text;     ///< of a scalar
  bool quoted = false;  ///< a quoted scalar is text, never a number or a boolean
  position where;
  std::vector<yaml_node> children;  ///< items of a sequence; key, value, key, value … of a mapping
};

/// Parses one document. Refused with their place: syntax errors, several documents, tags, merge
/// keys, nesting deeper than 16 and more than 50,000 nodes (aliases count as what they stand for,
/// so that a small text cannot grow large).
[[nodiscard]] boost::system::result<yaml_node, diagnostic> parse_yaml(std::string_view text,
                                                                      std::string_view file);

}  // namespace rolecall::registry
