#pragma once

#include "tests/support/registry_file.hpp"
#include "tests/support/running_daemon.hpp"
#include "tests/support/temporary_directory.hpp"

#include <string>

namespace rolecall::test {

/// Small models, made once per test program: dense.gguf, draft.gguf, moe.gguf, hybrid.gguf,
/// embedding.gguf, vision.gguf, and big-1.gguf … big-3.gguf of 64 MiB each.
[[nodiscard]] const std::filesystem::path& model_directory();

/// A registry for the real engine in a folder of its own.
struct engine_fixture {
  temporary_directory folder;
  registry_file registry{.folder = folder.path(),
                         .llama_server = ROLECALL_LLAMA_SERVER,
                         .model_dir = model_directory(),
                         .models = {},
                         .roles = {}};

  /// Budget that holds `count` of the role's instances and no more, from what a daemon says it
  /// needs.
  void fit(std::size_t count, std::string_view role);
};

/// The models and roles of three WARM roles of equal size: alpha, beta, gamma.
void add_three_warm_roles(registry_file& registry);

/// Body of a streamed chat request that goes on until its context is full.
[[nodiscard]] std::string long_stream(std::string_view role);

/// The text in a chat answer.
[[nodiscard]] std::string answer_text(const http_response& response);

}  // namespace rolecall::test
