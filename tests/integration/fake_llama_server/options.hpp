#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rolecall::fake {

/// The command line: the real server's words as far as they matter here, and the knobs.
struct options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
  std::string model;
  std::string alias;
  int slots = 1;
  int context = 4096;
  bool reuse_port = false;

  // Life of the process
  std::chrono::milliseconds load{0};
  std::chrono::milliseconds warm_up{0};
  bool hang_load = false;
  bool no_listen = false;
  bool stop_listening = false;
  std::optional<int> exit_at_start;
  std::optional<std::chrono::milliseconds> exit_after;
  bool ignore_term = false;
  std::size_t grow_mib = 0;
  bool spawn_child = false;
  bool busy = false;
  bool fail_assertion = false;

  // Answers
  bool silent_health = false;
  bool wedge = false;
  bool hang_slots = false;
  bool silent = false;
  bool crash_on_request = false;
  std::optional<int> crash_mid_stream;
  bool half_chunk = false;
  bool half_chunk_hang = false;
  std::chrono::milliseconds first_byte{0};
  std::chrono::milliseconds chunk_gap{0};
  int chunks = 3;
  std::optional<unsigned> status;

  bool help = false;
  bool list_devices = false;
  bool version = false;
};

/// Understands what `--help` lists. Throws std::invalid_argument for anything else, as the real one
/// refuses it.
[[nodiscard]] options parse_options(const std::vector<std::string>& arguments);

/// The real server's recorded help, and the knobs.
[[nodiscard]] std::string help_text();

}  // namespace rolecall::fake
