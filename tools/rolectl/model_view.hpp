#pragma once

#include "registry/model_summary.hpp"
#include "tools/rolectl/screen.hpp"

#include <string>

namespace rolecall::rolectl {

/// What `rolectl model` prints. Pure.
[[nodiscard]] std::string model_text(const registry::model_summary& model, const screen& on);

/// The same as a JSON object; byte counts and parameters are whole numbers.
[[nodiscard]] std::string model_json(const registry::model_summary& model);

/// "30.5 B", "494 M", "12.3 K", "812": parameters, for people.
[[nodiscard]] std::string format_parameters(std::uint64_t count);

/// Ascending numbers, shortest: "0-3, 7, 9", and "3, 7 … 47" for every fourth of them.
[[nodiscard]] std::string format_layers(const std::vector<int>& layers);

}  // namespace rolecall::rolectl
