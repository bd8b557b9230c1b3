#include "registry/reference.hpp"

#include "registry/keys.hpp"
#include "registry/quantities.hpp"

#include <string>
#include <string_view>

namespace rolecall::registry {

namespace {

constexpr std::string_view introduction = R"(# Registry reference

`model_registry.yaml` describes one host: its memory, its models and the roles that callers ask for. `rolecalld --check`
and `rolectl check` report everything that is wrong with a file at once, with line and column, and exit with 1.
[`registry.schema.json`](registry.schema.json) lets editors complete it; put this line on top of a registry:

```yaml
# yaml-language-server: $schema=docs/registry.schema.json
```

A small one:

```yaml
version: 1
host:
  model_dirs: [/srv/models]
defaults:
  context: 8192
models:
  qwen2.5-7b: {path: Qwen2.5-7B-Instruct-f16.gguf, quant: f16}
  bge-large:  {path: bge-large-en-v1.5-f16.gguf, quant: F16}
roles:
  worker:   {model: qwen2.5-7b, tier: hot, port: 8082}
  math:     {shares: worker}
  embedder: {model: bge-large, port: 8090, embeddings: true, pooling: cls, context: 512}
```

## Values

- **Sizes** are a number and `KiB`, `MiB`, `GiB`, `TiB` (1024s) or `KB`, `MB`, `GB`, `TB` (1000s); a plain number is bytes.
- **Durations** are numbers with `s`, `m` or `h`: `90s`, `1h30m`.
- **Booleans** are `true`, `yes`, `on`, `false`, `no`, `off`.
- **Names** of models and roles start with a letter or digit and go on with letters, digits, `.`, `_` and `-`, at most 64.
- **Relative paths** in `host` and `llama_server` start at the registry's folder; a model's `path` is looked up in
  `host.model_dirs`. A `llama_server` without a slash is looked up in PATH. Environment variables are not expanded.
- Unknown and duplicate keys are errors. YAML's aliases (`*name`) are understood; merge keys (`<<`) and tags are refused.

Lists count as one value: a role's list replaces that of `defaults`. Sections are merged key by key.
)";

std::string bounds(std::string_view low, std::string_view high) {
  return ", " + std::string(low) + " to " + std::string(high);
}

/// Type and range, as the tables show them.
std::string type_of(const key& k) {
  const auto seconds = [](std::int64_t value) {
    return format_duration(std::chrono::seconds{value});
  };
  const auto bytes = [](std::int64_t value) {
    return format_bytes(static_cast<byte_count>(value));
  };
  switch (k.kind) {
    case value_kind::text:
      return "text";
    case value_kind::name:
      return "name";
    case value_kind::path:
      return "path";
    case value_kind::boolean:
      return "boolean";
    case value_kind::integer:
      return k.low == k.high ? std::to_string(k.low)
                             : "number" + bounds(std::to_string(k.low), std::to_string(k.high));
    case value_kind::number:
      return "decimal number" + bounds(std::to_string(k.low), std::to_string(k.high));
    case value_kind::bytes:
      return "size" + bounds(bytes(k.low), bytes(k.high));
    case value_kind::bytes_or_auto:
      return "size, or `auto`";
    case value_kind::duration:
      return "duration" + bounds(seconds(k.low), seconds(k.high));
    case value_kind::duration_or_never:
      return "duration, or `never`";
    case value_kind::share:
      return "share" + bounds(std::to_string(k.low) + "%", std::to_string(k.high) + "%");
    case value_kind::choice: {
      std::string text;
      for (const std::string_view word : k.choices)
        text += (text.empty() ? "`" : ", `") + std::string(word) + "`";
      return text;
    }
    case value_kind::number_list:
      return "numbers such as `0-3,8`";
    case value_kind::nodes:
      return "`all`, or numbers such as `0,2-3`";
    case value_kind::ports:
      return "port, range, or list of these; 1 to 65535";
    case value_kind::endpoints:
      return "address:port or `unix:` path, or list of these";
    case value_kind::tcp_endpoints:
      return "address:port, or list of these";
    case value_kind::text_list:
      return "list of texts";
    case value_kind::path_list:
      return "list of paths";
    case value_kind::section:
      return "section";
    case value_kind::named_sections:
      return "sections by name";
    case value_kind::section_list:
      return "list of sections";
  }
  return "";
}

void write_table(std::string& page, const section& s) {
  page += "\n| key | type | default | meaning |\n|---|---|---|---|\n";
  for (const key& k : s.keys) {
    const std::string fallback = k.required           ? "required"
                                 : k.fallback.empty() ? "–"
                                                      : "`" + std::string(k.fallback) + "`";
    page += "| `" + std::string(k.name) + "` | " + type_of(k) + " | " + fallback + " | " +
            std::string(k.meaning) + " |\n";
  }
}

void write_section(std::string& page, const section& s) {
  if (!s.title.empty())
    page += "\n### `" + std::string(s.title) + "`\n\n" + std::string(s.meaning) + "\n";
  write_table(page, s);
  for (const key& k : s.keys) {
    // The same keys as in roles: one table is enough.
    if (k.inner != nullptr && k.inner != &defaults_section()) write_section(page, *k.inner);
  }
}

constexpr std::string_view rules = R"(
## Rules

What `--check` refuses beyond the form of values:

- Two users of one port, of one name or of one alias; a `shares`, `draft`, `model` or `default_role` that names nothing.
- A `listen` or `admin` address that other hosts can reach, without keys (`api_keys`, `admin_keys`) and without
  `insecure: true`. Key files and certificates that cannot be used.
- `speculative`, n-gram lookup included, and any such flag in `extra_args`, for recurrent and hybrid models (their state
  cannot be rolled back), vision models and embedding models; a draft that is the same file as its target (device and
  inode, so links do not hide it); a pair, or any speculation of a target, that `compatibility.forbid` lists.
- A draft whose vocabulary differs from its target's: tokenizer, size (by more than 128 tokens), the pieces themselves,
  pre-tokenizer, BOS or EOS. An entry of `compatibility.allow` with a `reason` turns this one into a warning.
- `moe` for a model without experts, more experts than it has or fewer than its `min_experts` (3 without it), an
  `override_key` that is not its architecture's.
- A vision model without `mmproj`; a model file or shard that is missing, truncated or malformed.
- HOT roles that do not fit into the budget together.

And what it warns of: a WARM role that can never fit beside the HOT ones, a context beyond the model's training, a V
cache of 4 bits, a draft with another vocabulary although allowed, a pair that `compatibility` does not allow
although it lists pairs, models and drafts that nobody uses.

A model that cannot be used is an error for `--check`. The daemon starts all the same, without the roles that need it.

## Footprint

An instance reserves its weights (mapped files once, however many instances map them), KV cache, recurrent state, compute
buffers, draft, mmproj, `cache_ram`, `checkpoints` and the process itself, estimated from the headers of its files and
corrected by what was measured. [footprint.md](footprint.md) has the parts and compares them with the engine's own
figures; `rolectl memory ROLE` shows them.
)";

}  // namespace

std::string reference_page() {
  std::string page(introduction);
  page +=
      "\n## Keys\n\nKeys that `defaults` may hold are all of a role but `model`, `port`, `ports`, "
      "`shares`, `aliases` and\n"
      "`description`.\n";
  write_section(page, root_section());
  page += rules;
  return page;
}

}  // namespace rolecall::registry
