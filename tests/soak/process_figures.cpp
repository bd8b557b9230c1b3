#include "tests/soak/process_figures.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include <malloc.h>

namespace rolecall::test {

process_figures process_figures::now() {
  ::malloc_trim(0);
  process_figures figures;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:")) figures.resident = std::stoul(line.substr(6)) << 10;
  if (figures.resident == 0) throw std::runtime_error("cannot read VmRSS from /proc/self/status");
  const std::filesystem::directory_iterator open("/proc/self/fd");
  figures.descriptors = static_cast<std::size_t>(std::distance(begin(open), end(open)));
  return figures;
}

}  // namespace rolecall::test
