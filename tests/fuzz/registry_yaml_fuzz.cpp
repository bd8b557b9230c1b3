// Any text is read into values or diagnostics, and the rules say something about the values.

#include "registry/check.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace rolecall::registry;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const check_result result = check_offline(read(text, "/fuzz/model_registry.yaml"));
  if (!result.value && !has_errors(result.notes)) __builtin_trap();
  for (const diagnostic& note : result.notes) {
    if (to_string(note).empty()) __builtin_trap();
  }
  if (result.value) (void)result.value->registry.instances();
  return 0;
}
