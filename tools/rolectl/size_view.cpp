#include "tools/rolectl/size_view.hpp"

#include "registry/quantities.hpp"
#include "tools/rolectl/fact_list.hpp"
#include "tools/rolectl/json_writer.hpp"
#include "tools/rolectl/memory_view.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace rolecall::rolectl {
namespace {

constexpr double gigabyte = 1e9;

std::string number(const char* format, double value) {
  std::array<char, 48> buffer{};
  (void)std::snprintf(buffer.data(), buffer.size(), format, value);
  return buffer.data();
}

std::string words_of_count(std::uint64_t parameters) {
  constexpr double billion = 1e9;
  constexpr double million = 1e6;
  const auto count = static_cast<double>(parameters);
  return count < billion ? number("%.3gM", count / million) : number("%.3gB", count / billion);
}

/// "32B", "0.5B", "235B, 22B of them for each token".
std::string words_of(const registry::parameter_count& count) {
  auto text = number("%.3gB", count.total);
  if (count.mixture()) text += ", " + number("%.3gB", count.active) + " of them for each token";
  return text;
}

double formula_of(const formula_input& input) {
  return registry::formula_size(input.parameters->total, *input.quant);
}

std::string exact_gb(registry::byte_count bytes) {
  return number("%.3g GB", static_cast<double>(bytes) / gigabyte) + " (" +
         registry::format_bytes(bytes) + ")";
}

std::string formula_text(const formula_input& input, const screen& on) {
  if (!input.complete())
    return wrapped(
        "The formula has no answer: the name tells no quantisation of its table; add --quant, and "
        "--params where the name tells no number of parameters.",
        0, on);
  std::vector<fact> facts{
      {"parameters", words_of(*input.parameters)},
      {"quantisation", std::string(input.quant->name) + ", " + std::to_string(input.quant->bits) +
                           " bits, quality " + std::string(input.quant->quality)},
      {"formula", number("%.3g", input.parameters->total) + " × " +
                      number("%g", input.quant->multiplier) +
                      " × 1.1 = " + number("%.5g GB", formula_of(input))}};
  if (input.parameters->mixture())
    facts.emplace_back("", "memory follows all parameters, speed the active ones");
  return fact_text(facts, on);
}

std::string difference(double estimate, double truth) {
  constexpr double percent = 100;
  if (truth <= 0) return "";
  const double apart = (estimate / truth - 1) * percent;
  return number(", %.0f%% ", std::abs(apart)) + (apart < 0 ? "too little" : "too much");
}

std::string file_text(const size_report& report, const screen& on) {
  const auto& file = *report.file;
  const auto total = static_cast<double>(file.footprint.total()) / gigabyte;
  std::vector<fact> facts{
      {"file", file.path},
      {"architecture", file.architecture},
      {"parameters", words_of_count(file.parameters)},
      {"size on disk",
       exact_gb(file.file_bytes) + ", " + number("%.2f bits per weight", file.bits_per_weight())},
      {"in memory", exact_gb(file.footprint.total()) + " with context " +
                        std::to_string(file.context) + " in " + std::to_string(file.slots) +
                        (file.slots == 1 ? " slot" : " slots")}};
  if (report.formula.complete())
    facts.emplace_back("by the guide", number("%.3g GB", formula_of(report.formula)) +
                                           difference(formula_of(report.formula), total));
  const auto rule = registry::file_rule_size(static_cast<double>(file.file_bytes)) / gigabyte;
  facts.emplace_back("file × 1.2", number("%.3g GB", rule) + difference(rule, total));
  return fact_text(facts, on) + title_text("In memory, by part", on) +
         footprint_text(file.footprint, on);
}

}  // namespace

double measured_size::bits_per_weight() const noexcept {
  constexpr double bits = 8;
  return parameters == 0 ? 0
                         : static_cast<double>(file_bytes) * bits / static_cast<double>(parameters);
}

std::string size_text(const size_report& report, const screen& on) {
  if (!report.file) return formula_text(report.formula, on);
  return file_text(report, on) + title_text("By the field guide's formula", on) +
         formula_text(report.formula, on);
}

std::string size_json(const size_report& report) {
  json_writer json;
  json.open_object();
  if (report.formula.complete()) {
    json.open_object("formula");
    json.add("total_parameters_b", report.formula.parameters->total);
    json.add("active_parameters_b", report.formula.parameters->active);
    json.add("quant", report.formula.quant->name);
    json.add("bits", report.formula.quant->bits);
    json.add("multiplier", number("%g", report.formula.quant->multiplier));
    json.add("size_gb", formula_of(report.formula));
    json.close_object();
  }
  if (report.file) {
    json.open_object("file");
    json.add("path", report.file->path);
    json.add("architecture", report.file->architecture);
    json.add("file_bytes", report.file->file_bytes);
    json.add("parameters", report.file->parameters);
    json.add("bits_per_weight", report.file->bits_per_weight());
    json.add("context", report.file->context);
    json.add("slots", report.file->slots);
    json.add("footprint_bytes", report.file->footprint.total());
    json.add("seed_003_gb",
             registry::file_rule_size(static_cast<double>(report.file->file_bytes)) / gigabyte);
    json.close_object();
  }
  json.close_object();
  return std::move(json).text();
}

}  // namespace rolecall::rolectl
