#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

namespace rolecall::proxy {

/// Why a body cannot be routed.
struct body_fault {
  enum class kind { malformed, model_not_text };
  kind what = kind::malformed;
  std::string message;
};

/// The `model` at the top level of a JSON body; nullopt when there is none, or it is null or empty.
/// The whole body is parsed, so that a malformed one is refused here with its offset. Of duplicate
/// keys the last one counts, as llama-server's parser has it. Nothing is rewritten.
[[nodiscard]] boost::system::result<std::optional<std::string>, body_fault> find_model(
    std::string_view body);

}  // namespace rolecall::proxy
