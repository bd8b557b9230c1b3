#include "tools/rolectl/bar.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace rolecall::rolectl {
namespace {

constexpr std::size_t eighths = 8;
/// One eighth to seven of a column, from its left.
constexpr std::array<const char*, 7> left_part{"▏", "▎", "▍", "▌", "▋", "▊", "▉"};
constexpr std::array<const char*, 8> block_levels{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<const char*, 8> ascii_levels{"_", ".", ":", "-", "=", "+", "*", "#"};

std::string repeated(std::size_t count, std::string_view text) {
  std::string result;
  while (count-- > 0) result += text;
  return result;
}

/// The share of `steps` that is nearest, but not none of them for something.
std::size_t steps_of(double share, std::size_t steps) {
  const auto clamped = std::clamp(std::isnan(share) ? 0.0 : share, 0.0, 1.0);
  const auto nearest = static_cast<std::size_t>(std::lround(clamped * static_cast<double>(steps)));
  return clamped > 0 ? std::max<std::size_t>(nearest, 1) : 0;
}

}  // namespace

std::string bar(double share, std::size_t width, const screen& on) {
  if (!shows_blocks(on)) {
    const auto filled = steps_of(share, width);
    return "[" + std::string(filled, '#') + std::string(width - filled, '.') + "]";
  }
  const auto filled = steps_of(share, width * eighths);
  auto text = "[" + repeated(filled / eighths, "█");
  if (filled % eighths > 0) text += left_part[filled % eighths - 1];
  return text + std::string(width - (filled + eighths - 1) / eighths, ' ') + "]";
}

std::size_t bar_width(const screen& on) noexcept {
  if (on.width > 0 && on.width < 70) return 8;
  return on.width > 0 && on.width < 110 ? 14 : 30;
}

std::string sparkline(const std::vector<double>& samples, std::size_t width, double full,
                      const screen& on) {
  const auto shown = std::span{samples}.last(std::min(width, samples.size()));
  if (full <= 0 && !shown.empty()) full = std::ranges::max(shown);
  const auto& levels = shows_blocks(on) ? block_levels : ascii_levels;
  std::string text(width - shown.size(), ' ');
  for (const auto sample : shown)
    // The lowest level stands for nothing.
    text += levels[steps_of(full > 0 ? sample / full : 0.0, levels.size() - 1)];
  return text;
}

}  // namespace rolecall::rolectl
