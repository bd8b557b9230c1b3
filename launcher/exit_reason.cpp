#include "launcher/exit_reason.hpp"

#include "registry/quantities.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <signal.h>

namespace rolecall::launcher {
namespace {

struct log_words {
  exit_kind kind;
  std::string_view words;
};

// What llama-server 0.7.0 writes. The first that is found in any line counts: whoever is refused
// memory says that the model cannot be loaded as well, and the line that names the file or the
// number comes before those that repeat it.
constexpr std::array<log_words, 25> known_words{{
    {exit_kind::assertion, "GGML_ASSERT("},
    {exit_kind::assertion, "Assertion `"},
    {exit_kind::bad_flag, "error: invalid argument:"},
    {exit_kind::bad_flag, "error: unknown argument:"},
    {exit_kind::bad_flag, "error while handling argument"},
    {exit_kind::port_in_use, "couldn't bind HTTP server socket"},
    {exit_kind::could_not_allocate, "insufficient memory"},
    {exit_kind::could_not_allocate, "failed to allocate"},
    {exit_kind::could_not_allocate, "unable to allocate"},
    {exit_kind::could_not_allocate, "std::bad_alloc"},
    {exit_kind::could_not_allocate, "Cannot allocate memory"},
    {exit_kind::model_file, "failed to open GGUF file"},
    {exit_kind::model_file, "invalid magic characters"},
    {exit_kind::model_file, "gguf_init_from_reader: failed"},
    {exit_kind::model_file, "error loading model:"},
    {exit_kind::model_file, "Failed to load CLIP model"},
    {exit_kind::model_file, "failed to load draft model"},
    {exit_kind::model_file, "llama_adapter_lora_init: failed to open"},
    {exit_kind::model_file, "failed to load lora adapter"},
    {exit_kind::model_file, "failed to load multimodal model"},
    {exit_kind::model_file, "failed to load model"},
    // Seen by those who read the exit of a server that gave up while it started.
    {exit_kind::exit_code, "failed to initialize the context:"},
    {exit_kind::exit_code, "llama_init_from_model:"},
    {exit_kind::exit_code, "failed to create_context"},
    {exit_kind::exit_code, "exiting due to"},
}};

constexpr std::size_t longest_evidence = 240;

/// "0.00.045.369 E llama_model_load: error …" without the time and the level.
std::string_view without_prefix(std::string_view line) {
  const auto time_end = line.find_first_not_of("0123456789.");
  if (time_end == 0 || time_end == std::string_view::npos) return line;
  auto rest = line.substr(time_end);
  if (rest.size() < 4 || rest[0] != ' ' || rest[2] != ' ') return line;
  rest.remove_prefix(3);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return rest;
}

struct evidence {
  exit_kind kind;
  std::string text;
};

std::optional<evidence> find_evidence(const std::vector<std::string>& lines) {
  for (const auto& known : known_words) {
    const auto found = std::ranges::find_if(lines, [&](const std::string& line) {
      return line.find(known.words) != std::string::npos;
    });
    if (found == lines.end()) continue;
    std::string text{without_prefix(*found).substr(0, longest_evidence)};
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
    return evidence{known.kind, std::move(text)};
  }
  return std::nullopt;
}

std::string in_words(exit_kind kind) {
  std::string words = to_string(kind);
  std::ranges::replace(words, '_', ' ');
  return words;
}

bool speaks_for_itself(const exit_status& status) {
  if (status.unknown) return true;
  return status.signal == 0 ? status.code != 0 : status.signal == SIGABRT;
}

std::string killed_by_somebody(const exit_facts& facts) {
  auto text =
      to_string(facts.status) + ", not sent by rolecalld: an operator's kill, or out of memory?";
  if (!facts.memory_left) return text;
  text += " " + registry::format_bytes(*facts.memory_left) + " of memory are left";
  if (facts.stalled > 0)
    text += ", and tasks stood still for it in " +
            std::to_string(std::lround(facts.stalled * 100)) + " % of the last 10 s";
  return text;
}

}  // namespace

const char* to_string(exit_kind kind) noexcept {
  switch (kind) {
    case exit_kind::exit_code:
      return "exit_code";
    case exit_kind::signal:
      return "signal";
    case exit_kind::unknown:
      return "unknown";
    case exit_kind::out_of_memory:
      return "out_of_memory";
    case exit_kind::could_not_allocate:
      return "could_not_allocate";
    case exit_kind::assertion:
      return "assertion";
    case exit_kind::bad_flag:
      return "bad_flag";
    case exit_kind::port_in_use:
      return "port_in_use";
    case exit_kind::model_file:
      return "model_file";
  }
  return "";
}

exit_reason explain_exit(const exit_facts& facts) {
  const auto& status = facts.status;
  const auto told = to_string(status);
  const auto of = [&](exit_kind kind, const std::string& evidence) {
    return exit_reason{kind, in_words(kind) + ": " + evidence + " (" + told + ")"};
  };
  const bool killed = status.signal == SIGKILL && facts.sent_signal != SIGKILL;
  if ((killed || status.unknown) && !facts.oom_kill.empty())
    return of(exit_kind::out_of_memory, facts.oom_kill);
  if (killed) return {exit_kind::signal, killed_by_somebody(facts)};
  if (status.signal == SIGBUS)
    return of(exit_kind::model_file,
              "a page of a mapped file could not be read; was the file cut, or its disk lost?");
  if (speaks_for_itself(status))
    if (const auto found = find_evidence(facts.last_lines)) {
      if (found->kind == exit_kind::exit_code && !status.unknown)
        return {exit_kind::exit_code, told + ": " + found->text};
      if (found->kind != exit_kind::exit_code) return of(found->kind, found->text);
    }
  if (status.unknown) return {exit_kind::unknown, told};
  return {status.signal == 0 ? exit_kind::exit_code : exit_kind::signal, told};
}

}  // namespace rolecall::launcher
