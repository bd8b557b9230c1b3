#pragma once

#include "launcher/host_memory.hpp"

namespace rolecall::memory {

using registry::byte_count;

/// The least memory that must be left on the host: as the registry says, or 1/64 of the limit, at
/// most 4 GiB.
[[nodiscard]] byte_count floor_of(const registry::memory_settings& settings,
                                  byte_count limit) noexcept;

/// Bytes by which what is left lies below the floor; 0: enough.
///
/// MemAvailable counts the fleet's own mapped weights as page cache that the kernel could drop, and
/// it would: the next token would read them from the disk again. So `own_files`, what of them is in
/// memory, does not count as left; measured a while ago, it is at most what the page cache holds
/// now. While tasks already stand still for memory (a tenth of the last 10 s or more, PSI), twice
/// the floor is asked for.
[[nodiscard]] byte_count missing_memory(const launcher::host_memory& host, byte_count own_files,
                                        byte_count floor) noexcept;

}  // namespace rolecall::memory
