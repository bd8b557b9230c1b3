#pragma once

#include <span>
#include <string_view>

namespace rolecall::tiny_gguf {

// The text that the models learn to speak, in paragraphs that can follow each other. Letters,
// spaces, commas and full stops only, which keeps splitting it into words the same here and in the
// engine.
std::span<const std::string_view> paragraphs();

}  // namespace rolecall::tiny_gguf
