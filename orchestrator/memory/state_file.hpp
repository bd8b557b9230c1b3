#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

namespace rolecall::memory {

/// The whole text; empty when there is no such file. The error names the file and the reason.
[[nodiscard]] boost::system::result<std::string, std::string> read_state_file(
    const std::filesystem::path& file);

/// Replaces the file as a whole: a crash or a full disk leaves the old text or the new one. Written
/// beside it, flushed to the disk, renamed; readable by the owner alone. Blocking. Empty on
/// success, or what went wrong, naming the file.
[[nodiscard]] std::string write_state_file(const std::filesystem::path& file,
                                           std::string_view text);

}  // namespace rolecall::memory
