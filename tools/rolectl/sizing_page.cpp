#include "tools/rolectl/sizing_page.hpp"

#include "registry/profiles.hpp"
#include "registry/sizing.hpp"
#include "tools/rolectl/fact_list.hpp"
#include "tools/rolectl/recommend_view.hpp"

#include <array>
#include <cstdio>
#include <string_view>

namespace rolecall::rolectl {
namespace {

using registry::format_gb;

constexpr screen page_width{.is_terminal = false, .colour = false, .width = 120, .height = 0};

std::string plain(const char* format, double value) {
  std::array<char, 32> buffer{};
  (void)std::snprintf(buffer.data(), buffer.size(), format, value);
  return buffer.data();
}

constexpr std::string_view introduction = R"(# Sizing guide

Which models fit a host, and how its memory is shared out. The tables follow a field guide to such fleets, "the
field guide" below, and are computed by the program that
prints them; `rolectl docs --write docs` generates this page, and a test fails when it drifts.

| question | command |
|---|---|
| What has this host, and what slows it down? | `rolectl assess` |
| How much RAM is left for models? | `rolectl budget [--ram 512GB]` |
| What does a model take? | `rolectl size --params 32B --quant Q4_K_M`, `rolectl size FILE` |
| Which roles should this host run? | `rolectl recommend [--ram 512GB] [--write FILE]` |

Speeds, speed-ups and qualities below are the field guide's claims about its author's machine: a place to start from, not a
promise. GB are 10^9 bytes, because a billion parameters of one byte each are one GB; GiB are 2^30.

## Classes of hosts

`rolectl assess` compares what `free -g` would print, whole GiB, with these thresholds. A machine sold with 512 GB shows 503
and is PRODUCTION; that is how the field guide's classes and its profiles, which are named by what is sold, go together. A size
given as `--ram 512GB` is compared as it stands.

| RAM | class | recommendation | decision tree |
|---|---|---|---|
)";

void write_classes(std::string& page) {
  for (const auto& row : registry::host_classes())
    page += "| " + (row.below > 0 ? plain("below %g", row.below) : std::string("512 and more")) +
            " | " + std::string(row.name) + " | " + std::string(row.sentence) + " | " +
            std::string(row.decision) + " |\n";
}

void write_quantisations(std::string& page) {
  page +=
      "\n## Size of a model\n\n| quantisation | bits per weight | multiplier | quality compared "
      "with F16 |\n|---|---|---|---|\n";
  for (const auto& q : registry::quantisations())
    page += "| " + std::string(q.name) + " | " + std::to_string(q.bits) + " | " +
            plain("%g", q.multiplier) + " | " + std::string(q.quality) + " |\n";
  page +=
      "\n```\nsize in GB = billions of parameters × multiplier × 1.1\n```\n\n"
      "| model | quantisation | calculation | size |\n|---|---|---|---|\n";
  const auto& q4 = *registry::find_quantisation("Q4_K_M");
  for (const auto* const name :
       {"Qwen2.5-7B", "Qwen2.5-32B", "Qwen3-235B-A22B", "Qwen3-Coder-480B-A35B"}) {
    const auto count = *registry::parameters_in(name);
    page += "| " + std::string(name) + " | Q4_K_M | " + plain("%g", count.total) +
            " × 0.5 × 1.1 | " + plain("%g GB", registry::formula_size(count.total, q4)) + " |\n";
  }
  page += R"(
A mixture of experts is named `Model-TotalB-ActiveB`: `Qwen3-235B-A22B` keeps 235 billion parameters in memory and computes
with 22 billion for each token. Memory follows the first number, speed the second.

The formula is a first guess. The bits are nominal: blocks carry scales, so that Q4_K takes 4.5 bits per weight, and Q4_K_M
keeps some tensors in Q6_K (6.56 bits). Large models can exceed the formula before any cache: the field guide lists 271 GB for the
480B model, whose formula gives 264. `rolectl size FILE` reads the header and tells the true bytes, caches for a context
included; [footprint.md](footprint.md) explains the parts and compares them with the engine's own figures.

The file rule estimates file × 1.2 instead:

| model | file | × 1.2 | the field guide says | with context |
|---|---|---|---|---|
)";
  struct example {
    const char* model;
    double file;
    const char* unit;
    const char* said;
    const char* total;
  };
  for (const auto& e : {example{"router", 279, "MB", "335 MB", "8K: 400 MB"},
                        example{"coder", 4.4, "GB", "5.3 GB", "32K: 6.5 GB"},
                        example{"algorithm", 3.9, "GB", "5.0 GB", "16K: 5.8 GB"}}) {
    const auto rule = registry::file_rule_size(e.file);
    page += "| " + std::string(e.model) + " | " + plain("%g ", e.file) + e.unit + " | " +
            plain(e.file > 100 ? "%.0f " : "%.2f ", rule) + e.unit + " | " + e.said + " | " +
            e.total + " |\n";
  }
  page +=
      "\nThe third row's 5.0 is 4.68 by the field guide's own rule. No factor on the file can be "
      "right "
      "for every context: caches grow\nwith the context, not with the file.\n";
}

void write_budget(std::string& page) {
  page += R"(
## Budget

| part | typically | note |
|---|---|---|
| operating system and services | 8 to 16 GB | the calculator takes 16 |
| llama-server | 2 to 4 GB per process by the field guide | measured: 17 to 68 MiB besides weights, caches and compute buffers |
| KV cache | 1 to 8 GB per model | grows with the context; computed exactly from a file |
| weights | the most | |
| safety | 10 to 20 % | the calculator takes 15 |

```
safety_buffer        = total_ram × 0.15
available_for_models = total_ram − 16 − safety_buffer
hot_tier_budget      = available_for_models × 0.1
warm_tier_budget     = available_for_models × 0.9
```

| total RAM | available for models | HOT budget | WARM budget |
|---|---|---|---|
)";
  for (const double ram : {64.0, 128.0, 256.0, 512.0, 1024.0}) {
    const auto budget = registry::calculate_budget(ram);
    page += "| " + format_gb(ram) + " | " + plain("%.1f GB", budget.available_for_models) + " | " +
            plain("%.2f GB", budget.hot_tier_budget) + " | " +
            plain("%.2f GB", budget.warm_tier_budget) + " |\n";
  }
  page += R"(
The field guide prints these rounded, and 419.2 of 512 GB as 420. `host.memory` of the registry does the same calculation with its
own `os_reserve` and `safety` (16 GiB and 15% unless set), and knows no separate budgets for HOT and WARM: HOT roles are
counted first, WARM ones get the rest, and leave in the order of [eviction.md](eviction.md).
)";
}

void write_profile(std::string& page, const registry::profile& p) {
  const auto budget = registry::calculate_budget(p.ram);
  const auto fit = registry::fit_of(p.roles);
  page += "\n### " + std::string(p.name) + ": " + format_gb(p.ram) + "\n\n" +
          std::string(p.purpose) +
          ". Available for models: " + format_gb(budget.available_for_models) +
          ".\n\n| tier | role | model | size |\n|---|---|---|---|\n";
  for (const auto& r : p.roles)
    page += "| " + std::string(tier_word(r.level)) + " | " + std::string(r.role) + " | " +
            std::string(r.title) + " | " + format_gb(r.size) + " |\n";
  page += "| | **all HOT** | | **" + format_gb(fit.hot) + "** |\n";
  page += "| | **HOT and the largest WARM** | | **" + format_gb(fit.in_turn()) + "** |\n";
  page += "| | **everything** | | **" + format_gb(fit.all) + "** |\n\n";
  page += fit.all <= budget.available_for_models
              ? "- Everything fits at once; " + format_gb(budget.available_for_models - fit.all) +
                    " are left for caches.\n"
              : "";
  for (const auto& objection : registry::objections(p.roles, budget))
    page += point_text(objection + ".", page_width);
  if (!p.remark.empty()) page += point_text(p.remark, page_width);
}

constexpr std::string_view seed_004_sums = R"(
### The reference fleet

It counts ~55 GB HOT, ~450 GB WARM and ~505 GB in all. By the sizes above its HOT roles are 18 + 20 + 16 + 4.4 = 58.4 GB,
and 133 + 271 + 46 = 450 GB leave both vision models out, 21.5 GB more. [models.md](models.md) has the sums by the formula.
)";

void write_profiles(std::string& page) {
  page +=
      "\n## Profiles\n\nThe field guide's configurations, with the fit computed from their own "
      "sizes. "
      "`rolectl recommend` picks one for a host and leaves\nout what does not fit: roles are "
      "admitted in the order below while HOT roles and the largest WARM one fit together.\n";
  for (const auto& p : registry::profiles()) write_profile(page, p);
  page += seed_004_sums;
  page +=
      "\n### Scaling down\n\nKeep longest, in this order; roles that it does not name go "
      "first. A role's `priority` says so to the daemon: of idle WARM roles the lowest leaves "
      "first. Without priorities, as in the production registry, the least recently used one "
      "does.\n\n";
  int place = 0;
  for (const auto role : registry::scale_down_order())
    page += std::to_string(++place) + ". " + std::string(role) + "\n";
  page += "\n### Scaling up\n\n";
  for (const auto step : registry::scale_up_steps()) page += "- " + std::string(step) + "\n";
}

constexpr std::string_view performance = R"(
## Speed

Tokens per second with AVX-512 on AMD EPYC or Intel Xeon, as the field guide claims them:

| model | quantisation | tokens per second | note |
|---|---|---|---|
| 0.5B | Q8 | 80–120 | drafts |
| 1.5B | Q4 | 50–70 | fast workers |
| 7B | Q4 | 25–40 | workers |
| 14B | Q4 | 15–25 | |
| 32B | Q4 | 8–15 | |
| 70B | Q4 | 4–8 | |
| 235B mixture | Q4 | 5–7 | with 4 experts |
| 480B mixture | Q4 | 8–12 | with 3 experts |

| acceleration | claimed speed-up | for | in the registry |
|---|---|---|---|
| speculative decoding | 3–11× | dense models with a compatible draft | `speculative: {draft: …}` |
| prompt lookup | 1.5–12× | texts that repeat their context | `speculative: {lookup: true}` |
| fewer experts | 1.5–2× | mixtures of experts only | `moe: {experts: …}` |
| draft and lookup together | 5–12× | the best of both | `speculative: {draft: …, lookup: true}` |

| priority | recommendation |
|---|---|
| most quality | larger models, the file's own number of experts, Q6_K |
| balanced | production defaults: 4 experts, Q4_K_M |
| most speed | smaller models, few experts (never fewer than 3), speculative decoding |

Why some pairs of models never work together is in [models.md](models.md).
)";

}  // namespace

std::string sizing_page() {
  std::string page(introduction);
  write_classes(page);
  write_quantisations(page);
  write_budget(page);
  write_profiles(page);
  page += performance;
  return page;
}

}  // namespace rolecall::rolectl
