#pragma once

#include "launcher/command_line.hpp"
#include "registry/registry.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

namespace rolecall::launcher {

/// The arguments of one launch while they are collected, each in the spelling that the binary
/// knows. What cannot be said is remembered, the first of it, and becomes the launch's error; what
/// follows then changes nothing.
class argument_list {
 public:
  /// Ways to write one flag, the newest first.
  using spellings = std::initializer_list<std::string_view>;

  argument_list(const registry::role& role, const capabilities& binary)
      : role_(role), binary_(binary) {}

  [[nodiscard]] const capabilities& binary() const noexcept { return binary_; }

  /// Words that no --help lists: the wrapper, the binary, extra_args.
  void add(std::vector<std::string> words, std::string reason);

  /// The role cannot run without it: a binary that knows no spelling is an error.
  void require(spellings flag, std::string value, std::string reason);
  void require(spellings flag, std::string reason);

  /// A better default: left out when the binary knows no spelling, or when extra_args decide about
  /// it.
  void offer(spellings flag, std::string value, std::string reason);
  void offer(spellings flag, std::string reason);

  /// The first spelling that the binary knows.
  [[nodiscard]] std::optional<std::string_view> known(spellings flag) const;
  /// The reason of an argument that holds `flag` in any of its spellings; nullptr when there is
  /// none.
  [[nodiscard]] const std::string* reason_of(std::string_view flag) const;

  void set_environment(std::string name, std::string value);
  void notice(std::string text);
  void refuse(std::string reason);

  [[nodiscard]] boost::system::result<command_line, std::string> finish() &&;

 private:
  void add_flag(spellings flag, const std::string* value, std::string reason);
  [[nodiscard]] bool decided_by_registry(spellings flag) const;

  const registry::role& role_;
  const capabilities& binary_;
  command_line collected_;
  std::optional<std::string> refusal_;
};

/// "llama-server /usr/bin/llama-server (0.7.0 …)", as errors and reasons name it.
[[nodiscard]] std::string describe(const capabilities& binary);

}  // namespace rolecall::launcher
