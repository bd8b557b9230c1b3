#include "orchestrator/inheritance.hpp"

#include "orchestrator/log/log_line.hpp"
#include "orchestrator/state_file.hpp"
#include "orchestrator/supervision/record_folder.hpp"

#include <string>
#include <system_error>
#include <utility>

namespace rolecall {

memory::learned_footprints read_learned(const std::filesystem::path& state_dir) {
  const auto file = state_dir / memory::learned_footprints_file;
  const auto put_aside = [&](const std::string& reason) {
    auto aside = file;
    aside += ".unreadable";
    std::error_code ignored;
    std::filesystem::rename(file, aside, ignored);
    log_line(priority::warning, "learned_footprints_unreadable", component::memory)
        .with("file", file.string())
        .with("reason", reason)
        .with("kept_as", ignored ? "" : aside.string());
    return memory::learned_footprints{};
  };
  const auto text = read_state_file(file);
  if (!text) return put_aside(text.error());
  if (text->empty()) return {};
  auto learned = memory::learned_footprints::parse(*text);
  if (!learned) return put_aside(learned.error());
  return *std::move(learned);
}

std::vector<supervision::recorded_process> examine_recorded(
    const std::filesystem::path& state_dir) {
  auto read = supervision::read_records(supervision::record_folder_in(state_dir));
  for (const auto& problem : read.problems)
    log_line(priority::warning, "record_unreadable", component::supervision)
        .with("reason", problem);
  return supervision::examine(std::move(read.records));
}

}  // namespace rolecall
