#include "launcher/cpu_features.hpp"

#include "tests/support/temporary_directory.hpp"

#include <fstream>

#include <doctest/doctest.h>

using namespace rolecall::launcher;
using words = std::vector<std::string>;

namespace {

// As hosts of these kinds print it, shortened.
constexpr auto zen_3 = R"(processor	: 0
vendor_id	: AuthenticAMD
cpu family	: 25
model name	: AMD EPYC 7763 64-Core Processor
flags		: fpu vme de pse tsc msr sse sse2 ht syscall nx pni pclmulqdq ssse3 fma cx16 sse4_1 sse4_2 movbe popcnt aes xsave avx f16c rdrand bmi1 avx2 smep bmi2 erms invpcid vaes vpclmulqdq rdpid fsrm
bugs		: sysret_ss_attrs spectre_v1

processor	: 1
model name	: a different one
flags		: fpu avx512f
)";

constexpr auto sapphire_rapids = R"(processor	: 0
vendor_id	: GenuineIntel
model name	: Intel(R) Xeon(R) Platinum 8480+
flags		: fpu sse4_2 avx f16c fma bmi2 avx2 avx512f avx512dq avx512cd avx512bw avx512vl avx_vnni avx512_bf16 avx512vbmi avx512_vnni avx512_bitalg amx_bf16 avx512_fp16 amx_tile amx_int8
)";

constexpr auto neoverse = R"(processor	: 0
BogoMIPS	: 50.00
Features	: fp asimd evtstrm aes fphp asimdhp cpuid asimddp sha512 sve sve2 svei8mm svebf16 i8mm bf16
CPU implementer	: 0x41
CPU part	: 0xd4f
)";

}  // namespace

TEST_CASE("cpu features: the model and what llama.cpp computes with, of the first processor") {
  const auto found = parse_cpu_features(zen_3);
  CHECK(found.model == "AMD EPYC 7763 64-Core Processor");
  CHECK(found.extensions == words{"avx", "f16c", "fma", "avx2"});
}

TEST_CASE("cpu features: AVX-512, VNNI and AMX are told where there are any") {
  const auto found = parse_cpu_features(sapphire_rapids);
  CHECK(found.model == "Intel(R) Xeon(R) Platinum 8480+");
  CHECK(found.extensions == words{"avx", "f16c", "fma", "avx2", "avx_vnni", "avx512f", "avx512vbmi",
                                  "avx512_vnni", "avx512_bf16", "amx_tile", "amx_int8",
                                  "amx_bf16"});
}

TEST_CASE("cpu features: an ARM processor tells no model, and its own extensions") {
  const auto found = parse_cpu_features(neoverse);
  CHECK(found.model.empty());
  CHECK(found.extensions == words{"asimddp", "asimdhp", "sve", "sve2", "i8mm", "bf16"});
}

TEST_CASE("cpu features: a part of a longer word is no extension") {
  CHECK(parse_cpu_features("flags\t: avx512_vp2intersect xavx avx2x\n").extensions.empty());
  CHECK(parse_cpu_features("flags\t: avx2x avx2\n").extensions == words{"avx2"});
  CHECK(parse_cpu_features("") == cpu_features{});
  CHECK(parse_cpu_features("no colon") == cpu_features{});
}

TEST_CASE("cpu features: of a host only the first processor is read, and no file is no feature") {
  const rolecall::test::temporary_directory folder;
  CHECK(read_cpu_features(folder.path()) == cpu_features{});
  std::filesystem::create_directory(folder.path() / "proc");
  std::ofstream(folder.path() / "proc/cpuinfo") << zen_3;
  CHECK(read_cpu_features(folder.path()) == parse_cpu_features(zen_3));
}
