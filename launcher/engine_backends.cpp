#include "launcher/engine_backends.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>

namespace rolecall::launcher {
namespace {

/// "haswell" of "…/libggml-cpu-haswell.so" for the backend CPU; empty for "libggml-cuda.so".
std::string variant_of(const std::filesystem::path& library, std::string_view backend) {
  std::string start = "libggml-";
  for (const char c : backend)
    start += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  start += '-';
  const auto name = library.stem().string();
  return name.starts_with(start) ? name.substr(start.size()) : std::string{};
}

/// "load_backend: loaded CPU backend from /…/libggml-cpu-haswell.so", behind the log's own prefix.
std::string loaded_in(std::string_view line) {
  constexpr std::string_view marker = "load_backend: loaded ";
  constexpr std::string_view place = " backend from ";
  const auto at = line.find(marker);
  if (at == std::string_view::npos) return {};
  line.remove_prefix(at + marker.size());
  const auto end = line.find(place);
  if (end == std::string_view::npos) return {};
  const auto backend = line.substr(0, end);
  const auto variant = variant_of(line.substr(end + place.size()), backend);
  return std::string{backend} + (variant.empty() ? "" : " (" + variant + ")");
}

void append(std::string& text, std::string_view separator, const std::vector<std::string>& words) {
  for (const auto& word : words) {
    if (&word != &words.front()) text += separator;
    text += word;
  }
}

}  // namespace

engine_backends parse_backends(std::string_view text) {
  engine_backends known;
  bool is_listing = false;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (auto backend = loaded_in(line); !backend.empty()) {
      known.loaded.push_back(std::move(backend));
      continue;
    }
    if (line.starts_with("Available devices:")) {
      is_listing = true;
      continue;
    }
    is_listing = is_listing && line.starts_with("  ");
    if (!is_listing) continue;
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (!line.empty() && line != "(none)") known.devices.emplace_back(line);
  }
  return known;
}

std::string to_string(const engine_backends& known) {
  std::string text;
  append(text, ", ", known.loaded);
  if (known.loaded.empty()) text = known.devices.empty() ? "built in, CPU" : "built in";
  if (!known.devices.empty()) append(text += "; ", "; ", known.devices);
  return text;
}

}  // namespace rolecall::launcher
