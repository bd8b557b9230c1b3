#pragma once

#include "orchestrator/proxy/body_scan.hpp"

#include <optional>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

namespace rolecall::proxy {

/// Whether a Content-Type says multipart/form-data.
[[nodiscard]] bool is_multipart_form(std::string_view content_type);

/// The value of the first field named `model` of a multipart/form-data body (RFC 7578); nullopt
/// when there is none or it is empty. Other parts are skipped, not copied, in time linear in the
/// body; what follows the field is left to llama-server. Refused are a Content-Type without a
/// boundary of 1 to 70 characters (RFC 2046 section 5.1.1), a body without its parts or their end,
/// a part whose header is larger than 8 KiB or has more than 32 fields, and a model longer than 1
/// KiB.
[[nodiscard]] boost::system::result<std::optional<std::string>, body_fault> multipart_model(
    std::string_view content_type, std::string_view body);

}  // namespace rolecall::proxy
