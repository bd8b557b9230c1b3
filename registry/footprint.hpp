#pragma once

#include "registry/registry.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rolecall::registry {

struct model_facts;

/// A file as the kernel knows it: two paths to one file are one identity.
struct file_identity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  auto operator<=>(const file_identity&) const = default;
};

/// Bytes of a file that a process maps; they are in memory once, however many processes map it.
struct mapped_file {
  file_identity file;
  byte_count bytes = 0;
  std::string path;  ///< one of them, for people
  bool operator==(const mapped_file&) const = default;
};

/// What one process of a role costs, each part in bytes.
struct footprint {
  byte_count weights = 0;         ///< of the model, as the process holds them
  byte_count mmproj = 0;          ///< the projector's weights and buffers
  byte_count draft = 0;           ///< the draft's weights
  byte_count kv_cache = 0;        ///< of the model: context × slots × types
  byte_count state = 0;           ///< recurrent state of the model, all slots
  byte_count draft_kv_cache = 0;  ///< and recurrent state of the draft
  byte_count compute = 0;         ///< compute and output buffers, the draft's included
  byte_count cache_ram = 0;       ///< prompts kept outside the context
  byte_count checkpoints = 0;     ///< states to go back to
  byte_count overhead = 0;        ///< libraries, heap, threads, vocabulary
  /// Which part of `weights` and `draft` lies in mapped files; empty when nothing is mapped.
  std::vector<mapped_file> mapped;

  [[nodiscard]] byte_count total() const noexcept {
    return weights + mmproj + draft + kv_cache + state + draft_kv_cache + compute + cache_ram +
           checkpoints + overhead;
  }
  [[nodiscard]] byte_count mapped_bytes() const noexcept {
    byte_count sum = 0;
    for (const auto& file : mapped) sum += file.bytes;
    return sum;
  }
  /// What no other process shares: total() without mapped files.
  [[nodiscard]] byte_count private_bytes() const noexcept { return total() - mapped_bytes(); }

  bool operator==(const footprint&) const = default;
};

/// What every llama-server process needs besides: 17 MiB of libraries and 7 MiB of heap (measured
/// with llama-server 0.7.0: PSS after a prompt, less all other parts), and room for threads.
inline constexpr byte_count process_overhead = 32ULL << 20;

/// Bytes of `elements` cache elements of a ggml type ("f16", "q8_0" …); types unknown here count as
/// f32.
[[nodiscard]] byte_count cache_bytes(std::uint64_t elements, std::string_view type) noexcept;

/// What one process of `r` will cost once it has worked on full batches. `draft` is the draft
/// model's facts when the role speculates with one. Pure: what depends on the host's CPU
/// (repacking) is taken to happen as on x86 with AVX2, which is the larger figure.
[[nodiscard]] footprint estimate(const role& r, const model_facts& facts, const model_facts* draft);

}  // namespace rolecall::registry
