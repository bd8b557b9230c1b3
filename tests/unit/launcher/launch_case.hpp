#pragma once

#include "launcher/command_line.hpp"

#include <string>
#include <string_view>

#include <boost/system/result.hpp>

namespace rolecall::launcher::test {

/// The text of one of the files in recorded/. help-0.7.0.txt is what `llama-server --help` of that
/// version prints, byte for byte; help-2025-10.txt is the --help that a user of a Windows build of
/// October 2025 published, without its sampling parameters and chat templates.
[[nodiscard]] std::string recorded_text(std::string_view name);

/// A binary as recorded: "0.7.0" or "2025-10". The latter's build number was not published; 6834 is
/// of that month.
[[nodiscard]] capabilities recorded_engine(std::string_view name);

/// Two nodes of 48 cores and 96 threads each, 1.13 TB, numactl installed.
[[nodiscard]] topology reference_host();

/// One role to launch: `coder`, a dense model with a draft model beside it, on the reference host
/// with 0.7.0. Tests change what they are about.
class launch_case {
 public:
  launch_case();

  registry::deployment deployment;
  topology host;
  capabilities binary;

  [[nodiscard]] registry::role& role() { return deployment.registry.roles.front(); }
  [[nodiscard]] registry::model& model() { return deployment.registry.models.front(); }
  [[nodiscard]] registry::model_facts& facts() { return deployment.facts.at("coder-32b"); }
  [[nodiscard]] registry::model_facts& draft_facts() { return deployment.facts.at("coder-0.5b"); }

  [[nodiscard]] boost::system::result<command_line, std::string> build() const;
  /// The command line with a blank around every word; fails the test when it cannot be built.
  [[nodiscard]] std::string line() const;
  /// The error; fails the test when there is none.
  [[nodiscard]] std::string error() const;
};

[[nodiscard]] inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace rolecall::launcher::test
