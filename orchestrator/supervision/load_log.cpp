#include "orchestrator/supervision/load_log.hpp"

#include <algorithm>
#include <fstream>
#include <system_error>
#include <utility>

namespace rolecall::supervision {
namespace {

constexpr std::uintmax_t most_at_once = 64 * 1024;
constexpr std::size_t longest_line = 4096;  // of one that matters

bool contains(std::string_view line, std::string_view words) {
  return line.find(words) != std::string_view::npos;
}

}  // namespace

load_phase phase_after(std::string_view line, load_phase before) noexcept {
  if (line.empty()) return before;
  return contains(line, "llama threadpool init") || contains(line, "warming up the model")
             ? load_phase::warm_up
             : load_phase::engine;
}

void load_log::begin(std::filesystem::path log, std::uintmax_t offset) {
  log_ = std::move(log);
  offset_ = offset;
  size_ = offset;
  line_.clear();
  phase_ = load_phase::engine;
}

void load_log::look() {
  std::error_code failed;
  size_ = std::filesystem::file_size(log_, failed);
  if (failed) size_ = 0;
  if (size_ < offset_) {  // it was cut
    offset_ = 0;
    line_.clear();
  }
  if (size_ == offset_) return;
  std::string text(std::min(size_ - offset_, most_at_once), '\0');
  std::ifstream in(log_, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(offset_));
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  offset_ += text.size();
  take(text);
}

void load_log::take(std::string_view text) {
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    line_ += text.substr(0, end);
    phase_ = phase_after(line_, phase_);
    line_.clear();
    text.remove_prefix(end + 1);
  }
  if (line_.size() < longest_line) line_ += text;
}

}  // namespace rolecall::supervision
