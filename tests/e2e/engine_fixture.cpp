#include "tests/e2e/engine_fixture.hpp"

#include <stdexcept>

#include <rapidjson/document.h>

namespace rolecall::test {
namespace {

void make_model(const std::filesystem::path& folder, const std::vector<std::string>& arguments) {
  std::vector<std::string> argv{TINY_GGUF};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  argv[2] = (folder / arguments[1]).string();
  if (const auto made = run(argv); made.code != 0)
    throw std::runtime_error("tiny-gguf: " + made.err);
}

}  // namespace

const std::filesystem::path& model_directory() {
  static const temporary_directory folder;
  static const bool made = [] {
    for (const std::string kind : {"dense", "draft", "moe", "hybrid", "embedding", "vision"})
      make_model(folder.path(), {kind, kind + ".gguf"});
    for (const std::string name : {"big-1.gguf", "big-2.gguf", "big-3.gguf"})
      make_model(folder.path(), {"dense", name, "--size", "64MiB"});
    return true;
  }();
  static_cast<void>(made);
  return folder.path();
}

void add_three_warm_roles(registry_file& registry) {
  registry.models =
      "  big-1: {path: big-1.gguf}\n"
      "  big-2: {path: big-2.gguf}\n"
      "  big-3: {path: big-3.gguf}\n";
  registry.roles =
      "  alpha: {model: big-1, tier: warm, port: @}\n"
      "  beta: {model: big-2, tier: warm, port: @}\n"
      "  gamma: {model: big-3, tier: warm, port: @}\n";
}

void engine_fixture::fit(std::size_t count, std::string_view role) {
  const running_daemon measuring(registry.write());
  rapidjson::Document status;
  status.Parse(measuring.admin_get("/admin/status").body.c_str());
  for (const auto& row : status["roles"].GetArray())
    if (role == row["name"].GetString()) {
      const auto each = row["footprint"]["total_bytes"].GetUint64();
      registry.budget = std::to_string(each * count + each / 2);
      return;
    }
  throw std::runtime_error("no role " + std::string{role});
}

std::string long_stream(std::string_view role) {
  return R"({"model":")" + std::string{role} +
         R"(","stream":true,"max_tokens":100000,"ignore_eos":true,"messages":[{"role":"user","content":"go on"}]})";
}

std::string answer_text(const http_response& response) {
  rapidjson::Document answer;
  answer.Parse(response.body.c_str());
  if (answer.HasParseError() || !answer.HasMember("choices")) return {};
  return answer["choices"][0]["message"]["content"].GetString();
}

}  // namespace rolecall::test
