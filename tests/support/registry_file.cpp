#include "tests/support/registry_file.hpp"

#include "tests/support/free_ports.hpp"

#include <fstream>

namespace rolecall::test {

std::string with_free_ports(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '@')
      result += std::to_string(free_ports(1).front());
    else
      result += c;
  }
  return result;
}

std::filesystem::path registry_file::write() const {
  const auto file = folder / "model_registry.yaml";
  std::ofstream(file) << "version: 1\n"
                      << "host:\n"
                      << "  listen: 127.0.0.1:0\n"
                      << "  admin: 127.0.0.1:0\n"
                      << "  llama_server: " << llama_server.string() << '\n'
                      << "  model_dirs: [" << model_dir.string() << "]\n"
                      << "  state_dir: " << (folder / "state").string() << '\n'
                      << "  log_dir: " << (folder / "logs").string() << '\n'
                      << "  memory: {budget: " << budget << "}\n"
                      << host << "defaults:\n"
                      << "  threads: 1\n"
                      << "  numa: {policy: none}\n"
                      << "  context: 2048\n"
                      << "  slots: 1\n"
                      << "  timeouts: {ready_stall: 60s, first_byte: 60s, drain: 30s, stop: 5s}\n"
                      << "models:\n"
                      << models << "roles:\n"
                      << with_free_ports(roles);
  return file;
}

}  // namespace rolecall::test
