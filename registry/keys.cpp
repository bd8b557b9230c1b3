#include "registry/keys.hpp"

#include "registry/host_section.hpp"
#include "registry/role_section.hpp"

#include <algorithm>
#include <array>

namespace rolecall::registry {

namespace {

const section& model_section() {
  static const section value{
      "models.<name>",
      "A model's files.",
      {
          {"path",
           value_kind::path,
           "",
           "The GGUF file: absolute, or relative to one of `host.model_dirs`. Of a model in "
           "several shards, the first.",
           0,
           0,
           {},
           nullptr,
           true},
          {"mmproj", value_kind::path, "",
           "The vision projector: beside `path` unless absolute. Required for vision models."},
          {"quant", value_kind::text, "", "Quantization, shown to operators."},
          {"min_experts", value_kind::integer, "",
           "Fewest experts per token that give sensible text: a role with fewer is refused. "
           "Without "
           "it 3, or what the model was trained with if that is less.",
           1, 1024},
          {"note", value_kind::text, "", "Anything worth knowing, shown to operators."},
      }};
  return value;
}

const section& rule_section(bool allowed) {
  static const auto make = [](bool with_max) {
    section value{
        with_max ? "compatibility.allow[]" : "compatibility.forbid[]",
        with_max
            ? "Pairs known to work, the only ones whose vocabularies may differ. Once there is "
              "one, other pairs get a warning."
            : "Pairs that must not be used. Forbidding wins over allowing.",
        {
            {"target",
             value_kind::text,
             "",
             "Name of a model, `*` for any letters.",
             0,
             0,
             {},
             nullptr,
             true},
            {"draft",
             value_kind::text,
             "",
             "Name of the draft's model, `*` for any letters. `*` alone also means n-gram lookup.",
             0,
             0,
             {},
             nullptr,
             true},
        }};
    if (with_max) {
      value.keys.push_back({"max", value_kind::integer, "",
                            "The K known to work; a role above it gets a warning.", 1, 128});
      value.keys.push_back(
          {"reason", value_kind::text, "",
           "Evidence. With it a pair of different vocabularies is only warned of."});
    } else {
      value.keys.push_back({"reason",
                            value_kind::text,
                            "",
                            "What goes wrong; the error quotes it.",
                            0,
                            0,
                            {},
                            nullptr,
                            true});
    }
    return value;
  };
  static const section allow = make(true);
  static const section forbid = make(false);
  return allowed ? allow : forbid;
}

const section& compatibility_section() {
  static const section value{"compatibility",
                             "Which models may draft for which.",
                             {
                                 {"allow",
                                  value_kind::section_list,
                                  "",
                                  "Pairs known to work.",
                                  0,
                                  0,
                                  {},
                                  &rule_section(true)},
                                 {"forbid",
                                  value_kind::section_list,
                                  "",
                                  "Pairs that must not be used.",
                                  0,
                                  0,
                                  {},
                                  &rule_section(false)},
                             }};
  return value;
}

constexpr std::array identity_keys{"model",  "port",    "ports",       "shares",
                                   "listen", "aliases", "description", "expected_speed"};
constexpr std::array sharing_keys{"shares",      "listen",         "aliases",
                                  "description", "expected_speed", "queue"};
constexpr std::array draft_keys{"model", "tier", "description", "port", "ports"};

template <std::size_t N>
bool contains(const std::array<const char*, N>& list, std::string_view name) noexcept {
  return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

const key* section::find(std::string_view name) const noexcept {
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const key& k) { return k.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

std::vector<std::string> section::names() const {
  std::vector<std::string> list;
  for (const key& k : keys) list.emplace_back(k.name);
  return list;
}

const section& root_section() {
  static const section value{
      "",
      "One registry describes one host.",
      {
          {"version", value_kind::integer, "", "Version of this format.", 1, 1, {}, nullptr, true},
          {"host",
           value_kind::section,
           "",
           "The machine and the daemon.",
           0,
           0,
           {},
           &host_section()},
          {"defaults",
           value_kind::section,
           "",
           "Keys that every role has unless it says otherwise. Sections are merged key by key.",
           0,
           0,
           {},
           &defaults_section()},
          {"models",
           value_kind::named_sections,
           "",
           "Models by name.",
           0,
           0,
           {},
           &model_section(),
           true},
          {"roles",
           value_kind::named_sections,
           "",
           "Roles by name.",
           0,
           0,
           {},
           &role_section(),
           true},
          {"compatibility",
           value_kind::section,
           "",
           "Which models may draft for which.",
           0,
           0,
           {},
           &compatibility_section()},
      }};
  return value;
}

const section& role_section() {
  static const section value = make_role_section();
  return value;
}

const section& defaults_section() {
  static const section value = [] {
    section kept = make_role_section();
    kept.title = "defaults";
    kept.meaning = "Keys that every role has unless it says otherwise.";
    std::erase_if(kept.keys, [](const key& k) { return contains(identity_keys, k.name); });
    return kept;
  }();
  return value;
}

bool allowed_for_sharing(std::string_view key) noexcept { return contains(sharing_keys, key); }

bool allowed_for_draft(std::string_view key) noexcept { return contains(draft_keys, key); }

}  // namespace rolecall::registry
