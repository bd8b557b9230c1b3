// Any bytes are a header or an error; a header's facts and footprint can be computed.

#include "registry/architecture.hpp"
#include "registry/gguf.hpp"

#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace rolecall::registry;
  std::istringstream stream(std::string(reinterpret_cast<const char*>(bytes), size));
  const auto header = parse_gguf(stream, size);
  if (!header) {
    if (header.error().empty()) __builtin_trap();
    return 0;
  }
  const std::string architecture = header->text("general.architecture").value_or("qwen3next");
  (void)traits_of(*header, architecture);
  (void)shape_of(*header, architecture);
  return 0;
}
