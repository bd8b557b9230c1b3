#pragma once

#include "tests/support/registry_file.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tools/tiny_gguf/model.hpp"

#include <string>

namespace rolecall::test {

/// A registry of roles that the fake llama-server plays.
struct fake_fleet {
  temporary_directory folder;
  registry_file registry{.folder = folder.path(),
                         .llama_server = FAKE_LLAMA_SERVER,
                         .model_dir = folder.path(),
                         .models = "  small: {path: small.gguf}\n",
                         .roles = {}};

  fake_fleet() {
    tiny_gguf::write_model(tiny_gguf::model_kind::dense, folder.path() / "small.gguf");
  }

  // A role with knobs of the fake, and further keys.
  void add(const std::string& name, const std::string& tier, const std::string& knobs,
           const std::string& keys = {}) {
    registry.roles += "  " + name + ": {model: small, tier: " + tier + ", port: @, extra_args: [" +
                      knobs + "]" + (keys.empty() ? "" : ", " + keys) + "}\n";
  }
};

[[nodiscard]] inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// The body of a chat request whose answer is streamed.
[[nodiscard]] inline std::string stream_of(const std::string& role) {
  return R"({"model":")" + role + R"(","stream":true,"messages":[{"role":"user","content":"hi"}]})";
}

}  // namespace rolecall::test
