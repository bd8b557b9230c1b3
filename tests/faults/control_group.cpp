#include "tests/faults/control_group.hpp"

#include <fstream>

#include <unistd.h>

namespace rolecall::test {
namespace {

namespace fs = std::filesystem;

const fs::path top = "/sys/fs/cgroup";

bool write(const fs::path& file, const std::string& value) {
  return bool(std::ofstream(file) << value << std::flush);
}

}  // namespace

control_group::control_group(const std::string& controller) {
  const auto first = top / controller;  // its own hierarchy, in the first version
  const bool is_first = fs::exists(first / "cgroup.procs");
  const bool is_memory = controller == "memory";
  const auto folder = (is_first ? first : top) / ("rolecall-faults-" + std::to_string(::getpid()));
  if (!is_first && !write(top / "cgroup.subtree_control", "+" + controller)) return;
  std::error_code ec;
  if (!fs::create_directory(folder, ec)) return;
  folder_ = folder;
  limit_file_ = folder / (is_memory && is_first ? "memory.limit_in_bytes" : controller + ".max");
  current_file_ =
      folder / (is_memory && is_first ? "memory.usage_in_bytes" : controller + ".current");
}

control_group::~control_group() {
  if (!exists()) return;
  std::ifstream members(folder_ / "cgroup.procs");
  for (std::string pid; std::getline(members, pid);)
    write(folder_.parent_path() / "cgroup.procs", pid);
  std::error_code ignored;
  fs::remove(folder_, ignored);
}

bool control_group::limit(const std::string& value) { return write(limit_file_, value); }

bool control_group::take(pid_t pid) { return write(folder_ / "cgroup.procs", std::to_string(pid)); }

std::string control_group::current() const {
  std::string value;
  std::ifstream(current_file_) >> value;
  return value;
}

}  // namespace rolecall::test
