#pragma once

#include <chrono>
#include <filesystem>
#include <string>

namespace rolecall::test {

/// A self-signed certificate for localhost and its key as PEM files, made for the test.
struct certificate_files {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

/// Writes `<name>.crt` and `<name>.key` (mode 0600) into `folder`; valid from an hour ago for
/// `valid_for`, which may be negative.
certificate_files make_certificate(const std::filesystem::path& folder, const std::string& name,
                                   std::chrono::seconds valid_for = std::chrono::hours{24});

}  // namespace rolecall::test
