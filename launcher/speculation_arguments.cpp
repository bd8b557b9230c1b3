#include "launcher/speculation_arguments.hpp"

#include <algorithm>
#include <array>

namespace rolecall::launcher {
namespace {

using namespace std::string_view_literals;

// The reference deployment looks n-grams of three tokens up; longer ones are found rarely.
constexpr std::string_view lookup_ngram = "3";

constexpr std::string_view type_flag = "--spec-type";
constexpr std::string_view draft_type = "draft-simple";
constexpr std::string_view lookup_type = "ngram-simple";

constexpr std::array long_prefixes{"--spec-"sv, "--no-spec-"sv, "--draft"sv, "--lookup"sv,
                                   "--mtp"sv,   "--eagle"sv,    "--dflash"sv};
constexpr std::array long_suffixes{"-draft"sv, "-spec"sv, "--p-split"sv};
constexpr std::array short_names{"-md"sv,    "-hfd"sv,    "-hfrd"sv, "-td"sv,   "-tbd"sv,
                                 "-Cd"sv,    "-Crd"sv,    "-Cbd"sv,  "-Crbd"sv, "-otd"sv,
                                 "-cmoed"sv, "-ncmoed"sv, "-devd"sv, "-ngld"sv, "-ctkd"sv,
                                 "-ctvd"sv,  "-cd"sv,     "-lcs"sv,  "-lcd"sv,  "-ps"sv};

/// Builds since 2026 choose among kinds of speculation by name; before that a draft model was the
/// only kind.
bool knows_type(const capabilities& binary, std::string_view type) {
  return binary.has_value(type_flag, type);
}

void add_types(argument_list& arguments, bool draft, bool lookup) {
  const auto& binary = arguments.binary();
  const bool name_draft = draft && knows_type(binary, draft_type);
  std::string types{name_draft ? draft_type : std::string_view{}};
  if (lookup) types += (types.empty() ? "" : ",") + std::string(lookup_type);
  if (types.empty()) return;
  if (lookup && binary.has(type_flag) && !knows_type(binary, lookup_type)) {
    arguments.refuse(describe(binary) + " knows no " + std::string(type_flag) + " " +
                     std::string(lookup_type) +
                     ", needed for speculative.lookup; name another binary in llama_server, or set "
                     "lookup: false");
    return;
  }
  arguments.require({type_flag}, types,
                    lookup && draft
                        ? "speculative: drafts from the draft model and from n-grams of the prompt"
                    : lookup ? "speculative.lookup: drafts from n-grams of the prompt"
                             : "speculative.draft: drafts from the draft model");
}

void add_draft(argument_list& arguments, const registry::role& role, const registry::model& draft,
               const registry::model_facts& facts) {
  const auto& speculation = *role.speculative;
  arguments.require({"--spec-draft-model", "--model-draft"}, facts.path.string(),
                    "speculative.draft " + *speculation.draft + " runs " + draft.name);
  arguments.require({"--spec-draft-n-max", "--draft-max"}, std::to_string(speculation.max),
                    "speculative.max: the target checks " + std::to_string(speculation.max) +
                        " drafted tokens at once");
  if (role.gpu_layers == 0)
    arguments.offer({"--spec-draft-ngl", "--gpu-layers-draft"}, "0",
                    "gpu_layers 0: the draft stays on the CPU, too");
}

void add_lookup(argument_list& arguments, int max) {
  arguments.offer({"--spec-ngram-simple-size-n", "--spec-ngram-size-n"}, std::string(lookup_ngram),
                  "speculative.lookup matches the last three tokens");
  arguments.offer({"--spec-ngram-simple-size-m", "--spec-ngram-size-m"}, std::to_string(max),
                  "speculative.max bounds what a match drafts, too");
}

}  // namespace

std::optional<std::string> speculation_barrier(const registry::role& role,
                                               const registry::model& model,
                                               const registry::model_facts& facts) {
  if (facts.recurrent)
    return "architecture " + facts.architecture +
           " keeps recurrent state that cannot be rolled back past rejected tokens";
  if (facts.vision || model.mmproj) return "the drafts of a vision model do not see its images";
  if (facts.encoder || role.embeddings) return "an embedding role generates nothing";
  return std::nullopt;
}

bool is_speculation_flag(std::string_view flag) {
  flag = flag.substr(0, flag.find('='));
  if (!flag.starts_with("--")) return std::ranges::find(short_names, flag) != short_names.end();
  return std::ranges::any_of(long_prefixes, [&](auto p) { return flag.starts_with(p); }) ||
         std::ranges::any_of(long_suffixes, [&](auto s) { return flag.ends_with(s); });
}

void add_speculation(argument_list& arguments, const registry::deployment& deployment,
                     const registry::role& role, const std::optional<std::string>& barrier) {
  if (!role.speculative) return;
  if (barrier) {
    arguments.refuse("speculative decoding is not possible with model " + role.model + ": " +
                     *barrier + "; remove speculative from the role");
    return;
  }
  const auto& speculation = *role.speculative;
  const auto* const draft = deployment.registry.draft_model(role);
  if (speculation.draft) {
    const auto facts =
        draft == nullptr ? deployment.facts.end() : deployment.facts.find(draft->name);
    if (facts == deployment.facts.end()) {
      arguments.refuse("the model of its draft " + *speculation.draft +
                       " has not been looked at; run rolectl check");
      return;
    }
    if (const auto barred = speculation_barrier({}, *draft, facts->second)) {
      arguments.refuse("model " + draft->name + " cannot draft: " + *barred);
      return;
    }
  }
  bool lookup = speculation.lookup;
  if (lookup && draft != nullptr && !knows_type(arguments.binary(), lookup_type)) {
    arguments.notice("speculative.lookup is left out: " + describe(arguments.binary()) +
                     " cannot look n-grams up; the role speculates with its draft alone");
    lookup = false;
  }
  add_types(arguments, draft != nullptr, lookup);
  if (draft != nullptr)
    add_draft(arguments, role, *draft, deployment.facts.find(draft->name)->second);
  if (lookup) add_lookup(arguments, speculation.max);
}

}  // namespace rolecall::launcher
