#include "orchestrator/proxy/ollama_pages.hpp"

#include "orchestrator/proxy/ollama_body.hpp"

#include <array>
#include <cinttypes>
#include <cstdio>

namespace rolecall::proxy {
namespace {

// Fields that clients parse as times and that nobody here knows.
constexpr std::string_view unknown_time = "1970-01-01T00:00:00Z";
constexpr std::string_view no_expiry = "9999-12-31T23:59:59Z";
constexpr std::string_view spoken_version = "0.13.0";

// 64 hexadecimal digits, of which clients show twelve. FNV-1a from four starts.
std::string digest_of(const routed_role& role) {
  std::string digest;
  for (std::uint64_t start = 1; start <= 4; ++start) {
    std::uint64_t hash = 0xcbf29ce484222325ULL * start;
    for (const auto* text : {&role.name, &role.model})
      for (const char c : *text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    std::array<char, 17> digits{};
    std::snprintf(digits.data(), digits.size(), "%016" PRIx64, hash);
    digest += digits.data();
  }
  return digest;
}

void write_details(body_writer& writer, const routed_role& role) {
  writer.key("details");
  writer.begin_object();
  writer.member("parent_model", role.model);
  writer.member("format", "gguf");
  writer.member("family", role.card.architecture);
  writer.key("families");
  writer.begin_array();
  if (!role.card.architecture.empty()) writer.text(role.card.architecture);
  writer.end_array();
  writer.member("parameter_size", "");
  writer.member("quantization_level", role.card.quantization);
  writer.end_object();
}

void begin_model(body_writer& writer, const routed_role& role) {
  writer.begin_object();
  writer.member("name", role.name);
  writer.member("model", role.name);
  writer.count("size", role.card.bytes);
  writer.member("digest", digest_of(role));
  write_details(writer, role);
}

bool is_ready(const std::vector<role_state>* states, const routed_role& role) {
  return states != nullptr && role.id < states->size() && (*states)[role.id].state == "ready";
}

}  // namespace

std::string ollama_tags(const routing_table& routes) {
  std::string out;
  body_writer writer(out);
  writer.begin_object();
  writer.key("models");
  writer.begin_array();
  for (const auto& role : routes.roles) {
    begin_model(writer, role);
    writer.member("modified_at", unknown_time);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return out;
}

std::string ollama_running(const routing_table& routes, const std::vector<role_state>* states) {
  std::string out;
  body_writer writer(out);
  writer.begin_object();
  writer.key("models");
  writer.begin_array();
  for (const auto& role : routes.roles) {
    if (!is_ready(states, role)) continue;
    begin_model(writer, role);
    writer.member("expires_at", no_expiry);
    writer.count("size_vram", 0);
    writer.count("context_length", static_cast<std::uint64_t>(role.card.context));
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return out;
}

std::string ollama_show(const routed_role& role) {
  std::string out;
  body_writer writer(out);
  writer.begin_object();
  for (const std::string_view name : {"license", "modelfile", "parameters", "template"})
    writer.member(name, "");
  write_details(writer, role);
  writer.key("model_info");
  writer.begin_object();
  const auto& architecture = role.card.architecture;
  writer.member("general.architecture", architecture);
  if (!architecture.empty() && role.card.context > 0)
    writer.count(architecture + ".context_length", static_cast<std::uint64_t>(role.card.context));
  writer.end_object();
  writer.key("capabilities");
  writer.begin_array();
  if (role.card.embeddings) {
    writer.text("embedding");
  } else {
    writer.text("completion");
    writer.text("tools");
    if (role.card.vision) writer.text("vision");
  }
  writer.end_array();
  writer.member("modified_at", unknown_time);
  writer.end_object();
  return out;
}

std::string ollama_version() { return R"({"version":")" + std::string{spoken_version} + R"("})"; }

}  // namespace rolecall::proxy
