// One of the judgements, named when this is compiled, stops the fuzzer at a rule that is broken.

#include "tests/fuzz/judgement.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto found = rolecall::test::ROLECALL_JUDGE({reinterpret_cast<const char*>(bytes), size});
  if (found.broken.empty()) return 0;
  std::fprintf(stderr, "broken rule: %s\n", found.broken.c_str());
  __builtin_trap();
}
