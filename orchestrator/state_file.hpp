#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

namespace rolecall {

/// The whole text; empty when there is no such file. The error names the file and the reason.
[[nodiscard]] boost::system::result<std::string, std::string> read_state_file(
    const std::filesystem::path& file);

/// Replaces the file as a whole: a crash or a full disk leaves the old text or the new one. Written
/// beside it, flushed to the disk, renamed; readable by the owner alone. Blocking. Empty on
/// success, or what went wrong, naming the file.
[[nodiscard]] std::string write_state_file(const std::filesystem::path& file,
                                           std::string_view text);

/// The two halves of write_state_file, for who must look in between. A draft is flushed to the disk
/// only if `flushed`: unflushed, it survives our own end, not the host's.
[[nodiscard]] std::string write_draft(const std::filesystem::path& draft, std::string_view text,
                                      bool flushed);
[[nodiscard]] std::string put_in_place(const std::filesystem::path& draft,
                                       const std::filesystem::path& file);
/// Makes what was renamed or removed in the folder last.
void flush_folder(const std::filesystem::path& folder);

}  // namespace rolecall
