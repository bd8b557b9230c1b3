#include "registry/sizing.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace rolecall::registry {

namespace {

constexpr std::array quantisation_table{
    quantisation{"F16", 16, 2.0, "100% (baseline)"}, quantisation{"Q8_0", 8, 1.0, "~99.9%"},
    quantisation{"Q6_K", 6, 0.75, "~99.5%"},         quantisation{"Q5_K_M", 5, 0.625, "~99%"},
    quantisation{"Q4_K_M", 4, 0.5, "~98%"},          quantisation{"Q3_K_M", 3, 0.375, "~95%"},
    quantisation{"Q2_K", 2, 0.25, "~90%"},
};

constexpr std::array class_table{
    host_class_row{host_class::dev_only, 32, "DEV ONLY", "Use mock mode or 0.5B-1.5B models",
                   "mock mode only"},
    host_class_row{host_class::minimal, 64, "MINIMAL", "One 7B model for all roles",
                   "a single 7B model for all roles"},
    host_class_row{host_class::basic, 128, "BASIC", "Frontdoor + workers, no architects",
                   "frontdoor and workers only, no architects"},
    host_class_row{host_class::standard, 256, "STANDARD", "HOT tier + one architect",
                   "the full HOT tier and one WARM model: ingest or an architect"},
    host_class_row{host_class::production, 512, "PRODUCTION", "HOT + architect_general",
                   "the full HOT tier, architect_general and ingest"},
    host_class_row{host_class::full, 0, "FULL", "All tiers including 480B architect",
                   "the full deployment, every role populated"},
};

/// Families whose names tell no number, by how their names begin; billions.
struct known_family {
  std::string_view prefix;
  double billions;
};
constexpr std::array known_families{
    known_family{"bge-large", 0.335},
    known_family{"bge-base", 0.109},
    known_family{"bge-small", 0.033},
    known_family{"bge-m3", 0.567},
};

constexpr double formula_factor = 1.1;
constexpr double file_rule_factor = 1.2;
constexpr double safety_share = 0.15;
constexpr double hot_share = 0.1;

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), lower);
  return result;
}

bool begins_alike(std::string_view text, std::string_view prefix) noexcept {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

/// "32b" → 32, "270m" → 0.27; a whole word or nothing.
std::optional<double> billions_of(std::string_view word) {
  if (word.empty() || word.front() < '0' || word.front() > '9') return std::nullopt;
  double number = 0;
  const auto [end, failed] =
      std::from_chars(word.data(), word.data() + word.size(), number, std::chars_format::fixed);
  if (failed != std::errc{} || end + 1 != word.data() + word.size() || number <= 0)
    return std::nullopt;
  constexpr double million = 1e-3;
  if (*end == 'b') return number;
  if (*end == 'm') return number * million;
  return std::nullopt;
}

/// Calls `visit` with each word between separators until it returns true.
template <class Visit>
bool any_word(std::string_view name, std::string_view separators, const Visit& visit) {
  while (!name.empty()) {
    const auto end = std::min(name.find_first_of(separators), name.size());
    if (visit(name.substr(0, end))) return true;
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return false;
}

}  // namespace

std::span<const quantisation> quantisations() noexcept { return quantisation_table; }

const quantisation* find_quantisation(std::string_view name) noexcept {
  constexpr std::size_t shortest = 2;  // "Q4"
  if (name.size() < shortest) return nullptr;
  const auto found = std::ranges::find_if(
      quantisation_table, [&](const quantisation& q) { return begins_alike(q.name, name); });
  return found == quantisation_table.end() ? nullptr : &*found;
}

const quantisation* quantisation_in(std::string_view name) noexcept {
  const quantisation* found = nullptr;
  any_word(name, "-/ .", [&](std::string_view word) {
    // A name spells its quantisation out: "Q4_0" is not "Q4_K_M".
    found = find_quantisation(word);
    if (found != nullptr && found->name.size() != word.size()) found = nullptr;
    return found != nullptr;
  });
  return found;
}

std::optional<parameter_count> parameters_in(std::string_view name) {
  auto text = lowered(name);
  if (text.ends_with(".gguf")) text.resize(text.size() - std::string_view(".gguf").size());
  std::optional<double> total;
  std::optional<double> active;
  any_word(text, "-/ ", [&](std::string_view word) {
    if (!total)
      total = billions_of(word);
    else if (word.starts_with('a'))
      active = billions_of(word.substr(1));
    return active.has_value();
  });
  if (!total) {
    const auto* const family = std::ranges::find_if(
        known_families, [&](const known_family& f) { return text.starts_with(f.prefix); });
    if (family == known_families.end()) return std::nullopt;
    total = family->billions;
  }
  return parameter_count{*total, std::min(active.value_or(*total), *total)};
}

double formula_size(double billions, const quantisation& quant) noexcept {
  return billions * quant.multiplier * formula_factor;
}

double file_rule_size(double file_size) noexcept { return file_size * file_rule_factor; }

model_budget calculate_budget(double total_ram) noexcept {
  model_budget budget;
  budget.total_ram = total_ram;
  budget.safety_buffer = total_ram * safety_share;
  budget.available_for_models =
      std::max(total_ram - budget.os_overhead - budget.safety_buffer, 0.0);
  budget.hot_tier_budget = budget.available_for_models * hot_share;
  budget.warm_tier_budget = budget.available_for_models * (1 - hot_share);
  return budget;
}

std::span<const host_class_row> host_classes() noexcept { return class_table; }

const host_class_row& class_of(double ram) noexcept {
  const auto* const found =
      std::ranges::find_if(class_table, [&](const host_class_row& row) { return ram < row.below; });
  return found == class_table.end() ? class_table.back() : *found;
}

std::string format_gb(double gigabytes) {
  constexpr double tenths = 10;
  const double rounded = std::round(gigabytes * tenths) / tenths;
  std::array<char, 32> buffer{};
  const bool whole = rounded == std::floor(rounded);
  const int length =
      std::snprintf(buffer.data(), buffer.size(), whole ? "%.0f GB" : "%.1f GB", rounded);
  return {buffer.data(), static_cast<std::size_t>(std::max(length, 0))};
}

}  // namespace rolecall::registry
