// tiny-gguf: writes a small model that a real llama-server loads and serves.

#include "tools/tiny_gguf/model.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <iterator>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace {

enum exit_code { exit_done = 0, exit_failed = 1, exit_usage = 2 };

using namespace rolecall::tiny_gguf;

struct arguments {
  std::string kind;
  std::filesystem::path file;
  model_options options;
};

void declare(CLI::App& app, arguments& out) {
  std::vector<std::string> kinds;
  for (const auto kind : all_kinds) kinds.emplace_back(kind_name(kind));
  app.add_option("KIND", out.kind, "what to make")->required()->check(CLI::IsMember(kinds));
  app.add_option("FILE", out.file, "where to write it; vision also writes mmproj-FILE beside it")
      ->required();
  app.add_option("--size", out.options.size, "size of FILE, such as 300MiB; by default a few MiB")
      ->transform(CLI::AsSizeValue(true));
  app.add_option("--seed", out.options.seed, "seed of the weights that do not matter")
      ->capture_default_str();
}

// `name` is one of the names that declare() admits.
model_kind kind_of(const std::string& name) {
  return *std::find_if(std::begin(all_kinds), std::end(all_kinds),
                       [&](model_kind kind) { return kind_name(kind) == name; });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Writes a small GGUF model that speaks a little English.", "tiny-gguf");
  arguments given;
  declare(app, given);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_done : exit_usage;
  }
  try {
    for (const auto& [path, size] : write_model(kind_of(given.kind), given.file, given.options)) {
      std::printf("%s %.1f MiB\n", path.c_str(), static_cast<double>(size) / (1 << 20));
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tiny-gguf: %s\n", error.what());
    return exit_failed;
  }
  return exit_done;
}
