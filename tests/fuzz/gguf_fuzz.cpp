// Any bytes are a header or an error; a header's facts, vocabulary and summary can be computed.

#include "registry/architecture.hpp"
#include "registry/gguf.hpp"
#include "registry/memory_shape.hpp"
#include "registry/model_summary.hpp"
#include "registry/vocabulary.hpp"

#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <utility>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace rolecall::registry;
  std::istringstream stream(std::string(reinterpret_cast<const char*>(bytes), size));
  auto header = parse_gguf(stream, size);
  if (!header) {
    if (header.error().empty()) __builtin_trap();
    return 0;
  }
  const std::string architecture = header->text("general.architecture").value_or("qwen3next");
  (void)traits_of(*header, architecture);
  (void)shape_of(*header, architecture);
  const vocabulary_facts vocabulary = vocabulary_of(*header);
  if (difference(vocabulary, vocabulary)) __builtin_trap();
  model_files files;
  files.bytes = size;
  files.header = *std::move(header);
  const model_summary summary = summarise(files);
  // No tensor lies outside the file or in another's place, so all of them are smaller than it.
  byte_count weights = summary.outside_layers;
  for (const layer_group& group : summary.groups) weights += group.bytes * group.layers.size();
  if (weights > size || summary.active_parameters > summary.parameters) __builtin_trap();
  return 0;
}
