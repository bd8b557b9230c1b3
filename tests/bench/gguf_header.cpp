// How long a model's header takes to read when its vocabulary is large: 250,000 tokens and as many
// merges.

#include "registry/gguf.hpp"
#include "tests/support/temporary_directory.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string_view>
#include <vector>

namespace {

constexpr std::uint64_t tokens = 250'000;
constexpr int runs = 51;

template <class Number>
void put(std::ostream& out, Number number) {
  out.write(reinterpret_cast<const char*>(&number), sizeof number);
}

void put_text(std::ostream& out, std::string_view text) {
  put(out, std::uint64_t{text.size()});
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
}

void put_texts(std::ostream& out, std::string_view key, std::string_view stem) {
  constexpr std::uint32_t array = 9, text = 8;
  put_text(out, key);
  put(out, array);
  put(out, text);
  put(out, tokens);
  for (std::uint64_t i = 0; i < tokens; ++i) put_text(out, std::string(stem) + std::to_string(i));
}

void write_model(const std::filesystem::path& file) {
  constexpr std::uint32_t version = 3;
  constexpr std::uint64_t tensors = 0, keys = 2;
  std::ofstream out(file, std::ios::binary);
  out << "GGUF";
  put(out, version);
  put(out, tensors);
  put(out, keys);
  put_texts(out, "tokenizer.ggml.tokens", "piece-of-text-");
  put_texts(out, "tokenizer.ggml.merges", "left right ");
}

}  // namespace

int main() {
  const rolecall::test::temporary_directory folder;
  const auto file = folder.path() / "vocabulary.gguf";
  write_model(file);
  std::vector<double> milliseconds;
  for (int run = 0; run < runs; ++run) {
    const auto begun = std::chrono::steady_clock::now();
    const auto header = rolecall::registry::read_gguf(file);
    if (!header) {
      std::fprintf(stderr, "bench_gguf_header: %s\n", header.error().c_str());
      return 1;
    }
    milliseconds.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun)
            .count());
  }
  std::ranges::sort(milliseconds);
  std::printf("%.1f MB header, %d runs: min %.1f ms, median %.1f ms, max %.1f ms\n",
              static_cast<double>(std::filesystem::file_size(file)) / 1e6, runs,
              milliseconds.front(), milliseconds[runs / 2], milliseconds.back());
  return 0;
}
