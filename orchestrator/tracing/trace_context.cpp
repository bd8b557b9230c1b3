#include "orchestrator/tracing/trace_context.hpp"

#include <array>

namespace rolecall::tracing {
namespace {

// version-traceid-parentid-flags
constexpr std::size_t trace_at = 3;
constexpr std::size_t trace_size = 32;
constexpr std::size_t parent_at = trace_at + trace_size + 1;
constexpr std::size_t parent_size = 16;
constexpr std::size_t flags_at = parent_at + parent_size + 1;
constexpr std::size_t whole_size = flags_at + 2;

// By table and to the end: asked for every byte of a field that nearly always is in order.
constexpr auto hexadecimal = [] {
  std::array<bool, 256> is_one{};
  for (const char c : {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9'})
    is_one[static_cast<unsigned char>(c)] = true;
  for (const char c : {'a', 'b', 'c', 'd', 'e', 'f'}) is_one[static_cast<unsigned char>(c)] = true;
  return is_one;
}();

bool is_hexadecimal(std::string_view text) noexcept {
  bool all = true;
  for (const char c : text) all &= hexadecimal[static_cast<unsigned char>(c)];
  return all;
}

bool is_zero(std::string_view text) noexcept {
  return text.find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

std::string_view trace_id_of(std::string_view field) noexcept {
  if (field.size() < whole_size || field[trace_at - 1] != '-' || field[parent_at - 1] != '-' ||
      field[flags_at - 1] != '-')
    return {};
  const auto version = field.substr(0, 2);
  const auto trace = field.substr(trace_at, trace_size);
  const auto parent = field.substr(parent_at, parent_size);
  for (const auto part : {version, trace, parent, field.substr(flags_at, 2)})
    if (!is_hexadecimal(part)) return {};
  if (version == "ff" || is_zero(trace) || is_zero(parent)) return {};
  // Versions to come may say more, behind a dash.
  const bool says_more = field.size() > whole_size;
  if (says_more && (version == "00" || field[whole_size] != '-')) return {};
  return trace;
}

}  // namespace rolecall::tracing
