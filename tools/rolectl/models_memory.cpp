#include "tools/rolectl/models_memory.hpp"

#include "registry/sizing.hpp"
#include "tools/rolectl/recommend_view.hpp"

#include <array>
#include <cstdio>
#include <optional>

namespace rolecall::rolectl {
namespace {

using registry::deployment;
using registry::format_gb;
using registry::model;
using registry::role;

/// GB, and how they were found.
struct amount {
  double gigabytes = 0;
  std::string how;
};

std::string plain(double value) {
  std::array<char, 32> buffer{};
  (void)std::snprintf(buffer.data(), buffer.size(), "%g", value);
  return buffer.data();
}

/// The field guide's formula from the model's name, or its file's.
std::optional<amount> by_formula(const model& m) {
  auto parameters = registry::parameters_in(m.name);
  if (!parameters) parameters = registry::parameters_in(m.path.filename().string());
  const auto* const quant = registry::find_quantisation(m.quant);
  if (!parameters || quant == nullptr) return std::nullopt;
  return amount{registry::formula_size(parameters->total, *quant),
                plain(parameters->total) + " × " + plain(quant->multiplier) + " × 1.1"};
}

/// One process of the role, its draft included; empty when neither file nor name tells.
std::optional<amount> one_process(const deployment& d, const role& r) {
  const auto* const m = d.registry.find_model(r.model);
  if (m == nullptr) return std::nullopt;
  if (d.facts.contains(m->name) && !d.broken_roles.contains(r.name)) {
    constexpr double gigabyte = 1e9;
    return amount{static_cast<double>(d.footprint_of(r).total()) / gigabyte,
                  "the files' headers: weights, caches, buffers"};
  }
  auto found = by_formula(*m);
  const auto* const draft = d.registry.draft_model(r);
  if (!found || draft == nullptr) return found;
  const auto drafts = by_formula(*draft);
  if (!drafts) return std::nullopt;
  return amount{found->gigabytes + drafts->gigabytes,
                found->how + ", and the draft " + drafts->how};
}

struct tier_sum {
  std::string rows;
  double gigabytes = 0;
  bool complete = true;  ///< every role's memory is known
};

tier_sum sum_of(const deployment& d, registry::tier level) {
  tier_sum sum;
  for (const auto& r : d.registry.roles) {
    // A sharing role adds nothing; a draft is counted with each role that uses it.
    if (r.tier != level || r.shares || r.ports.empty()) continue;
    const auto one = one_process(d, r);
    const auto count = static_cast<double>(r.ports.size());
    const auto size = one ? format_gb(one->gigabytes * count) : std::string("unknown");
    auto how = one ? one->how : "the name tells no number of parameters; needs the files";
    if (one && count > 1) how = plain(count) + " × (" + how + ")";
    sum.rows += "| " + std::string(tier_word(level)) + " | `" + r.name + "` | " + size + " | " +
                how + " |\n";
    sum.complete = sum.complete && one.has_value();
    if (one) sum.gigabytes += one->gigabytes * count;
  }
  return sum;
}

std::string words_of(const tier_sum& sum) {
  return (sum.complete ? "" : "at least ") + format_gb(sum.gigabytes);
}

}  // namespace

std::string memory_section(const deployment& d) {
  const auto hot = sum_of(d, registry::tier::hot);
  const auto warm = sum_of(d, registry::tier::warm);
  const tier_sum all{.rows = {},
                     .gigabytes = hot.gigabytes + warm.gigabytes,
                     .complete = hot.complete && warm.complete};
  std::string page = "\n## Memory\n\n";
  page += d.facts.empty()
              ? "By the formula of the [sizing guide](sizing.md), billions of parameters × "
                "multiplier × 1.1, without the context's caches.\n`rolectl docs --files` reads the "
                "models' headers instead, and [footprint.md](footprint.md) explains what they "
                "tell.\n"
              : "From the models' headers ([footprint.md](footprint.md)); by the formula of the "
                "[sizing guide](sizing.md) where a file could not\nbe read.\n";
  page += "\n| tier | role | memory | reckoned from |\n|---|---|---|---|\n" + hot.rows + warm.rows;
  page += "| **HOT** | always resident | **" + words_of(hot) + "** | the sum |\n";
  page += "| **WARM** | on demand | **" + words_of(warm) + "** | the sum |\n";
  page += "| **all** | everything loaded | **" + words_of(all) + "** | the sum |\n";
  return page +
         "\nWhat does not fit leaves in the order of [eviction.md](eviction.md): idle WARM roles "
         "of "
         "the lowest `priority` first.\n";
}

}  // namespace rolecall::rolectl
